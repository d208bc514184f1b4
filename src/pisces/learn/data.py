"""What does an update see? A class-balanced batch of expert decisions and one pair of demonstrations.

A training set lives in tensors, so that sampling happens inside the training graph.
"""

import typing
from collections.abc import Hashable, Sequence

import numpy as np
import tensorflow as tf
from tf_agents.trajectories import time_step as ts
from tf_agents.trajectories import trajectory


class DemonstrationPair(typing.NamedTuple):
    """Two demonstrations and the distances between their states.

    Attributes:
        observation_x: float32 `[n, H, W, C]`.
        observation_y: float32 `[m, H, W, C]`.
        distance: float32 `[n, m]`, >= 0.
    """

    observation_x: tf.Tensor
    observation_y: tf.Tensor
    distance: tf.Tensor


class TrainingSet(tf.Module):
    """Demonstrations of the training tasks, the distances between them, and how an update samples both."""

    def __init__(
        self,
        observation: np.ndarray,
        action: np.ndarray,
        distance: np.ndarray | None,
        *,
        rare_action: int,
        group: Sequence[Hashable | None] | None = None,
    ):
        """Puts the demonstrations into tensors.

        Args:
            observation: float32 `[T, n, H, W, C]`, T demonstrations of n steps.
            action: int64 `[T, n]`, the expert's.
            distance: float `[T, T, n, n]`, between the states of every two demonstrations; None if no pair is
                wanted.
            rare_action: The action that fills half of a balanced batch.
            group: Of each of the T tasks, by name; groups of equal size. Both tasks of a pair are of one
                group, and a task whose group is None is in no pair. None makes all tasks one group.

        Raises:
            ValueError: If shapes do not fit, an action class is missing, groups differ in size, or a pair is
                wanted of one task.
        """
        super().__init__(name="training_set")
        observation, action = np.asarray(observation, np.float32), np.asarray(action, np.int64)
        num_tasks, num_steps = action.shape
        if observation.shape[:2] != action.shape:
            raise ValueError(
                f"observation has leading shape {observation.shape[:2]}; action has {action.shape}"
            )
        pairs = (num_tasks, num_tasks, num_steps, num_steps)
        if distance is not None and distance.shape != pairs:
            raise ValueError(f"distance has shape {distance.shape}; it must be {pairs}")
        others = _others_of_group([0] * num_tasks if group is None else group)
        if group is not None and (len(group) != num_tasks or len({len(own) for own in others.values()}) != 1):
            raise ValueError(
                f"group is {list(group)}; it must put {num_tasks} tasks into groups of equal size"
            )
        if distance is not None and not all(others.values()):
            raise ValueError("distance is given for groups of 1 task; a pair needs at least 2")
        is_rare = action.reshape(-1) == rare_action
        if is_rare.all() or not is_rare.any():
            raise ValueError(f"rare_action is {rare_action}; demonstrations must hold it and another action")
        self.num_tasks = num_tasks
        self.num_rare = int(is_rare.sum())
        self._observation = tf.constant(observation)
        self._state = tf.reshape(self._observation, [-1, *observation.shape[2:]])
        self._action = tf.constant(action.reshape(-1))
        self._rare_index = tf.constant(np.flatnonzero(is_rare))
        self._other_index = tf.constant(np.flatnonzero(~is_rare))
        self._distance = None if distance is None else tf.constant(distance, tf.float32)
        self._in_pairs = tf.constant(list(others), tf.int32)
        self._others = tf.constant(list(others.values()), tf.int32)

    def sample_decisions(
        self, generator: tf.random.Generator, *, batch_size: int
    ) -> tuple[trajectory.Trajectory, tf.Tensor]:
        """Draws a class-balanced batch: in expectation `batch_size` draws, half of them the rare action.

        The rare decisions are so few (one jump a task) that drawing them repeats images. All of them enter
        once instead, weighted to half of the batch: the same expected gradient with less noise and less
        computation.

        Args:
            generator: Random stream.
            batch_size: Even number of draws that the batch stands for.

        Returns:
            Experience `[B, ...]` with B = number of rare decisions + batch_size / 2, and float32 weights
            `[B]` of mean 1.

        Raises:
            ValueError: If batch_size is odd or below 2.
        """
        if batch_size < 2 or batch_size % 2:
            raise ValueError(f"batch_size is {batch_size}; it must be even and at least 2")
        num_others = batch_size // 2
        draw = generator.uniform(
            [num_others],
            maxval=tf.size(self._other_index),
            dtype=tf.int32,
        )
        index = tf.concat([self._rare_index, tf.gather(self._other_index, draw)], axis=0)
        batch = self.num_rare + num_others
        weights = tf.repeat(
            [batch / 2 / self.num_rare, batch / 2 / num_others],
            [self.num_rare, num_others],
            axis=0,
        )
        return (
            experience_of(tf.gather(self._state, index), tf.gather(self._action, index)),
            weights,
        )

    def sample_pair(self, generator: tf.random.Generator) -> DemonstrationPair:
        """Draws two distinct training tasks of one group, uniformly, with their full demonstrations.

        Raises:
            ValueError: If the training set was made without distances.
        """
        if self._distance is None:
            raise ValueError("distance is None; a pair needs the distances between demonstrations")
        drawn = generator.uniform([], maxval=self._others.shape[0], dtype=tf.int32)
        other = generator.uniform([], maxval=self._others.shape[1], dtype=tf.int32)
        index_x, index_y = self._in_pairs[drawn], self._others[drawn, other]
        return DemonstrationPair(
            self._observation[index_x], self._observation[index_y], self._distance[index_x, index_y]
        )


def _others_of_group(group: Sequence[Hashable | None]) -> dict[int, list[int]]:
    """For each task that is of a group, the others of it, beginning with the next."""
    others = {}
    for task, name in enumerate(group):
        if name is not None:
            members = [other for other, own in enumerate(group) if own == name]
            at = members.index(task)
            others[task] = members[at + 1 :] + members[:at]
    return others


def experience_of(observation: tf.Tensor, action: tf.Tensor) -> trajectory.Trajectory:
    """TF-Agents experience of single decisions: float32 `[B, H, W, C]` and int64 `[B]`, without time axis.

    Cloning reads observation and action; the other fields have the values of a mid-episode step.
    """
    num_steps = tf.shape(action)[0]
    return trajectory.Trajectory(
        step_type=tf.fill([num_steps], ts.StepType.MID),
        observation=observation,
        action=action,
        policy_info=(),
        next_step_type=tf.fill([num_steps], ts.StepType.MID),
        reward=tf.zeros([num_steps]),
        discount=tf.ones([num_steps]),
    )
