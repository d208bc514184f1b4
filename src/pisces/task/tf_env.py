"""The jumping task for TF-Agents: many games at once as one batched `PyEnvironment`."""

from collections.abc import Iterable

import numpy as np
from tf_agents.environments import py_environment
from tf_agents.specs import array_spec
from tf_agents.trajectories import time_step as ts

from pisces.task.frames import background_frames, render, stack_frames
from pisces.task.world import (
    JUMP,
    RIGHT,
    STEP_LIMIT,
    Task,
    TaskBatch,
    checked_step_limit,
    initial_state,
    transition_or_restart,
)


class JumpingPyEnvironment(py_environment.PyEnvironment):
    """One game for each task of a batch. An observation is the previous and the current frame.

    The step after the last one of a game ignores the action and begins its next episode. The discount is 0 on
    the last step of an episode that ended by itself, and 1 on all others, the last of a truncated episode
    included.
    """

    def __init__(self, tasks: Iterable[Task] | TaskBatch, *, step_limit: int = STEP_LIMIT):
        """Makes the games.

        Args:
            tasks: One or more tasks, all grey or all coloured.
            step_limit: Number of steps, at least 1, after which an episode is truncated.

        Raises:
            ValueError: If there is no task, grey and coloured ones are mixed, or the step limit is below 1.
        """
        self._batch = TaskBatch.of(tasks)
        self._step_limit = checked_step_limit(step_limit)
        self._background = background_frames(self._batch)
        super().__init__()

    @property
    def batched(self) -> bool:
        """True."""
        return True

    @property
    def batch_size(self) -> int:
        """Number of tasks."""
        return len(self._batch)

    def observation_spec(self) -> array_spec.BoundedArraySpec:
        """float32 (60, 60, 2), or (60, 60, 6) in colour, in [0, 1]."""
        frame = np.empty(self._batch.frame_shape, np.float32)
        shape = stack_frames(frame, frame).shape
        return array_spec.BoundedArraySpec(shape, np.float32, minimum=0.0, maximum=1.0, name="observation")

    def action_spec(self) -> array_spec.BoundedArraySpec:
        """int64, 0 right and 1 jump."""
        return array_spec.BoundedArraySpec((), np.int64, minimum=RIGHT, maximum=JUMP, name="action")

    def _reset(self) -> ts.TimeStep:
        self._state = initial_state(self._batch)
        self._frame = render(self._batch, self._state, background=self._background)
        return ts.restart(stack_frames(np.zeros_like(self._frame), self._frame), batch_size=self.batch_size)

    def _step(self, action: np.ndarray) -> ts.TimeStep:
        is_first = self._state.is_over
        self._state, outcome = transition_or_restart(
            self._batch, self._state, action, step_limit=self._step_limit
        )
        previous, self._frame = self._frame, render(self._batch, self._state, background=self._background)
        previous[is_first] = 0.0
        step_type = np.where(is_first, ts.StepType.FIRST, ts.StepType.MID)
        return ts.TimeStep(
            step_type=np.where(self._state.is_over, ts.StepType.LAST, step_type).astype(np.int32),
            reward=outcome.reward.astype(np.float32),
            discount=np.where(outcome.is_terminal, 0.0, 1.0).astype(np.float32),
            observation=stack_frames(previous, self._frame),
        )
