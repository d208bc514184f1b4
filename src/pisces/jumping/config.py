"""What exactly is run? Frozen settings of one training run.

Every hyperparameter of the jumping-task experiments has its one home here; the functions below
`pisces.jumping` take them as required keywords. Their values in the paper are left to
`pisces.jumping.presets`.
"""

import dataclasses
import typing
from collections.abc import Callable

from pisces.checks import (
    as_dictionary,
    is_count,
    is_count_or_0,
    is_none,
    is_none_or,
    is_positive,
    is_weight,
    one_of,
    require,
)
from pisces.jumping.metrics import METRICS
from pisces.precision import PRECISIONS
from pisces.task import COLORS, GRIDS, IMAGE_SIZE, Task, all_tasks, training_tasks, validation_tasks


@dataclasses.dataclass(frozen=True)
class LossRow:
    """What is to be known of an embedding loss without computing it.

    Attributes:
        function: Its name in `pisces.learn.loss`.
        label: For a table of settings.
        geometry: What it compares embeddings by, "cosine" or "euclidean".
        settings: The fields of `EmbeddingConfig` that it takes as keywords; for others they are None.
    """

    function: str
    label: str
    geometry: str
    settings: tuple[str, ...] = ()


_CONTRASTIVE = ("inverse_temperature", "affinity_scale")

EMBEDDING_LOSSES = {
    "cme": LossRow("contrastive_loss", "eq. 4", "cosine", _CONTRASTIVE),
    "symmetric-cme": LossRow("symmetric_contrastive_loss", "eq. 4, both ways", "cosine", _CONTRASTIVE),
    "l2": LossRow("metric_embedding_loss", "l2 (App. E)", "euclidean"),
}
"""The embedding losses by their names in configurations: a row is all that the rest knows of one."""


@dataclasses.dataclass(frozen=True)
class ScheduleRow:
    """What is to be known of a schedule of the learning rate.

    Attributes:
        name: Of its class in `tf_keras.optimizers.schedules`.
        settings: What this class takes beside the learning rate at the start, for a configuration.
        label: For a table of settings.
    """

    name: str
    settings: Callable[["RunConfig"], dict[str, typing.Any]]
    label: Callable[["RunConfig"], str]


SCHEDULES = {
    "exponential": ScheduleRow(
        "ExponentialDecay",
        lambda run: {
            "decay_steps": run.updates_per_epoch,
            "decay_rate": run.learning_rate_decay,
            "staircase": True,
        },
        lambda run: f"× {run.learning_rate_decay} per {run.updates_per_epoch} updates",
    ),
    "cosine": ScheduleRow(
        "CosineDecay",
        lambda run: {"decay_steps": run.num_updates},
        lambda run: f"cosine to 0 in {run.num_updates} updates",
    ),
}
"""The schedules of the learning rate by their names in configurations: a row is all that is known of one."""

KERNELS = ("fresh", "constant", "mixing")
PAIRS = ("any", "one color", "red")


@dataclasses.dataclass(frozen=True, kw_only=True)
class RandConvConfig:
    """Random convolution (App. G).

    Attributes:
        kernel_size: Height and width of the kernel in pixels, at least 1.
        skip_probability: Probability in [0, 1] that a call leaves the images as they are.
        num_action_passes: Augmented passes that are averaged to act, at least 1.
        kernels: "fresh" at every call, the same for all channels; "constant", one for the whole run: what the
            released code does with current TensorFlow; or "mixing", fresh, between all colours of a frame.
    """

    kernel_size: int = 2
    skip_probability: float = 0.1
    num_action_passes: int = 5
    kernels: str = "fresh"

    def __post_init__(self):
        """Checks the values."""
        require(self, "kernel_size", is_count, "an integer of at least 1")
        require(self, "skip_probability", lambda value: 0 <= value <= 1, "in [0, 1]")
        require(self, "num_action_passes", is_count, "an integer of at least 1")
        require(self, "kernels", KERNELS.__contains__, one_of(KERNELS))


