"""When do PSEs not help? The lakes of this chapter, seen in other ways and by other networks.

The lakes and what is asked of an agent are those of `lakes`. What changes is what the agent sees of them,
which network looks at it, and whether bridges stand where none stood in training.
"""

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, cast

import gymnasium
import numpy as np
import pandas as pd
import tf_keras as keras
from gymnasium import spaces
from numpy.typing import NDArray
from tf_agents.networks import sequential

from pisces.chapters.your_own_problem import lakes
from pisces.imitation import PSE, Imitator

AGENT_COLOR = (0.8, 0.1, 0.1)
"""The agent on a picture from above, as red, green and blue in [0, 1]."""

NUM_FILTERS = 32
"""Filters of each convolution of `pooled_convolutions`."""


class FromAbove(gymnasium.ObservationWrapper):
    """FrozenLake as a map: float32 `[SIZE, SIZE, 3]`, a pixel for each cell, the agent's in `AGENT_COLOR`."""

    def __init__(self, env: gymnasium.Env):
        """Wraps an environment made by `gymnasium.make("FrozenLake-v1", desc=lake, ...)`."""
        super().__init__(env)
        lake = tuple("".join(map(bytes.decode, row)) for row in env.unwrapped.desc)  # pyright: ignore
        self._picture = lakes.picture(lake)
        self.observation_space = spaces.Box(0.0, 1.0, self._picture.shape, np.float32)

    def observation(self, observation: int) -> NDArray[np.float32]:
        """What is seen in a state, by its number."""
        seen = self._picture.copy()
        seen[divmod(int(observation), seen.shape[1])] = AGENT_COLOR
        return seen


def seen_from_above(drawn: Sequence[lakes.Lake]) -> list[gymnasium.Env]:
    """FrozenLake on each of the maps, without slipping and seen from above."""
    return [FromAbove(env.env) for env in lakes.environments(drawn)]  # pyright: ignore


def pooled_convolutions(seed: int) -> sequential.Sequential:
    """Two convolutions, the largest value of each filter over all places, and a dense layer.

    Such a network knows what is somewhere in a picture, and not where.

    Args:
        seed: Non-negative integer that decides the initial weights.
    """
    seeds = np.random.SeedSequence(seed).generate_state(3)
    # The stubs of Keras ask for the name of an initializer; layers take the object.
    *initial, last = (cast("Any", keras.initializers.GlorotUniform(int(one))) for one in seeds)
    convolutions = [
        keras.layers.Conv2D(NUM_FILTERS, 3, padding="same", activation="relu", kernel_initializer=one)
        for one in initial
    ]
    dense = keras.layers.Dense(lakes.FEATURE_SIZE, activation="relu", kernel_initializer=last)
    return sequential.Sequential([*convolutions, keras.layers.GlobalMaxPooling2D(), dense], name="Encoder")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Variant:
    """One way to see lakes.

    Attributes:
        view: What the agent sees, for a reader.
        network: What looks at it, for a reader.
        environments: Makes an environment of each lake.
        encoder: Makes the network, its weights decided by a seed.
        is_bridge_new: Whether bridges of unseen lakes are in columns in which those of training never are.
    """

    view: str
    network: str
    environments: Callable[[Sequence[lakes.Lake]], list[gymnasium.Env]]
    encoder: Callable[[int], sequential.Sequential]
    is_bridge_new: bool = False


VARIANTS = {
    "above": Variant(
        view="map from above",
        network="dense layer",
        environments=seen_from_above,
        encoder=lakes.first_layer,
    ),
    "above-new": Variant(
        view="map from above, bridges in new columns",
        network="dense layer",
        environments=seen_from_above,
        encoder=lakes.first_layer,
        is_bridge_new=True,
    ),
    "above-pooled": Variant(
        view="map from above",
        network="convolutions, pooled over all places",
        environments=seen_from_above,
        encoder=pooled_convolutions,
    ),
    "around-pooled": Variant(
        view="what is around the agent",
        network="convolutions, pooled over all places",
        environments=lakes.environments,
        encoder=pooled_convolutions,
    ),
}
"""The variants by name. That of the chapter, what is around the agent and a dense layer, is in `lakes`."""


