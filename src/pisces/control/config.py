"""What exactly is run? Frozen settings of one run of distracting control, the methods and the two scales."""

import dataclasses
import re
import typing

from pisces.checks import (
    as_dictionary,
    is_count,
    is_count_or_0,
    is_none_or,
    is_positive,
    is_weight,
    one_of,
    require,
)
from pisces.control import expert
from pisces.control.tasks import EPISODE_STEPS, TASKS
from pisces.precision import PRECISIONS

BACKGROUNDS = ("still", "procedural", "videos")
"""What is behind the bodies: one colour; videos that are drawn; or videos of a folder, such as DAVIS."""

REACHES = ("convolutions", "actor")
"""Down to where the embedding loss trains: the shared convolutions too, or the actor's own layers only."""

PAIR_VIDEOS = ("training", "overlay")
"""What the expert's episodes are seen before a second time: the videos to train on, two as in the paper, or
the thirty that overlays are taken from."""

MIN_SIZES = {1: 16, 2: 23}
"""Pixels; of smaller frames the convolutions leave nothing, by how many of them have stride 2."""


def _is_digest(value: typing.Any) -> bool:
    return isinstance(value, str) and bool(re.fullmatch("[0-9a-f]{12}", value))


@dataclasses.dataclass(frozen=True, kw_only=True)
class PSEConfig:
    """The embedding loss on pairs of episodes, and its metric.

    Attributes:
        contrastive_weight: alpha >= 0. The loss has an Adam of its own, which divides the size of gradients
            out: any alpha above 0 makes much the same steps, and `learning_rate` says how long they are.
        inverse_temperature: lambda > 0.
        affinity_scale: beta > 0 of the coupling weights; None leaves them out.
        discount: gamma of the metric, in [0, 1).
        embedding_size: Width of the projection.
        num_anchors: States of one episode in an update; all if the episode has no more.
        num_candidates: States of the other that they are compared with, those of the anchors' times among
            them, hence at least `num_anchors`; None takes all.
        num_pairs: Episodes of the expert, each seen before two backgrounds.
        reach: One of `REACHES`; the convolutions in the released code.
        expert: `Expert.digest` of whom the episodes are of; None for any.
        learning_rate: Of that Adam; None takes that of the other losses.
        videos: One of `PAIR_VIDEOS`.
    """

    contrastive_weight: float = 1.0
    inverse_temperature: float = 10.0
    affinity_scale: float | None = 0.1
    discount: float = 0.99
    embedding_size: int = 256
    num_anchors: int = 128
    num_candidates: int | None = None
    num_pairs: int = 40
    reach: str = "convolutions"
    expert: str | None = None
    learning_rate: float | None = dataclasses.field(default=None, metadata={"since": "0.1"})
    videos: str = dataclasses.field(default="training", metadata={"since": "0.1"})

    def __post_init__(self):
        """Checks the values."""
        require(self, "contrastive_weight", is_weight, "a finite number of at least 0")
        require(self, "inverse_temperature", is_positive, "a finite number above 0")
        require(self, "affinity_scale", is_none_or(is_positive), "None or a finite number above 0")
        require(self, "discount", lambda value: 0 <= value < 1, "in [0, 1)")
        for field in ("embedding_size", "num_anchors", "num_pairs"):
            require(self, field, is_count, "an integer of at least 1")
        require(
            self,
            "num_candidates",
            is_none_or(lambda value: is_count(value) and value >= self.num_anchors),
            f"None or an integer of at least num_anchors, {self.num_anchors}",
        )
        require(self, "reach", REACHES.__contains__, one_of(REACHES))
        require(self, "expert", is_none_or(_is_digest), "None or 12 hexadecimal digits")
        require(self, "learning_rate", is_none_or(is_positive), "None or a finite number above 0")
        require(self, "videos", PAIR_VIDEOS.__contains__, one_of(PAIR_VIDEOS))


