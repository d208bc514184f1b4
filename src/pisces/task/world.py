"""How does the jumping task go? Geometry, tasks, states, transitions.

The game of Tachet des Combes et al. (2018), "Learning invariances for policy generalization", with the red
and green obstacles of Agarwal et al. (2021), appendix G. All functions take a batch of tasks, are pure and
return new arrays. Coordinates are pixels, x to the right and y up. A box is given by its left and bottom
edge.

How a game looks is left to `pisces.task.frames`, whole episodes to `pisces.task.episode`, the expert to
`pisces.task.expert`, the sets of tasks to `pisces.task.splits`.
"""

import numbers
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Self, TypeVar

import numpy as np

from pisces.checks import checked, in_one_line, is_count

IMAGE_SIZE = 60
AGENT_WIDTH = 5
AGENT_HEIGHT = 10
OBSTACLE_WIDTH = 9
OBSTACLE_HEIGHT = 10
JUMP_HEIGHT = 15
OBSTACLE_POSITIONS = range(14, 48)
FLOOR_HEIGHTS = range(41)
COLORS = ("red", "green")

RIGHT = 0
JUMP = 1

SUCCESS_REWARD = 100.0
COLLISION_REWARD = -1.0
GREEN_REWARD = 100.0
STEP_LIMIT = 600
# Every step moves one pixel to the right, so all episodes that get across are equally long.
EPISODE_LENGTH = IMAGE_SIZE - AGENT_WIDTH + 1

_GREY = -1
_UP, _GROUNDED, _DOWN = 1, 0, -1


@dataclass(frozen=True, order=True)
class Task:
    """One variant of the game.

    Attributes:
        obstacle_position: Left edge of the obstacle, 14 to 47.
        floor_height: Height of the floor, 0 to 40.
        color: None for the grey game; "red" looks different and plays alike; in "green" the obstacle is worth
            touching.

    Raises:
        ValueError: If a value is outside its range.
    """

    obstacle_position: int
    floor_height: int
    color: str | None = None

    def __post_init__(self) -> None:
        """Checks the values and turns NumPy integers into Python's."""
        for name, allowed in (("obstacle_position", OBSTACLE_POSITIONS), ("floor_height", FLOOR_HEIGHTS)):
            value = getattr(self, name)
            if not isinstance(value, numbers.Integral) or value not in allowed:
                bounds = f"{allowed[0]} to {allowed[-1]}"
                raise ValueError(f"{name} is {in_one_line(value)}; it must be an integer from {bounds}")
            object.__setattr__(self, name, int(value))
        if self.color is not None and not (isinstance(self.color, str) and self.color in COLORS):
            raise ValueError(f"color is {in_one_line(self.color)}; it must be None or one of {COLORS}")


class _Columns:
    """Arrays side by side with one row per task; an index picks the same rows of all of them."""

    def __len__(self) -> int:
        return len(next(iter(vars(self).values())))

    def __getitem__(self, index: Any) -> Self:
        return type(self)(*(column[index] for column in vars(self).values()))


_C = TypeVar("_C", bound=_Columns)


