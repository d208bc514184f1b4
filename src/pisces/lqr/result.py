"""What is left of a run? What its policy costs, where, and how much of it reads distractors."""

import dataclasses

import numpy as np

from pisces.lqr.config import LQRConfig
from pisces.lqr.system import FloatArray


@dataclasses.dataclass(frozen=True, eq=False, kw_only=True)
class LQRResult:
    """The outcome of one configuration and one seed.

    A gap is the absolute difference between the cost of the policy and that of the best one. It is infinite
    where the policy is unstable, and everywhere once training has left the stable policies; it is never nan.

    Attributes:
        config: What was run.
        seed: Its seed.
        step: int64 `[num_reports]`, steps of training at each report; 0 at the first, `config.num_steps` at
            the last.
        training_gap: float64 `[num_reports, num_training]`, in each training environment.
        held_out_gap: float64 `[num_reports, num_held_out]`, in each one to choose settings with.
        test_gap: float64 `[num_reports, num_test]`, in each one that is reported.
        distractor_share: float64 `[num_reports]`, how much of its actions the policy reads from distractors,
            in [0, 1]; see `pisces.lqr.observation.distractor_share`. Once training has become unstable, that
            of the last policy before.
        distractor_norm: float64 `[num_reports]`, Frobenius norm of the policy's columns for distractors, of
            the same policies.
        oracle_cost: Of the best policy.
        seconds: Wall time.
        provenance: Versions, processor, threads and commit, as far as the caller of `run` told.
    """

    config: LQRConfig
    seed: int
    step: np.ndarray
    training_gap: FloatArray
    held_out_gap: FloatArray
    test_gap: FloatArray
    distractor_share: FloatArray
    distractor_norm: FloatArray
    oracle_cost: float
    seconds: float
    provenance: dict[str, str] = dataclasses.field(default_factory=dict)

    def __post_init__(self):
        """Checks the shapes, and that every gap is a number."""
        num_reports = len(self.step)
        shapes = {
            "training_gap": (num_reports, self.config.num_training),
            "held_out_gap": (num_reports, self.config.num_held_out),
            "test_gap": (num_reports, self.config.num_test),
            "distractor_share": (num_reports,),
            "distractor_norm": (num_reports,),
        }
        for name, shape in shapes.items():
            array = getattr(self, name)
            if array.shape != shape:
                raise ValueError(f"{name} has shape {array.shape}; it must have {shape}")
            if np.isnan(array).any():
                raise ValueError(f"{name} has the value nan; it must be a number, or infinity for a gap")

    @property
    def score(self) -> float:
        """Mean gap over the unseen environments at the end, the number of Table H.1.

        Infinite if training, or the trained policy in any of these environments, is unstable.
        """
        return float(self.test_gap[-1].mean())