@dataclasses.dataclass(frozen=True, kw_only=True)
class ControlConfig:
    """One run but for its seed. Times are decisions of the policy, each `action_repeat` steps of control.

    Attributes:
        method: A name for tables and figures; presets use the keys of `METHODS`.
        task: A name of `pisces.control.tasks.TASKS`.
        backgrounds: One of `BACKGROUNDS`, to train and to be judged before; see `trains_before_still`.
        videos: `settings.videos_digest` of the folder of backgrounds "videos"; None for any.
        size: Width and height of frames in pixels, at least that of `MIN_SIZES`.
        supersampling: What is drawn of the bodies has so many pixels for one of a frame, in width and in
            height; 1 in the paper. More show where an edge is between two pixels.
        num_filters: Channels of each of the four convolutions.
        num_strided: How many of them, the first ones, have stride 2: 1, as in the paper, or 2, for less work.
        sees_changes: Whether the first of them sees what changed, not the two frames before the newest.
        feature_size: Width of the representation.
        mlp_width: Of both hidden layers of the actor and of each critic.
        num_target_crops: K, views of the next observation that a target is averaged over.
        num_crops: M, views of an observation that the loss of the critics is averaged over.
        crop_padding: Pixels by which a view is moved, at most, in any direction.
        batch_size: Transitions in an update.
        replay_capacity: Frames that the replay buffer holds, at least 3.
        num_seed_decisions: Random actions before the first update.
        num_updates: Length of the run.
        updates_per_decision: Updates after each decision.
        learning_rate: Of Adam, for every loss; that of `pse` may have another one.
        target_rate: tau in (0, 1], the share of the way that a target network goes in one of its updates.
        target_update_period: Updates between two of them.
        actor_update_period: Updates between two of the actor and of the temperature.
        initial_temperature: Weight of the entropy at the start; above 0.
        discount: gamma of the return, in [0, 1).
        min_log_std: Lower bound of the logarithm of the standard deviation, before the squashing.
        max_log_std: The upper one.
        pse: The embedding loss, or None. It needs two backgrounds, hence not "still".
        precision: "float32", or "mixed_bfloat16" for bfloat16 products in the encoder.
        report_interval: Updates between two points of the learning curve.
        num_evaluation_episodes: Before held-out backgrounds, at each of these points.
        num_test_episodes: Before those that are reported, at the end, and as many before those of training.
        trains_before_still: Whether it is trained before a still background all the same; what it is judged
            before, and where the expert's episodes are seen a second time, are then `backgrounds`.
        overlay_weight: In (0, 1), of a foreign picture that is laid over a second view of what critics and
            actor see (`pisces.control.overlay`); None leaves it out.
        overlay_moves: Whether that picture moves from frame to frame as a video behind the bodies would.

    Raises:
        ValueError: If a value is not allowed.
    """

    method: str
    task: str
    backgrounds: str
    size: int
    num_filters: int
    mlp_width: int
    num_target_crops: int
    num_crops: int
    batch_size: int
    num_updates: int
    report_interval: int
    num_evaluation_episodes: int
    num_test_episodes: int
    videos: str | None = None
    supersampling: int = 1
    num_strided: int = 1
    sees_changes: bool = False
    overlay_weight: float | None = None
    feature_size: int = 50
    crop_padding: int = 4
    replay_capacity: int = 100_000
    num_seed_decisions: int = 1000
    updates_per_decision: int = 1
    learning_rate: float = 1e-3
    target_rate: float = 0.01
    target_update_period: int = 2
    actor_update_period: int = 2
    initial_temperature: float = 0.1
    discount: float = 0.99
    min_log_std: float = -10.0
    max_log_std: float = 2.0
    pse: PSEConfig | None = None
    precision: str = "float32"
    overlay_moves: bool = dataclasses.field(default=False, metadata={"since": "0.1"})
    trains_before_still: bool = dataclasses.field(default=False, metadata={"since": "0.1"})

    def __post_init__(self):
        """Checks the values."""
        for field, names in (("task", TASKS), ("backgrounds", BACKGROUNDS), ("precision", PRECISIONS)):
            require(self, field, lambda name, names=names: name in names, one_of(names))
        for field, least in _LEAST.items():
            require(self, field, _is_at_least(least), f"an integer of at least {least}")
        require(self, "num_strided", MIN_SIZES.__contains__, one_of(map(str, MIN_SIZES)))
        least = MIN_SIZES[self.num_strided]
        require(self, "size", _is_at_least(least), f"an integer of at least {least}")
        for field in ("sees_changes", "overlay_moves", "trains_before_still"):
            require(self, field, lambda value: isinstance(value, bool), "True or False")
        require(self, "crop_padding", is_count_or_0, "an integer of at least 0")
        for field in ("learning_rate", "initial_temperature"):
            require(self, field, is_positive, "a finite number above 0")
        require(self, "target_rate", lambda value: 0 < value <= 1, "in (0, 1]")
        require(self, "discount", lambda value: 0 <= value < 1, "in [0, 1)")
        require(
            self,
            "overlay_weight",
            is_none_or(lambda value: 0 < value < 1),
            "None or a number between 0 and 1",
        )
        if self.overlay_weight is None:
            require(self, "overlay_moves", lambda value: not value, "False without overlay_weight")
        require(self, "min_log_std", lambda value: -30 <= value <= 30, "in [-30, 30]")
        require(
            self,
            "max_log_std",
            lambda value: self.min_log_std < value <= 30,
            f"above min_log_std, {self.min_log_std}, and at most 30",
        )
        if self.backgrounds == "videos":
            require(self, "videos", is_none_or(_is_digest), "None or 12 hexadecimal digits")
        else:
            require(self, "videos", lambda value: value is None, f"None for backgrounds {self.backgrounds}")
        if self.backgrounds == "still":
            require(self, "trains_before_still", lambda value: not value, "False for backgrounds still")
            require(self, "pse", lambda value: value is None, "None for backgrounds still")
        else:
            require(
                self,
                "pse",
                is_none_or(lambda value: isinstance(value, PSEConfig)),
                "None or of class PSEConfig",
            )

    @property
    def trains_before(self) -> str:
        """One of `BACKGROUNDS`, that it trains before."""
        return "still" if self.trains_before_still else self.backgrounds

    @property
    def num_decisions(self) -> int:
        """Decisions of the whole run, random ones included."""
        return self.num_seed_decisions + -(-self.num_updates // self.updates_per_decision)

    def to_dict(self) -> dict[str, typing.Any]:
        """Nested plain dictionary, as stored beside a result: as of `pisces.checks.as_dictionary`."""
        return as_dictionary(self)

    @classmethod
    def from_dict(cls, values: dict[str, typing.Any]) -> "ControlConfig":
        """Inverse of `to_dict`.

        Raises:
            ValueError: If a field is unknown, missing or outside its range.
        """
        try:
            values = dict(values)
            if values.get("pse") is not None:
                values["pse"] = PSEConfig(**values["pse"])
            return cls(**values)
        except TypeError as error:
            raise ValueError(f"config is not that of a run of distracting control: {error}") from error


_LEAST = {
    "replay_capacity": 3,
    **dict.fromkeys(("supersampling", "num_filters", "feature_size", "mlp_width"), 1),
    **dict.fromkeys(("num_target_crops", "num_crops", "batch_size"), 1),
    **dict.fromkeys(("num_seed_decisions", "num_updates", "updates_per_decision"), 1),
    **dict.fromkeys(("target_update_period", "actor_update_period"), 1),
    **dict.fromkeys(("report_interval", "num_evaluation_episodes", "num_test_episodes"), 1),
}

METHODS: dict[str, dict[str, typing.Any]] = {
    "drq": {},
    "drq-overlay": {"overlay_weight": 0.5},
    "drq-moving-overlay": {"overlay_weight": 0.5, "overlay_moves": True},
    "drq-pse": {"pse": PSEConfig()},
    "drq-pse-thirty": {"pse": PSEConfig(videos="overlay")},
}
"""What sets each method apart (Agarwal et al., 2021, App. I; for overlays Almuzairee et al., 2024). Pairs
that show thirty videos are of this project."""

SCALES: dict[str, dict[str, typing.Any]] = {
    "paper": {
        "size": 84,
        "num_filters": 32,
        "mlp_width": 1024,
        "num_target_crops": 2,
        "num_crops": 2,
        "batch_size": 512,
        "report_interval": 5000,
        "num_evaluation_episodes": 10,
        "num_test_episodes": 100,
    },
    "miniature": {
        "size": 48,
        "supersampling": 4,
        "num_filters": 16,
        "num_strided": 2,
        "sees_changes": True,
        "mlp_width": 256,
        "num_target_crops": 1,
        "num_crops": 1,
        "crop_padding": 2,
        "batch_size": 128,
        "num_seed_decisions": 500,
        "num_updates": 20_000,
        "target_update_period": 1,
        "actor_update_period": 1,
        "report_interval": 1000,
        "num_evaluation_episodes": 10,
        "num_test_episodes": 30,
    },
}
"""Those of the paper (App. I), and some for two cores. The latter see soft edges, and changes in place of two
frames: who balances a pole must see by what fraction of a pixel it has moved."""

_PAPER_STEPS = 500 * EPISODE_STEPS
_PAPER_SEED_DECISIONS = 1000


def preset(
    method: str,
    task: str,
    scale: str,
    *,
    backgrounds: str = "procedural",
    trains_before_still: bool = False,
    precision: str = "float32",
) -> ControlConfig:
    """The settings of a method.

    The paper's scale has one update for each decision but the random ones, in 500,000 steps of control. PSEs
    take the expert that comes with the package, if there is one for the task.

    Args:
        method: A key of `METHODS`.
        task: A name of `pisces.control.tasks.TASKS`.
        scale: A key of `SCALES`.
        backgrounds: One of `BACKGROUNDS`; "videos" of DAVIS in the paper.
        trains_before_still: Whether it is trained before a still background all the same.
        precision: "float32" or "mixed_bfloat16".

    Raises:
        ValueError: If an argument is unknown.
    """
    for name, value, known in (
        ("method", method, METHODS),
        ("task", task, TASKS),
        ("scale", scale, SCALES),
    ):
        if value not in known:
            raise ValueError(f"{name} is {value!r}; it must be {one_of(known)}")
    settings = {
        "num_updates": _PAPER_STEPS // TASKS[task].action_repeat - _PAPER_SEED_DECISIONS,
        "num_seed_decisions": _PAPER_SEED_DECISIONS,
        **SCALES[scale],
        **METHODS[method],
    }
    if settings.get("pse") is not None and task in expert.names():
        settings["pse"] = dataclasses.replace(settings["pse"], expert=expert.packaged(task).digest)
    return ControlConfig(
        method=method,
        task=task,
        backgrounds=backgrounds,
        trains_before_still=trains_before_still,
        precision=precision,
        **settings,
    )


def _is_at_least(least: int) -> typing.Callable[[typing.Any], bool]:
    return lambda value: is_count(value) and value >= least