@dataclass(frozen=True, eq=False)
class TaskBatch(_Columns):
    """Tasks as arrays, all grey or all coloured. Made by `TaskBatch.of`; an array index or slice picks some.

    Attributes:
        obstacle_position: int64 `[B]`, 14 to 47.
        floor_height: int64 `[B]`, 0 to 40.
        color: int64 `[B]`, index into `COLORS`, which is also the channel of the obstacle; -1 for grey.
    """

    obstacle_position: np.ndarray
    floor_height: np.ndarray
    color: np.ndarray

    @classmethod
    def of(cls, tasks: "Iterable[Task] | TaskBatch") -> "TaskBatch":
        """Puts tasks side by side.

        Args:
            tasks: At least one task; a batch is returned as it is.

        Raises:
            ValueError: If there is no task, or if grey and coloured ones, whose frames differ in shape, are
                mixed.
        """
        if isinstance(tasks, TaskBatch):
            return tasks
        tasks = tuple(tasks)
        is_grey = {task.color is None for task in tasks}
        if len(is_grey) != 1:
            held = "grey and coloured tasks" if is_grey else "no task"
            raise ValueError(f"tasks has {held}; it must have one or more, all grey or all coloured")
        return cls(
            np.array([task.obstacle_position for task in tasks]),
            np.array([task.floor_height for task in tasks]),
            np.array([_GREY if task.color is None else COLORS.index(task.color) for task in tasks]),
        )

    @property
    def is_colored(self) -> bool:
        """Whether the frames have three colour channels."""
        return bool((self.color != _GREY).any())

    @property
    def is_green(self) -> np.ndarray:
        """Bool `[B]`: which obstacles are worth touching."""
        return self.color == COLORS.index("green")

    @property
    def frame_shape(self) -> tuple[int, ...]:
        """Shape of one frame: (60, 60), or (60, 60, 3) in colour."""
        return (IMAGE_SIZE, IMAGE_SIZE, 3) if self.is_colored else (IMAGE_SIZE, IMAGE_SIZE)


@dataclass(frozen=True, eq=False)
class State(_Columns):
    """Where the games of a batch stand; an array index or slice picks some.

    Attributes:
        left: int64 `[B]`, left edge of the agent.
        bottom: int64 `[B]`, bottom edge of the agent.
        direction: int64 `[B]`, 1 going up, 0 on the floor, -1 going down.
        num_steps: int64 `[B]`, steps taken.
        has_collided: bool `[B]`, whether the agent has touched the obstacle.
        is_over: bool `[B]`, whether the episode has ended; such a game takes no further step.
    """

    left: np.ndarray
    bottom: np.ndarray
    direction: np.ndarray
    num_steps: np.ndarray
    has_collided: np.ndarray
    is_over: np.ndarray

    @property
    def is_grounded(self) -> np.ndarray:
        """Bool `[B]`: where the next action is heeded; in the air it changes nothing."""
        return self.direction == _GROUNDED


@dataclass(frozen=True, eq=False)
class Outcome(_Columns):
    """What a step brought.

    Attributes:
        reward: float64 `[B]`.
        is_terminal: bool `[B]`, the game ended: success, or a collision unless green.
        is_truncated: bool `[B]`, the game was broken off at the step limit; never where `is_terminal`.
        is_success: bool `[B]`, the agent got across.
        is_collision: bool `[B]`, the agent touched the obstacle for the first time.
    """

    reward: np.ndarray
    is_terminal: np.ndarray
    is_truncated: np.ndarray
    is_success: np.ndarray
    is_collision: np.ndarray


def initial_state(batch: TaskBatch) -> State:
    """The agent stands on the floor at the left border."""
    zero, no = np.zeros(len(batch), np.int64), np.zeros(len(batch), bool)
    return State(zero, batch.floor_height.copy(), zero.copy(), zero.copy(), no, no.copy())


def transition(
    batch: TaskBatch, state: State, action: np.ndarray, *, step_limit: int = STEP_LIMIT
) -> tuple[State, Outcome]:
    """Takes one step in every game.

    The agent always moves one pixel to the right. A jump also moves it one pixel up or down per step until it
    is back on the floor, whatever the actions. The reward is the displacement in x, plus 100 on getting
    across; the first step of contact with the obstacle pays -1 instead of the displacement, and 100 more if
    the obstacle is green and the agent is then on the floor.

    Args:
        batch: B tasks.
        state: Their states, none of them over.
        action: Integers `[B]`, `RIGHT` or `JUMP`.
        step_limit: Number of steps, at least 1, after which an episode is truncated. No episode is longer
            than `EPISODE_LENGTH`, so the game's own limit of 600 is never reached.

    Returns:
        The next state, and the outcome of the step.

    Raises:
        ValueError: If an action is not allowed, a game is over, sizes differ, or the step limit is below 1.
    """
    step_limit = checked_step_limit(step_limit)
    action = _checked_action(action, batch, state)
    jumps = state.is_grounded & (action == JUMP)
    direction = np.where(jumps, _UP, state.direction)
    direction = np.where(state.bottom > batch.floor_height + JUMP_HEIGHT, _DOWN, direction)
    left, bottom = state.left + 1, state.bottom + direction
    is_on_floor = bottom == batch.floor_height
    num_steps = state.num_steps + 1

    is_collision = ~state.has_collided & _overlaps(batch, left, bottom)
    is_success = left + AGENT_WIDTH > IMAGE_SIZE
    is_terminal = is_success | (is_collision & ~batch.is_green)
    is_truncated = ~is_terminal & (num_steps >= step_limit)
    reward = np.where(is_collision, COLLISION_REWARD, left - state.left)
    reward += SUCCESS_REWARD * is_success + GREEN_REWARD * (
        is_collision & batch.is_green & is_on_floor  # a touch in the air is not paid
    )

    direction = np.where(is_on_floor, _GROUNDED, direction)
    has_collided = state.has_collided | is_collision
    next_state = State(
        left,
        bottom,
        direction,
        num_steps,
        has_collided,
        is_terminal | is_truncated,
    )
    return next_state, Outcome(reward, is_terminal, is_truncated, is_success, is_collision)


