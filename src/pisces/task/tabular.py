"""Which states can a game reach, and where does each action lead from there? One task as tables.

A task is deterministic and small once its states are counted instead of drawn. The tables have the form that
the metrics between finite decision processes take.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from pisces.task.world import JUMP, RIGHT, State, Task, TaskBatch, initial_state, transition

_ACTIONS = (RIGHT, JUMP)
_OVER = -1


@dataclass(frozen=True, eq=False)
class TabularTask:
    """One task as tables over its S states: those that can be reached, in order of time, and the end.

    State 0 is the initial state. State S-1 stands for every end of the game; it is its own successor with
    reward 0.

    Attributes:
        state: Columns `[S-1]`, where the game stands in every state but the end.
        next_state: int64 `[S, 2]`, the successor under `RIGHT` and under `JUMP`, in [0, S).
        reward: float64 `[S, 2]`, what the step brings.
    """

    state: State
    next_state: np.ndarray
    reward: np.ndarray

    def path(self, action: ArrayLike) -> np.ndarray:
        """States that the game goes through from its beginning.

        Args:
            action: Integers `[n]`, `RIGHT` or `JUMP`.

        Returns:
            int64 `[n]`, the state in which each action is taken.

        Raises:
            ValueError: If an action is not allowed, or is taken after the end.
        """
        state, visited = 0, []
        for step, chosen in enumerate(np.asarray(action).tolist()):
            if chosen not in _ACTIONS:
                raise ValueError(f"action is {chosen!r} at step {step}; it must be one of {_ACTIONS}")
            if state == len(self.reward) - 1:
                raise ValueError(f"action goes on at step {step}; it must stop when the game is over")
            visited.append(state)
            state = int(self.next_state[state, chosen])
        return np.array(visited, np.int64)


def tabulate(task: Task) -> TabularTask:
    """Lists the states that a task can reach, and what both actions do in each.

    States are found layer by layer, all states of a layer at once. Every step moves the agent by one pixel,
    so no state belongs to two layers.

    Args:
        task: A task, grey or coloured.

    Returns:
        The tables.
    """
    batch, layer = TaskBatch.of([task]), initial_state(TaskBatch.of([task]))
    layers, next_state, reward, num_states = [], [], [], 0
    while len(layer):
        layers.append(layer)
        num_states += len(layer)
        tried = layer[np.repeat(np.arange(len(layer)), len(_ACTIONS))]
        following, outcome = transition(
            batch[np.zeros(len(tried), np.int64)], tried, np.tile(_ACTIONS, len(layer))
        )
        layer, position = _distinct(following[~following.is_over])
        successor = np.full(len(tried), _OVER)
        successor[~following.is_over] = num_states + position
        next_state.append(successor.reshape(-1, len(_ACTIONS)))
        reward.append(outcome.reward.reshape(-1, len(_ACTIONS)))
    successor = np.concatenate([*next_state, [[_OVER, _OVER]]])
    columns = zip(*(vars(layer).values() for layer in layers), strict=True)
    return TabularTask(
        State(*(np.concatenate(column) for column in columns)),
        np.where(successor == _OVER, num_states, successor),
        np.concatenate([*reward, [[0.0, 0.0]]]),
    )


def _distinct(state: State) -> tuple[State, np.ndarray]:
    """The different states of a batch, and int64 `[B]`: which of them each state is."""
    columns = np.stack([column.astype(np.int64) for column in vars(state).values()], axis=1)
    _, first, position = np.unique(columns, axis=0, return_index=True, return_inverse=True)
    return state[first], position.reshape(-1)