@dataclasses.dataclass(frozen=True, kw_only=True)
class EmbeddingConfig:
    """Which metric is embedded, by which loss.

    Attributes:
        metric: A key of `pisces.jumping.metrics.METRICS`.
        loss: A key of `EMBEDDING_LOSSES`; "cme" is eq. 4, with anchors in one demonstration.
        contrastive_weight: alpha >= 0.
        discount: gamma of the metric, in [0, 1).
        policy_error: Probability in [0, 0.5] with which the policy takes the other action than the expert; 0
            for a metric that compares no policies.
        inverse_temperature: lambda > 0 of a contrastive loss; None for any other.
        affinity_scale: beta > 0 of the coupling weights; None leaves them out.
        embedding_size: Width of the projection; None embeds the features themselves, as "l2" does (App. E).
        pairs: "any" two training tasks, two of "one color", or two of color "red", as in the released code.
    """

    metric: str
    loss: str
    contrastive_weight: float
    discount: float
    policy_error: float = 0.0
    inverse_temperature: float | None = None
    affinity_scale: float | None = None
    embedding_size: int | None = None
    pairs: str = dataclasses.field(default="any", metadata={"since": "0.1"})

    def __post_init__(self):
        """Checks the values."""
        require(self, "metric", METRICS.__contains__, one_of(METRICS))
        require(self, "loss", EMBEDDING_LOSSES.__contains__, one_of(EMBEDDING_LOSSES))
        require(self, "contrastive_weight", is_weight, "a finite number of at least 0")
        require(self, "discount", lambda value: 0 <= value < 1, "in [0, 1)")
        if METRICS[self.metric].compares_policies:
            require(self, "policy_error", lambda value: 0 <= value <= 0.5, "in [0, 0.5]")
        else:
            require(self, "policy_error", lambda value: value == 0, f"0 for metric {self.metric}")
        checks = {
            "inverse_temperature": (is_positive, "a finite number above 0"),
            "affinity_scale": (is_none_or(is_positive), "None or a finite number above 0"),
        }
        for field, (is_allowed, allowed) in checks.items():
            if field not in EMBEDDING_LOSSES[self.loss].settings:
                is_allowed, allowed = is_none, f"None for loss {self.loss}"
            require(self, field, is_allowed, allowed)
        require(self, "embedding_size", is_none_or(is_count), "None or an integer of at least 1")
        require(self, "pairs", PAIRS.__contains__, one_of(PAIRS))


_PARTS = {"rand_conv": RandConvConfig, "embedding": EmbeddingConfig}


