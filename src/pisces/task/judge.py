"""Which tasks does a policy solve? The one definition of "solved", in two forms.

`evaluate` plays the game: a task is solved when the policy gets across. `agrees_with_expert` is the paper's
test: the policy's greedy action equals the expert's at every step of the demonstration up to and including
the jump (App. G), or the touch of a green obstacle.

For a deterministic policy both say the same of the 286 tasks in grey or red, since only one moment to jump
gets across. Before a green obstacle, and before one beyond the board, at 46 or 47, the game forgives a jump
that lands in time, and the paper's test does not. A policy that draws random convolutions acts on other draws
in each of them.
"""

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from pisces.task import (
    JUMP,
    RIGHT,
    Demonstration,
    Rollout,
    State,
    Task,
    TaskBatch,
    demonstrations,
    rollout,
)
from pisces.task.world import COLLISION_REWARD, GREEN_REWARD

Act = Callable[[np.ndarray], np.ndarray]
"""A policy. One with a method `begin` is told when an evaluation begins; see `pisces.acting.Greedy`."""

NO_JUMP = -1
TASKS_PER_PASS = 32  # of the open-loop test; bounds its memory


def evaluate(act: Act, tasks: Iterable[Task]) -> np.ndarray:
    """Plays every task once, in closed loop, all tasks side by side.

    Args:
        act: Maps float32 `[B, H, W, C]` to int64 `[B]`; see `pisces.acting.Greedy`.
        tasks: The tasks to play.

    Returns:
        bool `[num_tasks]`: the agent got across, and where the obstacle is green, it first touched it on the
        floor.

    Raises:
        ValueError: If there is no task, grey and coloured ones are mixed, or `act` returns something else
            than an allowed action for each observation.
    """
    batch = TaskBatch.of(tasks)
    return is_solved(play(act, batch), batch)


def is_solved(played: Rollout, tasks: Iterable[Task] | TaskBatch) -> np.ndarray:
    """Whether an episode solves its task.

    Args:
        played: Episodes.
        tasks: Their tasks.

    Returns:
        bool `[num_tasks]`, as of `evaluate`.
    """
    is_green = TaskBatch.of(tasks).is_green
    return played.is_success & (~is_green | _is_green_touch(played.reward).any(axis=1))


def jump_step(played: Rollout) -> np.ndarray:
    """When the agent first jumps: int64 `[num_tasks]`, counted in steps before; -1 if it never does."""
    jumps = played.action == JUMP
    return np.where(jumps.any(axis=1), jumps.argmax(axis=1), NO_JUMP)


def play(act: Act, tasks: Iterable[Task] | TaskBatch, *, record_frames: bool = False) -> Rollout:
    """The episodes behind `evaluate`.

    Args:
        act: Maps float32 `[B, H, W, C]` to int64 `[B]`; see `pisces.acting.Greedy`. It is asked only
            where the agent stands on the floor: in the air no action changes anything, and `RIGHT` is noted.
        tasks: The tasks to play.
        record_frames: Whether to return the frames.

    Returns:
        One episode of each task.
    """

    def act_on_floor(observation: np.ndarray, batch: TaskBatch, state: State) -> np.ndarray:
        del batch
        action = np.full(len(state), RIGHT)
        if state.is_grounded.any():
            action[state.is_grounded] = _asked(act, observation[state.is_grounded])
        return action

    _begin(act)
    return rollout(tasks, act_on_floor, record_frames=record_frames)


def agrees_with_expert(act: Act, tasks: Sequence[Task]) -> np.ndarray:
    """The paper's open-loop test: the expert's action at every step up to the one that decides, inclusive.

    That step is the jump, or the touch of a green obstacle.

    Args:
        act: Maps float32 `[B, H, W, C]` to int64 `[B]`; see `pisces.acting.Greedy`.
        tasks: The tasks to test.

    Returns:
        bool `[num_tasks]`.

    Raises:
        ValueError: If there is no task, or grey and coloured ones are mixed.

    Source: Agarwal et al. (2021), App. G.
    """
    TaskBatch.of(tasks)  # checks that they belong together, before they are divided
    _begin(act)
    chunks = [tasks[first : first + TASKS_PER_PASS] for first in range(0, len(tasks), TASKS_PER_PASS)]
    return np.concatenate([_agrees_with_expert(act, demonstrations(chunk)) for chunk in chunks])


def _agrees_with_expert(act: Act, expert: Demonstration) -> np.ndarray:
    decides = (expert.action == JUMP) | _is_green_touch(expert.reward)
    is_decision = np.cumsum(decides, axis=1) - decides == 0  # up to and including the first that decides
    is_right = np.ones(is_decision.shape, bool)
    is_right[is_decision] = _asked(act, expert.observation[is_decision]) == expert.action[is_decision]
    return np.all(is_right, axis=1)


def _begin(act: Act) -> None:
    """Lets a policy that draws random numbers begin anew, so that every evaluation sees the same ones."""
    begin = getattr(act, "begin", None)
    if begin is not None:
        begin()


def _asked(act: Act, observation: np.ndarray) -> np.ndarray:
    """What a policy does: int64 `[B]`."""
    action = np.asarray(act(observation))
    if action.shape != observation.shape[:1] or not np.issubdtype(action.dtype, np.integer):
        raise ValueError(
            f"act returns {action.dtype} {list(action.shape)}; it must return integers {[len(observation)]}"
        )
    return action


def _is_green_touch(reward: np.ndarray) -> np.ndarray:
    """Where a green obstacle was first touched with the agent on the floor, by the reward that says so."""
    return np.equal(reward, COLLISION_REWARD + GREEN_REWARD)
