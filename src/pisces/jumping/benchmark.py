"""How fast is an update of RandConv + PSEs, and how fast could it be?

Three things are measured in one process, in turns, on all threads that TensorFlow takes: our update, a plain
update of the same mathematics in the manner of the released code, and the machine's matrix product. The plain
update does what ours avoids: it computes the metric in Python loops every time, draws the 128 jumps of a
balanced batch though only 18 images differ, passes through the network once for each batch, and is called
from Python.
"""

import dataclasses
import functools
import time
from collections.abc import Callable, Iterable

import numpy as np
import tensorflow as tf
import tf_keras as keras

from pisces.jumping.config import RunConfig
from pisces.jumping.presets import preset
from pisces.jumping.training import Training
from pisces.learn import RandConv, symmetric_contrastive_loss
from pisces.precision import AUTO, FLOAT32, resolve
from pisces.task import JUMP, Demonstration, demonstrations, training_tasks

_MATRIX_SIZE = 2048


def precisions(precision: str = AUTO) -> tuple[str, ...]:
    """What is worth measuring on this machine: float32, and bfloat16 where the processor has it.

    Args:
        precision: "auto", or the only one that is wanted: one of `pisces.precision.PRECISIONS`.

    Raises:
        ValueError: If there is no such precision.
    """
    wanted = resolve(precision)
    return tuple(dict.fromkeys((FLOAT32, wanted))) if precision == AUTO else (wanted,)


