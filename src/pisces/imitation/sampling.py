"""What does an update see of demonstrations of any length? Decisions of all, and two of them whole."""

from collections.abc import Callable, Sequence
from itertools import combinations

import numpy as np
import tensorflow as tf
from tf_agents.trajectories import trajectory

from pisces.imitation.demonstration import Demonstration
from pisces.learn import DemonstrationPair
from pisces.learn.data import experience_of
from pisces.metric.validation import check_shape, nonnegative

Distance = Callable[[Demonstration, Demonstration], np.ndarray]


class DemonstrationSet(tf.Module):
    """The N states of several demonstrations, one after another, and all their distances, in tensors."""

    def __init__(self, demonstrations: Sequence[Demonstration], distance: Distance | None):
        """Lays the demonstrations out; `pisces.learn.TrainingSet` does where all are equally long.

        Args:
            demonstrations: With observations of one shape.
            distance: Gives float `[n, m]`, at least 0, between two demonstrations, and is asked once for
                every two; None if no pair is wanted.

        Raises:
            ValueError: If there is no demonstration, or a pair is wanted of one, or observations differ in
                shape, or `distance` returns anything else.
        """
        super().__init__(name="demonstration_set")
        if len(demonstrations) < (1 if distance is None else 2):
            least = "one" if distance is None else "two, to make a pair"
            raise ValueError(
                f"demonstrations has {len(demonstrations)} entries; it must have at least {least}"
            )
        shape = demonstrations[0].observation.shape[1:]
        for one in demonstrations:
            check_shape("observation", one.observation, (len(one), *shape))
        self.num_tasks = len(demonstrations)
        splits = np.cumsum([0, *map(len, demonstrations)])
        action = np.concatenate([one.action for one in demonstrations])
        self._split = tf.constant(splits, tf.int32)
        self._state = tf.constant(np.concatenate([one.observation for one in demonstrations]))
        self._action = tf.constant(action)
        # Every action that occurs is as likely as any other, and so is every time that it occurs.
        self._log_weight = tf.constant(-np.log(np.bincount(action)[action]), tf.float32)
        self._distance = None
        if distance is not None:
            self._distance = tf.constant(_distances(demonstrations, distance, splits))

    def sample_decisions(self, generator: tf.random.Generator, *, batch_size: int) -> trajectory.Trajectory:
        """Draws decisions, each action as often as any other in expectation.

        Args:
            generator: Random stream.
            batch_size: How many, at least 1.

        Returns:
            Experience `[batch_size, ...]`.
        """
        index = tf.random.stateless_categorical(
            self._log_weight[None], batch_size, seed=generator.make_seeds()[:, 0]
        )[0]
        return experience_of(tf.gather(self._state, index), tf.gather(self._action, index))

    def sample_pair(self, generator: tf.random.Generator) -> DemonstrationPair:
        """Draws two distinct demonstrations, uniformly.

        Raises:
            ValueError: If there are no distances.
        """
        if self._distance is None:
            raise ValueError("distance is None; a pair needs the distances between demonstrations")
        index_x = generator.uniform([], maxval=self.num_tasks, dtype=tf.int32)
        shift = generator.uniform([], minval=1, maxval=self.num_tasks, dtype=tf.int32)
        index_y = tf.math.floormod(index_x + shift, self.num_tasks)
        of_x, of_y = self._states_of(index_x), self._states_of(index_y)
        return DemonstrationPair(self._state[of_x], self._state[of_y], self._distance[of_x, of_y])

    def _states_of(self, index: tf.Tensor) -> slice:
        return slice(self._split[index], self._split[index + 1])


def _distances(demonstrations: Sequence[Demonstration], distance: Distance, splits: np.ndarray) -> np.ndarray:
    """float32 `[N, N]`; those between states of one demonstration are never asked for, and 0."""
    matrix = np.zeros((splits[-1], splits[-1]), np.float32)
    for x, y in combinations(range(len(demonstrations)), 2):
        block = nonnegative("distance", distance(demonstrations[x], demonstrations[y]), num_axes=2)
        check_shape("distance", block, (len(demonstrations[x]), len(demonstrations[y])))
        of_x, of_y = slice(*splits[x : x + 2]), slice(*splits[y : y + 2])
        matrix[of_x, of_y], matrix[of_y, of_x] = block, block.T
    return matrix
