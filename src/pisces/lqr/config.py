"""What exactly is run? Frozen settings of one run on the linear system, and the methods that are compared."""

import dataclasses
import typing

from pisces.checks import is_count, is_none, is_positive, is_weight, one_of, require

ENTRIES = ("uniform", "gaussian")
POLICIES = ("linear", "two-layer", "ensemble")
OPTIMIZERS = ("adam", "sgd")
AGGREGATIONS = ("squared", "cme")


@dataclasses.dataclass(frozen=True, kw_only=True)
class LQRConfig:
    """One run but for its seed.

    Attributes:
        method: A name for tables and figures; presets use the keys of `METHODS`.
        num_distractors: Numbers in an observation that differ between environments; at least `num_states`.
        policy: "linear" is one matrix K; "two-layer" a product K2 K1; "ensemble" the mean of one matrix for
            each training environment, which in turn answer the others with a step down the cost of their own
            environment only: invariant policy optimisation (Sonar et al., 2020).
        optimizer: "adam", or "sgd" for plain gradient descent.
        learning_rate: Of the optimizer.
        num_steps: Length of training.
        hidden_size: Width between the layers of a "two-layer" policy; None for any other.
        initial_scale: Factor of the semi-orthogonal matrices that the layers begin with.
        l1_weight: Of the sum of the absolute entries of the policy, >= 0.
        aggregation: What pulls features together whose observations are at distance 0: "squared" differences,
            or "cme", the contrastive loss. None leaves it out.
        aggregation_weight: Of that, beside the cost.
        inverse_temperature: lambda > 0 of "cme"; None for any other.
        affinity_scale: beta > 0 of the coupling weights of "cme"; None leaves them out.
        num_states: Size of the state and of the action.
        transition_scale: Of the orthogonal matrix that moves the state.
        shared_scale: Of the image of the state that all environments share.
        entries: How random matrices are made; see `pisces.lqr.observation.semi_orthogonal`.
        num_training: Environments to train on.
        num_held_out: Unseen environments to choose settings with.
        num_test: Unseen environments that are reported.
        num_trajectories: Of the best policy, in each of two training environments, for the metric.
        trajectory_length: States in each.
        discount: gamma of the metric, in [0, 1).
        report_interval: Steps between two points of the learning curve.
    """

    method: str
    num_distractors: int
    policy: str
    optimizer: str
    learning_rate: float
    num_steps: int
    hidden_size: int | None = None
    initial_scale: float = 1e-3
    l1_weight: float = 0.0
    aggregation: str | None = None
    aggregation_weight: float = 0.0
    inverse_temperature: float | None = None
    affinity_scale: float | None = None
    num_states: int = 20
    transition_scale: float = 0.8
    shared_scale: float = 0.1
    entries: str = "uniform"
    num_training: int = 2
    num_held_out: int = 10
    num_test: int = 10
    num_trajectories: int = 40
    trajectory_length: int = 5
    discount: float = 0.99
    report_interval: int = 100

    def __post_init__(self):
        """Checks the values."""
        for field in ("num_steps", "num_states", "num_training", "num_held_out", "num_test"):
            require(self, field, is_count, "an integer of at least 1")
        for field in ("num_trajectories", "trajectory_length", "report_interval"):
            require(self, field, is_count, "an integer of at least 1")
        require(
            self,
            "num_distractors",
            lambda value: is_count(value) and value >= self.num_states,
            f"an integer of at least num_states, {self.num_states}",
        )
        for field, names in (("policy", POLICIES), ("optimizer", OPTIMIZERS), ("entries", ENTRIES)):
            require(self, field, names.__contains__, one_of(names))
        for field in ("learning_rate", "initial_scale", "transition_scale", "shared_scale"):
            require(self, field, is_positive, "a finite number above 0")
        for field in ("l1_weight", "aggregation_weight"):
            require(self, field, is_weight, "a finite number of at least 0")
        require(self, "discount", lambda value: 0 <= value < 1, "in [0, 1)")
        self._check_parts()

    def _check_parts(self) -> None:
        """Checks that there are settings for the parts that a method has, and for no other."""
        if self.policy == "two-layer":
            require(self, "hidden_size", is_count, "an integer of at least 1 for policy two-layer")
            require(
                self, "aggregation", (None, *AGGREGATIONS).__contains__, f"None or {one_of(AGGREGATIONS)}"
            )
        else:
            for field in ("hidden_size", "aggregation"):
                require(self, field, is_none, f"None for policy {self.policy}")
        if self.policy == "ensemble":
            require(self, "l1_weight", lambda value: value == 0, "0 for policy ensemble")
        if self.aggregation is None:
            require(self, "aggregation_weight", lambda value: value == 0, "0 without an aggregation")
        else:
            require(
                self, "num_training", lambda value: value >= 2, "an integer of at least 2 for aggregation"
            )
        if self.aggregation == "cme":
            require(self, "inverse_temperature", is_positive, "a finite number above 0")
            require(
                self,
                "affinity_scale",
                lambda value: value is None or is_positive(value),
                "None or a finite number above 0",
            )
        else:
            for field in ("inverse_temperature", "affinity_scale"):
                require(self, field, is_none, "None but for aggregation cme")

    def to_dict(self) -> dict[str, typing.Any]:
        """Plain dictionary, as stored beside a result."""
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, typing.Any]) -> "LQRConfig":
        """Inverse of `to_dict`.

        Raises:
            ValueError: If a field is unknown, missing or outside its range.
        """
        try:
            return cls(**values)
        except TypeError as error:
            raise ValueError(f"config is not that of a run on the linear system: {error}") from error


METHODS: dict[str, dict[str, typing.Any]] = {
    "linear": {"policy": "linear", "learning_rate": 3e-4, "num_steps": 100},
    "overparametrised": {
        "policy": "two-layer",
        "hidden_size": 20,
        "learning_rate": 3e-4,
        "num_steps": 200,
    },
    "ipo": {"policy": "ensemble", "learning_rate": 1e-4, "num_steps": 500},
    "l1": {"policy": "linear", "l1_weight": 0.1, "learning_rate": 3e-4, "num_steps": 100},
    "aggregation": {
        "policy": "two-layer",
        "hidden_size": 20,
        "aggregation": "squared",
        "aggregation_weight": 1e8,
        "learning_rate": 1e-3,
        "num_steps": 2000,
    },
    "cme": {
        "policy": "two-layer",
        "hidden_size": 20,
        "aggregation": "cme",
        "aggregation_weight": 1.0,
        "inverse_temperature": 1.0,
        "affinity_scale": 0.1,
        "learning_rate": 3e-4,
        "num_steps": 500,
    },
}
"""What sets each method apart, with the settings that `pisces.lqr.search` found; they are meant for Adam."""


def preset(
    method: str, *, num_distractors: int, optimizer: str = "adam", learning_rate: float | None = None
) -> LQRConfig:
    """The settings of a method.

    Args:
        method: A key of `METHODS`.
        num_distractors: 500, 1000 and 10000 in the paper.
        optimizer: One of `OPTIMIZERS`.
        learning_rate: None takes that of the method.

    Raises:
        ValueError: If an argument is unknown or outside its range.
    """
    if method not in METHODS:
        raise ValueError(f"method is {method!r}; it must be {one_of(METHODS)}")
    settings = dict(METHODS[method])
    if learning_rate is not None:
        settings["learning_rate"] = learning_rate
    return LQRConfig(method=method, num_distractors=num_distractors, optimizer=optimizer, **settings)
