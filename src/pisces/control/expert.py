"""Who shows what a good action is? Policies on the state, for the metric between episodes.

The metric asks for a policy. Those that come with the package see positions and velocities instead of pixels,
and so have no background to mind; `pisces.control.expert_training` makes them.
"""

import hashlib
import json
import typing
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from pisces.checks import one_of

_FOLDER = Path(__file__).parent / "experts"
_NOTES = "notes"


@dataclass(frozen=True, eq=False)
class Expert:
    """Dense layers with ReLU between them and tanh at the end: the mean action of a Gaussian policy.

    Attributes:
        kernels: float32 `[in, out]` of each layer; the first takes N numbers, the last gives A.
        biases: float32 `[out]` of each.
        notes: How it was made and what it earns, as JSON has it.
    """

    kernels: tuple[np.ndarray, ...]
    biases: tuple[np.ndarray, ...]
    notes: dict = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """What tells its policy from any other, whatever its notes: 12 hexadecimal digits."""
        found = hashlib.sha256()
        for array in (*self.kernels, *self.biases):
            found.update(repr(array.shape).encode())
            found.update(np.ascontiguousarray(array, "<f4").tobytes())
        return found.hexdigest()[:12]

    def act(self, observation: dict[str, np.ndarray]) -> np.ndarray:
        """The action, as `episode.rollout` and `pairs.record_pairs` take it.

        Args:
            observation: With "state", float32 `[N]`.

        Returns:
            float32 `[A]` in [-1, 1].
        """
        values = observation["state"]
        for kernel, bias in zip(self.kernels[:-1], self.biases[:-1], strict=True):
            values = np.maximum(values @ kernel + bias, 0)
        return np.tanh(values @ self.kernels[-1] + self.biases[-1])

    def save(self, file: Path) -> None:
        """Keeps it in a file, in NumPy's format for several arrays."""
        arrays: dict[str, typing.Any] = {
            f"kernel_{place}": kernel for place, kernel in enumerate(self.kernels)
        }
        arrays |= {f"bias_{place}": bias for place, bias in enumerate(self.biases)}
        arrays[_NOTES] = np.array(json.dumps(self.notes))
        with open(file, "wb") as stream:  # NumPy would add a suffix to a name without one
            np.savez_compressed(stream, **arrays)

    @classmethod
    def read(cls, file: Path) -> "Expert":
        """Inverse of `save`.

        Raises:
            ValueError: If the file is missing, or is none of an expert.
        """
        try:
            with open(file, "rb") as stream, np.load(stream) as arrays:
                layers = range((len(arrays.files) - 1) // 2)
                return cls(
                    tuple(arrays[f"kernel_{place}"] for place in layers),
                    tuple(arrays[f"bias_{place}"] for place in layers),
                    json.loads(str(arrays[_NOTES])),
                )
        except (OSError, KeyError, ValueError, TypeError, EOFError, zipfile.BadZipFile) as error:
            raise ValueError(f"file is {str(file)!r}, which holds no expert: {error}") from error


def names() -> list[str]:
    """The tasks whose expert comes with the package."""
    return sorted(file.stem for file in _FOLDER.glob("*.npz"))


def packaged(task: str) -> Expert:
    """The expert for a task that comes with the package.

    Args:
        task: A name of `pisces.control.tasks.TASKS`.

    Raises:
        ValueError: If there is none.
    """
    if task not in names():
        raise ValueError(f"task is {task!r}; it must be {one_of(names())}, or an expert must be given")
    return Expert.read(_FOLDER / f"{task}.npz")