def transition_or_restart(
    batch: TaskBatch, state: State, action: np.ndarray, *, step_limit: int = STEP_LIMIT
) -> tuple[State, Outcome]:
    """Takes one step in every game that is not over, and begins the others anew.

    This is the convention of batched environments: the step after the last one ignores the action, pays
    nothing and brings the initial state. Arguments and errors are those of `transition`, but for games that
    are over.
    """
    is_over, action = state.is_over, np.asarray(action)
    if not is_over.any():
        return transition(batch, state, action, step_limit=step_limit)
    _check_sizes(batch, state, action)
    beginning = initial_state(batch)
    running = _where(is_over, beginning, state)
    moved, outcome = transition(batch, running, np.where(is_over, RIGHT, action), step_limit=step_limit)
    nothing = Outcome(*(np.zeros_like(column) for column in vars(outcome).values()))
    return _where(is_over, beginning, moved), _where(is_over, nothing, outcome)


def checked_step_limit(step_limit: int) -> int:
    """Returns a step limit that is a number of steps.

    Raises:
        ValueError: If it is not an integer of at least 1.
    """
    return checked("step_limit", step_limit, is_count, "an integer of at least 1")


def _checked_action(action: np.ndarray, batch: TaskBatch, state: State) -> np.ndarray:
    action = np.asarray(action)
    _check_sizes(batch, state, action)
    is_legal = (action == RIGHT) | (action == JUMP)
    if action.dtype.kind not in "iu" or not is_legal.all():
        illegal = (action if is_legal.all() else action[~is_legal]).tolist()[0]
        raise ValueError(
            f"action is {in_one_line(illegal)}; it must be the integer {RIGHT} (right) or {JUMP} (jump)"
        )
    if state.is_over.any():
        game = int(np.argmax(state.is_over))
        raise ValueError(
            f"state of game {game} is over, step {state.num_steps[game]} was its last; it must be reset first"
        )
    return action


def _check_sizes(batch: TaskBatch, state: State, action: np.ndarray) -> None:
    if action.shape != (len(batch),) or len(state) != len(batch):
        raise ValueError(
            f"action has shape {action.shape} and state {len(state)} rows; both must have one entry for each"
            f" of the {len(batch)} tasks"
        )


def _overlaps(batch: TaskBatch, left: np.ndarray, bottom: np.ndarray) -> np.ndarray:
    """Whether the boxes of agent and obstacle share a pixel; both stand on the same floor or above it."""
    return (
        (left < batch.obstacle_position + OBSTACLE_WIDTH)
        & (left + AGENT_WIDTH > batch.obstacle_position)
        & (bottom < batch.floor_height + OBSTACLE_HEIGHT)
    )


def _where(condition: np.ndarray, chosen: _C, otherwise: _C) -> _C:
    pairs = zip(vars(chosen).values(), vars(otherwise).values(), strict=True)
    return type(chosen)(*(np.where(condition, one, other) for one, other in pairs))
