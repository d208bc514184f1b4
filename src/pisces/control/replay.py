"""What does an agent learn from? A ring of the latest frames, each kept once, and what was done after each.

An observation stacks three frames and shares two with its neighbours. They are put together when they are
sampled: a decision takes a third to a sixth of the memory that whole observations would.
"""

import typing

import numpy as np

from pisces.checks import checked, is_count
from pisces.control.frames import NUM_STACKED, gather_stacks, stacked_times


class Transitions(typing.NamedTuple):
    """What happened at B decisions.

    Attributes:
        pixels: uint8 `[B, S, S, 9]`, before the decision.
        action: float32 `[B, A]`.
        reward: float32 `[B]`.
        discount: float32 `[B]`, 0 if the episode ended in a terminal state, 1 otherwise.
        next_pixels: uint8 `[B, S, S, 9]`, after it.
    """

    pixels: np.ndarray
    action: np.ndarray
    reward: np.ndarray
    discount: np.ndarray
    next_pixels: np.ndarray


class Replay:
    """A ring buffer of frames. The oldest are overwritten; no transition crosses the border of an episode.

    A transition is there as long as all frames of both of its observations are.
    """

    def __init__(self, capacity: int, *, size: int, action_size: int):
        """Makes an empty buffer; memory is taken as it is filled.

        Args:
            capacity: Frames that are kept, N, at least 3. An episode of T decisions has T + 1.
            size: Width and height of frames in pixels, S.
            action_size: Numbers in an action, A.

        Raises:
            ValueError: If the capacity is not allowed.
        """
        checked(
            "capacity",
            capacity,
            lambda value: is_count(value) and value >= NUM_STACKED,
            f"an integer of at least {NUM_STACKED}",
        )
        self._arrays = {
            "frame": np.zeros((capacity, size, size, 3), np.uint8),
            # Decisions before the frame in its episode; two are as good as more.
            "time": np.zeros(capacity, np.uint8),
            # What followed; without meaning where no transition begins.
            "action": np.zeros((capacity, action_size), np.float32),
            "reward": np.zeros(capacity, np.float32),
            "discount": np.zeros(capacity, np.float32),
            "is_start": np.zeros(capacity, bool),
        }
        self._capacity = capacity
        self._num_added = 0
        self._is_running = False

    @property
    def capacity(self) -> int:
        """Frames that are kept."""
        return self._capacity

    @property
    def num_bytes(self) -> int:
        """Memory of the full buffer in bytes."""
        return sum(array.nbytes for array in self._arrays.values())

    @property
    def num_transitions(self) -> int:
        """Transitions that can be sampled."""
        return int(np.count_nonzero(self._arrays["is_start"]))

    def begin(self, frame: np.ndarray) -> None:
        """Begins an episode.

        Args:
            frame: uint8 `[S, S, 3]`, before the first decision.
        """
        self._append(frame, time=0)
        self._is_running = True

    def add(
        self, action: np.ndarray, *, reward: float, discount: float, frame: np.ndarray, is_last: bool
    ) -> None:
        """Adds a decision to the episode that is running.

        Args:
            action: float `[A]`.
            reward: What it earned.
            discount: 0 if the episode ended in a terminal state, 1 otherwise.
            frame: uint8 `[S, S, 3]`, after it.
            is_last: Whether the episode is over.

        Raises:
            ValueError: If no episode is running.
        """
        if not self._is_running:
            raise ValueError("action is given, and no episode is running; it must be begun by begin")
        arrays, slot = self._arrays, (self._num_added - 1) % self._capacity
        arrays["action"][slot], arrays["reward"][slot], arrays["discount"][slot] = action, reward, discount
        self._append(frame, time=min(int(arrays["time"][slot]) + 1, NUM_STACKED - 1))
        # Whether its oldest frame is still there, now that another one is.
        span = int(arrays["time"][slot]) + 2
        arrays["is_start"][slot] = span <= self._capacity
        self._is_running = not is_last

    def sample(self, batch_size: int, generator: np.random.Generator) -> Transitions:
        """Draws transitions, uniformly and with replacement.

        Args:
            batch_size: How many, B, at least 1.
            generator: Decides which.

        Raises:
            ValueError: If there are none.
        """
        arrays = self._arrays
        starts = np.flatnonzero(arrays["is_start"])
        if not len(starts):
            raise ValueError("replay holds no transition; it must hold one before it is sampled")
        slot = starts[generator.integers(len(starts), size=batch_size)]
        time = arrays["time"][slot].astype(np.int64)
        first = slot - time
        before, after = (
            (first[:, None] + stacked_times(moment)) % self._capacity for moment in (time, time + 1)
        )
        return Transitions(
            gather_stacks(arrays["frame"], before),
            arrays["action"][slot],
            arrays["reward"][slot],
            arrays["discount"][slot],
            gather_stacks(arrays["frame"], after),
        )

    def state(self) -> dict[str, np.ndarray]:
        """All that `restore` needs: arrays by name, views of the part that is filled."""
        filled = slice(min(self._num_added, self._capacity))
        counts = np.array([self._num_added, self._is_running], np.int64)
        return {"counts": counts, **{name: array[filled] for name, array in self._arrays.items()}}

    def restore(self, state: typing.Mapping[str, np.ndarray]) -> None:
        """Takes up what another buffer of the same settings held.

        Args:
            state: What its `state` returned.

        Raises:
            ValueError: If the arrays are of other shapes.
        """
        self._num_added, self._is_running = int(state["counts"][0]), bool(state["counts"][1])
        filled = slice(min(self._num_added, self._capacity))
        for name, array in self._arrays.items():
            if state[name].shape != array[filled].shape:
                raise ValueError(
                    f"state has {name} of shape {state[name].shape}; it must be {array[filled].shape}"
                )
            array[filled] = state[name]

    def _append(self, frame: np.ndarray, *, time: int) -> None:
        arrays, slot = self._arrays, self._num_added % self._capacity
        arrays["frame"][slot], arrays["time"][slot] = frame, time
        arrays["is_start"][slot] = False
        # Those behind it in the ring that were seen with the frame which is overwritten now.
        for ahead in range(1, NUM_STACKED):
            later = (slot + ahead) % self._capacity
            if arrays["time"][later] >= ahead:
                arrays["is_start"][later] = False
        self._num_added += 1
