"""The learner: data, random convolutions, embedding losses, networks and the agent that joins them.

Everything here is TensorFlow. A training set of demonstrations (`data`) feeds an agent (`agent`), whose
network (`network`) sees augmented observations (`augment`) and minimises imitation plus an embedding loss
(`loss`).
"""

from pisces.doctor import require_learning_environment

require_learning_environment()

from pisces.learn.agent import PSEAgent  # noqa: E402
from pisces.learn.augment import RandConv, RandomShift, augmented_views, moved_views, shifted  # noqa: E402
from pisces.learn.data import DemonstrationPair, TrainingSet  # noqa: E402
from pisces.learn.loss import (  # noqa: E402
    contrastive_loss,
    cosine_similarity,
    imitation_loss,
    metric_embedding_loss,
    symmetric_contrastive_loss,
    weight_penalty,
)
from pisces.learn.network import ConvolutionalPolicyNetwork, PolicyNetwork  # noqa: E402

__all__ = [
    "ConvolutionalPolicyNetwork",
    "DemonstrationPair",
    "PSEAgent",
    "PolicyNetwork",
    "RandConv",
    "RandomShift",
    "TrainingSet",
    "augmented_views",
    "contrastive_loss",
    "cosine_similarity",
    "imitation_loss",
    "metric_embedding_loss",
    "moved_views",
    "shifted",
    "symmetric_contrastive_loss",
    "weight_penalty",
]
