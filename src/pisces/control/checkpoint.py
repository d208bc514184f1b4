"""How does a run survive its process? Its state is a folder that appears at once or not at all."""

import json
import shutil
import typing
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import tensorflow as tf

_PREFIX, _NEW = "state-", "new"
_VARIABLES, _ARRAYS = "variables", "arrays.npz"

Groups = Mapping[str, Mapping[str, np.ndarray]]


def write(folder: Path, variables: tf.train.Checkpoint, groups: Groups) -> None:
    """Keeps a state, and then removes older ones.

    Args:
        folder: Made if it is not there.
        variables: TensorFlow's part of the state.
        groups: NumPy's, by names without "/".

    Raises:
        OSError: If something cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    new = folder / _NEW
    shutil.rmtree(new, ignore_errors=True)  # of a process that was killed while it wrote
    new.mkdir()
    variables.write(str(new / _VARIABLES))
    arrays: dict[str, typing.Any] = {
        f"{group}/{name}": array for group, part in groups.items() for name, array in part.items()
    }
    np.savez(new / _ARRAYS, **arrays)
    older = _states(folder)
    new.rename(folder / f"{_PREFIX}{_number(older[-1]) + 1 if older else 0}")
    for state in older:
        shutil.rmtree(state)


def read(folder: Path, variables: tf.train.Checkpoint) -> dict[str, dict[str, np.ndarray]] | None:
    """Takes up the latest state of a folder.

    Args:
        folder: Need not exist.
        variables: Those that were given to `write`; they get its values.

    Returns:
        The arrays of the state; None if there is no state.

    Raises:
        Exception: Of many kinds, TensorFlow's and NumPy's, if it is broken or of other variables.
    """
    states = _states(folder)
    if not states:
        return None
    variables.read(str(states[-1] / _VARIABLES)).assert_consumed()
    groups: dict[str, dict[str, np.ndarray]] = {}
    with np.load(states[-1] / _ARRAYS) as arrays:
        for key in arrays.files:
            group, name = key.split("/")
            groups.setdefault(group, {})[name] = arrays[key]
    return groups


def generator_state(generator: np.random.Generator) -> np.ndarray:
    """The state of a generator, as an array of one string."""
    return np.array(json.dumps(generator.bit_generator.state))


def restore_generator(generator: np.random.Generator, state: np.ndarray) -> None:
    """Gives a generator the state that `generator_state` returned for one of its kind."""
    generator.bit_generator.state = json.loads(str(state))


def _states(folder: Path) -> list[Path]:
    return sorted(folder.glob(f"{_PREFIX}*"), key=_number)


def _number(state: Path) -> int:
    return int(state.name.removeprefix(_PREFIX))
