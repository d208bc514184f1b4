"""How does the world go on? The physics of a task, and its bodies before what moves behind them.

A decision lasts several steps of control (`action_repeat`); the background shows its next frame at each of
them, and the policy sees the last. Where an episode begins is a function of one seed and what it is seen
against of another, so that the same actions give the same states before two backgrounds.

`WorldSettings` and `Moment` need NumPy alone; a `World` needs `mujoco` and `dm_control`.
"""

from dataclasses import dataclass, field

import numpy as np

from pisces.checks import is_count, is_none_or, one_of, require
from pisces.control.backgrounds import Backgrounds, Playback, Still
from pisces.control.camera import BodyCamera
from pisces.control.frames import composite
from pisces.control.tasks import TASKS, ControlTask


@dataclass(frozen=True, kw_only=True)
class WorldSettings:
    """What is simulated and seen.

    Attributes:
        task: A name of `TASKS`.
        size: Width and height of frames in pixels; 84 in the paper. None renders nothing, for policies that
            see the state.
        backgrounds: What is behind the bodies.
        supersampling: Width and height, in what is drawn of the bodies, of what makes a pixel of a frame; the
            mean of them shows where an edge is between two pixels. 1 in the paper.

    Raises:
        ValueError: If there is no such task, or a number is not allowed.
    """

    task: str
    size: int | None
    backgrounds: Backgrounds = field(default_factory=Still)
    supersampling: int = 1

    def __post_init__(self):
        require(self, "task", lambda name: name in TASKS, one_of(TASKS))
        require(self, "size", is_none_or(is_count), "None or an integer of at least 1")
        require(self, "supersampling", is_count, "an integer of at least 1")

    @property
    def control_task(self) -> ControlTask:
        """The task of this name."""
        return TASKS[self.task]


@dataclass(frozen=True, eq=False)
class Moment:
    """What the world tells after a decision, or at the beginning.

    Attributes:
        frame: uint8 `[S, S, 3]`; None if nothing is rendered.
        state: float32 `[N]`: positions and velocities as the suite observes them.
        reward: The sum over the steps of control, each in [0, 1]; 0 at the beginning.
        discount: 0 if the episode ended in a terminal state, 1 otherwise, also at its time limit.
        is_last: Whether the episode is over.
    """

    frame: np.ndarray | None
    state: np.ndarray
    reward: float
    discount: float
    is_last: bool


class World:
    """One task of the suite. What it does is a function of seeds and actions."""

    def __init__(self, settings: WorldSettings):
        """Loads the task.

        Args:
            settings: What is simulated and seen.

        Raises:
            ImportError: If `mujoco` or `dm_control` is missing.
        """
        from dm_control import suite

        task = settings.control_task
        self._environment = suite.load(task.domain, task.goal, task_kwargs={"random": 0})
        self._action_repeat = task.action_repeat
        self._camera = None
        if settings.size is not None:
            self._camera = BodyCamera(self._environment.physics, settings.supersampling * settings.size)
            self._playback = Playback(settings.backgrounds, settings.size)

    @property
    def action_size(self) -> int:
        """Numbers in an action, each from -1 to 1."""
        return self._environment.action_spec().shape[0]

    @property
    def decision_seconds(self) -> float:
        """How long an action lasts in the world."""
        return self._action_repeat * self._environment.control_timestep()

    @property
    def state_names(self) -> tuple[str, ...]:
        """Names of the N numbers of a state, such as "position[0]"."""
        return tuple(
            f"{name}[{place}]" if spec.shape else name
            for name, spec in self._environment.observation_spec().items()
            for place in range(int(np.prod(spec.shape)))
        )

    def reset(self, task_seed: int, background_seed: int) -> Moment:
        """Begins an episode.

        Args:
            task_seed: 0 to 2**32 - 1; decides the first state.
            background_seed: At least 0; decides which video is played, from which frame and in which
                direction. Without effect where nothing is rendered.
        """
        self._environment.task.random.seed(task_seed)
        if self._camera is not None:
            self._playback.begin(background_seed)
        self._time = 0
        return self._moment(self._environment.reset(), reward=0.0)

    def step(self, action: np.ndarray) -> Moment:
        """Does what an action says, as often as it is repeated or until the episode ends.

        Args:
            action: float `[A]` in [-1, 1].
        """
        reward = 0.0
        for _ in range(self._action_repeat):
            time_step = self._environment.step(action)
            reward += time_step.reward
            self._time += 1
            if time_step.last():
                break
        return self._moment(time_step, reward=reward)

    def _moment(self, time_step, *, reward: float) -> Moment:
        state = [np.ravel(values) for values in time_step.observation.values()]
        frame = None
        if self._camera is not None:
            frame = composite(self._camera.picture(), self._playback.frame(self._time))
        discount = 1.0 if time_step.discount is None else float(time_step.discount)
        return Moment(frame, np.concatenate(state).astype(np.float32), reward, discount, time_step.last())