@dataclasses.dataclass(frozen=True, kw_only=True)
class RunConfig:
    """One training run but for its seed.

    Attributes:
        method: A name for tables and figures; presets use the keys of `pisces.jumping.presets.METHODS`.
        grid: One of `pisces.task.GRIDS`.
        colors: Colours of the obstacles, each with the grid's 18 training tasks; empty for the grey game.
        learning_rate: Of Adam, at the start.
        learning_rate_decay: Factor per epoch, in (0, 1], of schedule "exponential".
        updates_per_epoch: Updates between two decays, of schedule "exponential".
        num_updates: Length of the run.
        batch_size: Draws that an imitation batch stands for; even.
        l2_coefficient: Weight of the l2 term.
        dropout_rate: On the features, in [0, 1).
        feature_size: Width of the representation.
        rand_conv: Augmentation, or None.
        embedding: Embedding loss, or None.
        report_interval: Updates between two points of the learning curve.
        precision: "float32", or "mixed_bfloat16" for bfloat16 products in the encoder.
        schedule: Of the learning rate, a key of `SCHEDULES`: "exponential" decays once an epoch, for ever;
            "cosine" falls to 0 at the end of the run.
        max_shift: Pixels by which training images are moved at random, at most, in either direction; 0 for
            none.
        shift_margin: Pixels on each side of an image that stay where they are; 0 where no image is moved.
    """

    method: str
    grid: str
    learning_rate: float
    learning_rate_decay: float = 0.999
    updates_per_epoch: int = 4
    num_updates: int = 8000
    batch_size: int = 256
    l2_coefficient: float = 0.0
    dropout_rate: float = 0.0
    feature_size: int = 256
    rand_conv: RandConvConfig | None = None
    embedding: EmbeddingConfig | None = None
    report_interval: int = 500
    precision: str = "float32"
    colors: tuple[str, ...] = ()
    schedule: str = dataclasses.field(default="exponential", metadata={"since": "0.1"})
    max_shift: int = dataclasses.field(default=0, metadata={"since": "0.1"})
    shift_margin: int = dataclasses.field(default=0, metadata={"since": "0.1"})

    def __post_init__(self):
        """Checks the values."""
        require(self, "colors", _are_colors, f"a tuple of {' and '.join(COLORS)}, none twice")
        require(self, "grid", GRIDS.__contains__, one_of(GRIDS))
        require(self, "learning_rate", is_positive, "a finite number above 0")
        require(self, "learning_rate_decay", lambda value: 0 < value <= 1, "in (0, 1]")
        require(self, "schedule", SCHEDULES.__contains__, one_of(SCHEDULES))
        require(self, "max_shift", is_count_or_0, "an integer of at least 0")
        margins = range(IMAGE_SIZE // 2 if self.max_shift else 1)
        allowed = f"an integer from 0 to {margins[-1]}" if self.max_shift else "0 where no image is moved"
        require(self, "shift_margin", lambda value: is_count_or_0(value) and value in margins, allowed)
        for field in ("updates_per_epoch", "num_updates", "feature_size", "report_interval"):
            require(self, field, is_count, "an integer of at least 1")
        require(
            self,
            "batch_size",
            lambda value: is_count(value) and value % 2 == 0,
            "an even integer of at least 2",
        )
        require(self, "l2_coefficient", is_weight, "a finite number of at least 0")
        require(self, "dropout_rate", lambda value: 0 <= value < 1, "in [0, 1)")
        for field, kind in _PARTS.items():
            require(self, field, is_none_or(_is_a(kind)), f"None or of class {kind.__name__}")
        pairs = None if self.embedding is None else self.embedding.pairs
        if pairs in COLORS:
            require(self, "colors", lambda colors: pairs in colors, f"a tuple with {pairs}, as pairs are")
        require(self, "precision", PRECISIONS.__contains__, one_of(PRECISIONS))

    @property
    def tasks(self) -> tuple[Task, ...]:
        """The tasks that a run is tested on, in the order of its results: 286, of each colour in turn."""
        return tuple(task for color in self.colors or (None,) for task in all_tasks(color))

    def training_tasks(self, seed: int) -> tuple[Task, ...]:
        """The tasks that a run trains on: 18, of each colour in turn; the random grid may name one twice."""
        return self._of_each_color(training_tasks, seed)

    def validation_tasks(self, seed: int) -> tuple[Task, ...]:
        """The neighbours of the training tasks, of each colour in turn, to choose settings by."""
        return self._of_each_color(validation_tasks, seed)

    def _of_each_color(self, tasks: Callable[..., tuple[Task, ...]], seed: int) -> tuple[Task, ...]:
        return tuple(
            task for color in self.colors or (None,) for task in tasks(self.grid, seed=seed, color=color)
        )

    def to_dict(self) -> dict[str, typing.Any]:
        """Nested plain dictionary, as stored beside a result: as of `pisces.checks.as_dictionary`."""
        return as_dictionary(self)

    @classmethod
    def from_dict(cls, values: dict[str, typing.Any]) -> "RunConfig":
        """Inverse of `to_dict`.

        Raises:
            ValueError: If a field is unknown, missing or outside its range.
        """
        try:
            values = dict(values)
            values["colors"] = tuple(values.get("colors", ()))
            for field, kind in _PARTS.items():
                if values.get(field) is not None:
                    values[field] = kind(**values[field])
            return cls(**values)
        except TypeError as error:
            raise ValueError(f"config is not that of a run: {error}") from error


def _are_colors(value: typing.Any) -> bool:
    return isinstance(value, tuple) and len(set(value)) == len(value) and set(value) <= set(COLORS)


def _is_a(kind: type) -> Callable[[typing.Any], bool]:
    return lambda value: isinstance(value, kind)