def bridge_column(lake: lakes.Lake) -> int:
    """The column of the bridge, which is that of the goal."""
    return next(row.index("G") for row in lake if "G" in row)


def split(
    num_training: int, num_unseen: int, *, is_bridge_new: bool, seed: int
) -> tuple[list[lakes.Lake], list[lakes.Lake]]:
    """Draws lakes to learn from and others to play.

    Args:
        num_training: Lakes to learn from, at least 1.
        num_unseen: Lakes to play, at least 1.
        is_bridge_new: Whether the former have their bridges in even columns and the latter in odd ones.
        seed: Non-negative integer.

    Returns:
        Both kinds of lakes.
    """
    if not is_bridge_new:
        drawn = lakes.draw_lakes(num_training + num_unseen, seed=seed)
        return drawn[:num_training], drawn[num_training:]
    # Half of the columns are even: four times as many lakes as needed are more than enough.
    drawn = lakes.draw_lakes(20 + 4 * max(num_training, num_unseen), seed=seed)
    even, odd = ([lake for lake in drawn if bridge_column(lake) % 2 == rest] for rest in (0, 1))
    return even[:num_training], odd[:num_unseen]


def solved_by_students(
    seeds: Iterable[int], *, pse: PSE, num_training: int, num_unseen: int, num_updates: int, **settings: Any
) -> dict[str, dict[str, NDArray[np.float64]]]:
    """Trains students without and with PSEs in each variant and lets them play other lakes.

    Args:
        seeds: Each decides the lakes and the initial weights of its students.
        pse: How the students that have PSEs put states together; the optimal policies have its discount.
        num_training: Lakes to learn from.
        num_unseen: Lakes to play; other ones.
        num_updates: Updates of each student.
        settings: What else `pisces.imitation.Imitator` takes.

    Returns:
        For each variant the share of unseen lakes that students cross, float64 `[num_seeds]`, by their kind:
        "imitation" alone, and "pse".
    """
    shares: dict[str, dict[str, list[float]]] = {name: {"imitation": [], "pse": []} for name in VARIANTS}
    for seed in seeds:
        for name, variant in VARIANTS.items():
            training, unseen = split(num_training, num_unseen, is_bridge_new=variant.is_bridge_new, seed=seed)
            shown = [lakes.demonstrate(env, discount=pse.discount) for env in variant.environments(training)]
            for kind, embedding in (("imitation", None), ("pse", pse)):
                encoder = variant.encoder(seed)
                student = Imitator(shown, encoder=encoder, pse=embedding, seed=seed, **settings)
                student.train(num_updates)
                is_solved = lakes.is_solved(student.act, unseen, see=variant.environments)
                shares[name][kind].append(is_solved.mean())
    return {
        name: {kind: np.array(values) for kind, values in of_kind.items()} for name, of_kind in shares.items()
    }


def gains(shares: Mapping[str, Mapping[str, NDArray[np.float64]]]) -> dict[str, float]:
    """By how much PSEs raise the mean share of lakes that are crossed, for each variant.

    Args:
        shares: As `solved_by_students` returns them.
    """
    return {name: float((of_kind["pse"] - of_kind["imitation"]).mean()) for name, of_kind in shares.items()}


def table(shares: Mapping[str, Mapping[str, NDArray[np.float64]]]) -> pd.DataFrame:
    """The mean shares of lakes that students cross, as a table for a reader.

    Args:
        shares: As `solved_by_students` returns them.
    """
    rows = [
        {
            "The agent sees": VARIANTS[name].view,
            "Network": VARIANTS[name].network,
            "Imitation": f"{of_kind['imitation'].mean():.0%}",
            "PSEs": f"{of_kind['pse'].mean():.0%}",
        }
        for name, of_kind in shares.items()
    ]
    return pd.DataFrame(rows).set_index("The agent sees")