def measure(*, num_updates: int = 100, num_rounds: int = 3, precision: str = FLOAT32) -> dict[str, float]:
    """Measures both updates and the matrix product, in turns; the fastest round of each counts.

    Args:
        num_updates: Updates of our engine per round, at least 1; the plain one makes a tenth of them.
        num_rounds: Rounds, at least 1.
        precision: Of our engine, one of `pisces.precision.PRECISIONS`; the plain update is float32.

    Returns:
        `milliseconds_per_update`, `reference_milliseconds_per_update` and their `ratio`;
        `updates_per_second`; `images_per_update`, which pass through the encoder, and `images_per_second`;
        `megaflop_per_image`, the millions of floating-point operations that an image takes, by the shapes
        of the layers; `gigaflops`, the billions of them per second in our update, `peak_gigaflops`, those of
        a matrix product in the same precision, and their `share_of_peak`.
    """
    config = dataclasses.replace(
        preset("randconv-pse", grid="wide", reading="reference"),
        num_updates=num_updates,
        report_interval=num_updates,
        precision=precision,
    )
    training = Training(config, seed=0)
    plain = PlainTraining(config)
    matrix = tf.cast(
        tf.random.normal([_MATRIX_SIZE] * 2), tf.float32 if precision == FLOAT32 else tf.bfloat16
    )
    multiply = tf.function(lambda: tf.linalg.matmul(matrix, matrix))
    seconds = np.min(
        [
            (
                _seconds_per_call(lambda: training.advance(num_updates), 1) / num_updates,
                _seconds_per_call(plain.update, max(1, num_updates // 10)),
                _seconds_per_call(multiply, 10),
            )
            for _ in range(num_rounds)
        ],
        axis=0,
    )
    ours, reference, product = map(float, seconds)
    num_images, per_image = _images_per_update(config), _operations_per_image(plain.encoder)
    operations = num_images * per_image
    peak = 2 * _MATRIX_SIZE**3 / product
    return {
        "milliseconds_per_update": 1e3 * ours,
        "reference_milliseconds_per_update": 1e3 * reference,
        "ratio": reference / ours,
        "updates_per_second": 1 / ours,
        "images_per_update": num_images,
        "images_per_second": num_images / ours,
        "megaflop_per_image": per_image / 1e6,
        "gigaflops": operations / ours / 1e9,
        "peak_gigaflops": peak / 1e9,
        "share_of_peak": operations / ours / peak,
    }


def milliseconds_per_update(
    configs: Iterable[RunConfig], *, num_updates: int, num_rounds: int, precision: str
) -> list[float]:
    """Measures our update with several settings, in turns; the fastest round of each counts.

    Args:
        configs: The settings.
        num_updates: Updates per round, at least 1.
        num_rounds: Rounds, at least 1.
        precision: Of all of them, one of `pisces.precision.PRECISIONS`.

    Raises:
        ValueError: If there is no such precision.
    """
    length = {"num_updates": num_updates, "report_interval": num_updates, "precision": precision}
    trainings = [Training(dataclasses.replace(one, **length), seed=0) for one in configs]
    calls = [functools.partial(one.advance, num_updates) for one in trainings]
    rounds = [[_seconds_per_call(call, 1) for call in calls] for _ in range(num_rounds)]
    return (1e3 * np.min(rounds, axis=0) / num_updates).tolist()


def _images_per_update(config: RunConfig) -> int:
    """Images that pass through the encoder in one of our updates: of the imitation batch and of two tasks."""
    expert = demonstrations(training_tasks(config.grid, seed=0))
    return int((expert.action == JUMP).sum()) + config.batch_size // 2 + 2 * expert.action.shape[1]


def _operations_per_image(encoder: keras.Sequential) -> int:
    """Floating-point operations of the encoder for an image, forward and backward.

    Each layer multiplies its weights with every output pixel three times: forward, towards the weights, and
    towards its input, which the first layer does without.
    """
    layers = [layer for layer in encoder.layers if layer.weights]
    forward = [layer.kernel.shape.num_elements() * int(np.prod(layer.output_shape[1:-1])) for layer in layers]
    return 2 * (3 * sum(forward) - forward[0])


def _seconds_per_call(call: Callable[[], object], num_calls: int) -> float:
    call()
    started = time.perf_counter()
    for _ in range(num_calls):
        call()
    return (time.perf_counter() - started) / num_calls


class PlainTraining:
    """The update in the manner of the released code: same network, losses and data, none of the shortcuts."""

    def __init__(self, config: RunConfig):
        """Builds data and layers for a configuration with PSEs in reading "reference"."""
        assert config.embedding is not None and config.embedding.inverse_temperature is not None
        assert config.rand_conv is not None
        self._config = config
        self._embedding = config.embedding
        self._inverse_temperature = config.embedding.inverse_temperature
        self._expert = demonstrations(training_tasks(config.grid, seed=0))
        self._random = np.random.default_rng(0)
        self._generator = tf.random.Generator.from_seed(0)
        self._augment = RandConv(
            kernel_size=config.rand_conv.kernel_size, skip_probability=config.rand_conv.skip_probability
        )
        self.encoder = keras.Sequential(
            [
                keras.layers.Conv2D(32, 8, strides=4, padding="same", activation="relu"),
                keras.layers.Conv2D(64, 4, strides=2, padding="same", activation="relu"),
                keras.layers.Conv2D(64, 3, padding="same", activation="relu"),
                keras.layers.Flatten(),
                keras.layers.Dense(config.feature_size, activation="relu"),
            ]
        )
        self._head = keras.layers.Dense(2)
        self._projection = keras.layers.Dense(config.embedding.embedding_size, activation="relu")
        self._optimizer = keras.optimizers.legacy.Adam(config.learning_rate)

    def update(self) -> tf.Tensor:
        """One update, data and metric included; returns the loss, float32 scalar."""
        observation, action = self._balanced_batch()
        x, y = self._random.choice(len(self._expert.action), size=2, replace=False)
        distance = looped_similarity(self._expert, x, y, discount=self._embedding.discount)
        return self._step(
            observation, action, self._expert.observation[x], self._expert.observation[y], distance
        )

    def _balanced_batch(self) -> tuple[np.ndarray, np.ndarray]:
        observation = self._expert.observation.reshape(-1, *self._expert.observation.shape[2:])
        action = self._expert.action.reshape(-1)
        classes = (np.flatnonzero(action == JUMP), np.flatnonzero(action != JUMP))
        index = np.concatenate([self._random.choice(one, self._config.batch_size // 2) for one in classes])
        return observation[index], action[index]

    @tf.function
    def _step(self, observation, action, observation_x, observation_y, distance) -> tf.Tensor:
        with tf.GradientTape() as tape:
            logits = self._head(self._features(observation))
            imitation = tf.reduce_mean(
                tf.nn.sparse_softmax_cross_entropy_with_logits(labels=action, logits=logits)
            )
            contrastive = symmetric_contrastive_loss(
                self._projection(self._features(observation_x)),
                self._projection(self._features(observation_y)),
                tf.cast(distance, tf.float32),
                inverse_temperature=self._inverse_temperature,
                affinity_scale=self._embedding.affinity_scale,
            )
            loss = imitation + self._embedding.contrastive_weight * contrastive
        layers = (self.encoder, self._head, self._projection)
        variables = [variable for layer in layers for variable in layer.trainable_variables]
        self._optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables, strict=True))
        return loss

    def _features(self, observation: tf.Tensor) -> tf.Tensor:
        return self.encoder(self._augment(observation, self._generator))


def looped_similarity(expert: Demonstration, x: int, y: int, *, discount: float) -> np.ndarray:
    """PSM of two demonstrations entry by entry, float64 `[n, n]`."""
    action_x, action_y = expert.action[x], expert.action[y]
    last_x, last_y = len(action_x) - 1, len(action_y) - 1
    distance = np.zeros((last_x + 1, last_y + 1))
    for i in range(last_x, -1, -1):
        for j in range(last_y, -1, -1):
            is_over = i == last_x and j == last_y
            future = 0.0 if is_over else distance[min(i + 1, last_x), min(j + 1, last_y)]
            distance[i, j] = float(action_x[i] != action_y[j]) + discount * future
    return distance
