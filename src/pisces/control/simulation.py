"""One task as an agent meets it: observations of stacked frames and state, and a seed that decides the rest.

What the adapters for TF-Agents and Gymnasium have in common, and what `episode` plays with.
"""

from dataclasses import dataclass

import numpy as np

from pisces.checks import checked, in_one_line, is_count_or_0, require
from pisces.control.frames import NUM_STACKED, stack_frames
from pisces.control.renderer import ANSWER_LIMIT, Renderer
from pisces.control.world import Moment, WorldSettings

NUM_SEEDS = 2**32
"""Seeds of a task or of a background: from 0 to one less."""

ALLOWED_SEEDS = "an integer from 0 to 2**32 - 1"
"""The same in words."""


@dataclass(frozen=True)
class Seeds:
    """What decides an episode but for its actions.

    Attributes:
        task: 0 to 2**32 - 1; the first state is a function of it.
        background: 0 to 2**32 - 1; the video, its first frame and its direction are.

    Raises:
        ValueError: If one is outside its range.
    """

    task: int
    background: int

    def __post_init__(self):
        for name in ("task", "background"):
            require(self, name, is_seed, ALLOWED_SEEDS)


class Simulation:
    """A task, its renderer, and the frames of the last decisions.

    Attributes:
        settings: What is simulated and seen.
        renderer: The process that simulates and renders.
        is_running: Whether an episode has begun and not ended.
        seeds: What decides the latest episode but for its actions.
    """

    def __init__(self, settings: WorldSettings, *, seed: int, answer_limit: float = ANSWER_LIMIT):
        """Starts the renderer.

        Args:
            settings: What is simulated and seen.
            seed: At least 0; decides the seeds of all episodes.
            answer_limit: Seconds that the renderer has for a decision, above 0.

        Raises:
            ImportError: If MuJoCo or the suite is missing, or of another version.
            RendererError: If nothing renders here.
            ValueError: If a setting is not allowed.
        """
        self.seed(seed)
        self.settings = settings
        self.renderer = Renderer(settings, answer_limit=answer_limit)
        self._frames: list[np.ndarray] = []
        self.is_running = False

    def seed(self, seed: int) -> None:
        """Begins the sequence of episodes anew.

        Args:
            seed: At least 0; decides the seeds of all episodes to come.
        """
        checked("seed", seed, is_count_or_0, "an integer of at least 0")
        self._generator = np.random.default_rng(seed)

    @property
    def action_size(self) -> int:
        """Numbers in an action, each from -1 to 1."""
        return self.renderer.action_size

    @property
    def observation_shapes(self) -> dict[str, tuple[int, ...]]:
        """The shape of each part of an observation; see `observation`."""
        size, state = self.settings.size, {"state": (len(self.renderer.state_names),)}
        return state if size is None else {"pixels": (size, size, 3 * NUM_STACKED), **state}

    def reset(self, seeds: Seeds | None = None) -> Moment:
        """Begins an episode.

        Args:
            seeds: What decides it; None takes the next ones that the simulation's own seed gives.

        Raises:
            RendererError: If the renderer is gone.
        """
        if seeds is None:
            seeds = Seeds(*self._generator.integers(NUM_SEEDS, size=2).tolist())
        self.seeds, self._frames = seeds, []
        return self._kept(self.renderer.reset(seeds.task, seeds.background))

    def step(self, action: np.ndarray) -> Moment:
        """Takes a decision.

        Args:
            action: float `[A]` in [-1, 1].

        Raises:
            RendererError: If the renderer is gone.
            ValueError: If the action has another shape or is not in [-1, 1], or no episode is running.
        """
        if not self.is_running:
            raise ValueError("action is given, and no episode is running; it must be begun by reset")
        return self._kept(self.renderer.step(_checked_action(action, self.action_size)))

    def observation(self, moment: Moment) -> dict[str, np.ndarray]:
        """What an agent sees at the moment that `reset` or `step` has just returned.

        Returns:
            "pixels": uint8 `[S, S, 9]`, the frames of the last three decisions, the oldest first; absent if
            nothing is rendered. "state": float32 `[N]`.
        """
        state = {"state": moment.state}
        return {"pixels": stack_frames(self._frames), **state} if self._frames else state

    def close(self) -> None:
        """Ends the renderer."""
        self.is_running = False
        self.renderer.close()

    def _kept(self, moment: Moment) -> Moment:
        self.is_running = not moment.is_last
        if moment.frame is not None:
            self._frames = [*self._frames[1 - NUM_STACKED :], moment.frame]
        return moment

    def __enter__(self) -> "Simulation":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def is_seed(value: int) -> bool:
    """Whether it can be the seed of a task or of a background."""
    return is_count_or_0(value) and value < NUM_SEEDS


def _checked_action(action: np.ndarray, size: int) -> np.ndarray:
    action = np.asarray(action)
    if action.shape != (size,):
        raise ValueError(f"action has shape {action.shape}; it must be {(size,)}")
    if action.dtype.kind not in "fiu" or not (np.abs(action) <= 1).all():
        raise ValueError(f"action is {in_one_line(action.tolist())}; it must be numbers from -1 to 1")
    return action
