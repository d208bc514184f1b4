"""Which function maps two frames to an action, and which of its layers carries the metric?

An encoder f feeds two heads: an affine policy and a projection h whose output z = h(f(.)) the embedding loss
compares. All three are TF-Agents networks, joined in `PolicyNetwork`. In `ConvolutionalPolicyNetwork` the
encoder is the paper's, three convolutions and a dense layer.
"""

import typing

import numpy as np
import tensorflow as tf
import tf_keras as keras
from tf_agents.networks import network, sequential

from pisces.learn.augment import RandConv, RandomShift

NUM_ENCODER_CONVOLUTIONS = 3

# No control flow here depends on tensors; TF-Agents' own code would be rewritten too, and warn of its style.
_traced_as_written = tf.autograph.experimental.do_not_convert


class LayerShape(typing.NamedTuple):
    """One layer of a built network.

    Attributes:
        kind: Its class, such as "Dense" or "RandConv"; "Conv2D" for every convolution of the encoder.
        output_shape: Without the batch axis.
        num_parameters: Trainable numbers in it.
        kernel_size: Pixels per side of its kernel; None if it does not convolve.
        stride: Pixels between neighbouring outputs; None if it does not convolve.
    """

    kind: str
    output_shape: tuple[int, ...]
    num_parameters: int
    kernel_size: int | None
    stride: int | None


class PolicyNetwork(network.Network):
    """Any encoder, with a policy head and a projection on it and augmentation in front.

    Called as a TF-Agents network it returns logits for acting: with an augmentation, the logarithm of the
    softmax averaged over `num_action_passes` independently augmented passes. `encode`, `logits` and
    `embedding` give the parts to a loss.

    Two random streams are variables of the network. `training_generator` drives augmentation and dropout in
    `encode(..., training=True)`; `acting_generator` drives the passes of acting, so that evaluating a policy
    during a run does not change the run.

    Source: Agarwal et al. (2021), Fig. 3 and App. G.
    """

    def __init__(
        self,
        observation_spec,
        *,
        encoder: network.Network,
        num_actions: int,
        feature_size: int,
        embedding_size: int | None,
        dropout_rate: float,
        shift: RandomShift | None,
        augmentation: RandConv | None,
        num_action_passes: int,
        seed: int,
    ):
        """Puts the heads on the encoder; their variables follow from `seed` alone.

        Args:
            observation_spec: Spec of one float32 observation, `[H, W, C]` with an augmentation.
            encoder: A TF-Agents network without state, from observations `[B, ...]` to features `[B, F]`.
            num_actions: Number of discrete actions.
            feature_size: Width F of the representation f.
            embedding_size: Width D of the projection h; None compares the features themselves, D = F.
            dropout_rate: Share in [0, 1) of features dropped in training.
            shift: Applied to observations in training only; None for none.
            augmentation: Applied to them after that, in training and in acting; None for none.
            num_action_passes: Augmented passes averaged to act, at least 1; without augmentation one is
                enough and the number is ignored.
            seed: Non-negative integer.

        Raises:
            ValueError: If a setting is outside its range.
        """
        super().__init__(input_tensor_spec=observation_spec, state_spec=(), name="PolicyNetwork")
        if not 0 <= dropout_rate < 1:
            raise ValueError(f"dropout_rate is {dropout_rate}; it must lie in [0, 1)")
        if num_action_passes < 1:
            raise ValueError(f"num_action_passes is {num_action_passes}; it must be at least 1")
        self._shift = shift
        self._augmentation = augmentation
        self._dropout_rate = dropout_rate
        self._num_action_passes = num_action_passes if augmentation is not None else 1
        weights, training, acting = np.random.SeedSequence(seed).spawn(3)
        *_, head_seed, projection_seed = _layer_seeds(weights)
        self._encoder = encoder
        self._head = sequential.Sequential([_dense(num_actions, seed=head_seed)], name="Head")
        self._projection = (
            None
            if embedding_size is None
            else sequential.Sequential(
                [_dense(embedding_size, seed=projection_seed, activation="relu")], name="Projection"
            )
        )
        self.training_generator = tf.random.Generator.from_seed(int(training.generate_state(1)[0]))
        self._acting_seed = int(acting.generate_state(1)[0])
        self.acting_generator = tf.random.Generator.from_seed(self._acting_seed)
        self._image_shape = tuple(observation_spec.shape)
        self._feature_size = feature_size

    def create_variables(self, input_tensor_spec=None, **kwargs):
        """Builds every layer, the projection included, which acting alone would leave out."""
        is_new = not self.built
        output_spec = super().create_variables(input_tensor_spec, **kwargs)
        if self._projection is not None:
            self._projection.create_variables(tf.TensorSpec([self._feature_size], tf.float32))
        if is_new:
            self.reset_acting_stream()  # building acts once
        return output_spec

    def layer_shapes(self) -> dict[str, list[LayerShape]]:
        """The layers of a built network, by part and in the order of data.

        Returns:
            Layers of "augmentation" (none, or one), "encoder", "head" and "projection" (none, or one).
            A shift, which acting does without, is not among them.
        """
        image, features = self._image_shape, (self._feature_size,)
        rand_conv = self._augmentation
        return {
            "augmentation": (
                [] if rand_conv is None else [LayerShape("RandConv", image, 0, rand_conv.kernel_size, 1)]
            ),
            "encoder": _layer_shapes(self._encoder, image),
            "head": _layer_shapes(self._head, features),
            "projection": [] if self._projection is None else _layer_shapes(self._projection, features),
        }

    def reset_acting_stream(self) -> None:
        """Rewinds `acting_generator`: the next evaluation draws the same kernels as the first."""
        self.acting_generator.reset_from_seed(self._acting_seed)

    def augment(self, observation, *, training: bool) -> tf.Tensor:
        """One augmented view of float32 `[B, H, W, C]`, from the stream that `training` selects."""
        generator = self.training_generator if training else self.acting_generator
        if training and self._shift is not None:
            observation = self._shift(observation, generator)
        return observation if self._augmentation is None else self._augmentation(observation, generator)

    @_traced_as_written
    def encode(self, *observations: tf.Tensor, training: bool) -> list[tf.Tensor]:
        """Features of several batches in one pass, each batch augmented by a draw of its own.

        Args:
            *observations: float32 `[B_i, H, W, C]`.
            training: Selects the random stream, and dropout.

        Returns:
            One float32 `[B_i, F]` for each batch.
        """
        views = [self.augment(observation, training=training) for observation in observations]
        features, _ = self._encoder(tf.concat(views, axis=0))
        features = tf.cast(features, tf.float32)
        if training and self._dropout_rate > 0:
            seed = self.training_generator.make_seeds()[:, 0]
            features = tf.nn.experimental.stateless_dropout(features, rate=self._dropout_rate, seed=seed)
        return tf.split(features, [tf.shape(view)[0] for view in views], num=len(views))

    @_traced_as_written
    def logits(self, features: tf.Tensor) -> tf.Tensor:
        """Unnormalised log-probabilities of the actions, float32 `[B, F]` -> `[B, A]`."""
        return self._head(features)[0]

    @_traced_as_written
    def embedding(self, features: tf.Tensor) -> tf.Tensor:
        """The projection z = h(f), float32 `[B, F]` -> `[B, D]`."""
        return features if self._projection is None else self._projection(features)[0]

    def call(self, observation, step_type=None, network_state=(), training=False):
        """Logits for acting: float32 `[B, H, W, C]` -> (`[B, A]`, network_state)."""
        del step_type
        passes = [
            tf.nn.softmax(self.logits(features))
            for _ in range(self._num_action_passes)
            for features in self.encode(observation, training=training)
        ]
        return tf.math.log(tf.add_n(passes) / len(passes) + 1e-20), network_state


class ConvolutionalPolicyNetwork(PolicyNetwork):
    """The policy network around the encoder of the paper.

    Source: Agarwal et al. (2021), Fig. 3 and App. G.
    """

    def __init__(
        self,
        observation_spec,
        *,
        num_actions: int,
        feature_size: int,
        embedding_size: int | None,
        dropout_rate: float,
        shift: RandomShift | None,
        augmentation: RandConv | None,
        num_action_passes: int,
        precision: str,
        seed: int,
    ):
        """Creates the network; its variables follow from `seed` alone.

        Args:
            observation_spec: Spec of float32 `[H, W, C]` observations.
            num_actions: As of `PolicyNetwork`.
            feature_size: Width F of the representation f.
            embedding_size: As of `PolicyNetwork`, and so are the three that follow.
            dropout_rate: Share in [0, 1).
            shift: None for none.
            augmentation: None for none.
            num_action_passes: At least 1.
            precision: "float32", or "mixed_bfloat16" for bfloat16 products and float32 variables.
            seed: Non-negative integer.

        Raises:
            ValueError: If a setting is outside its range.
        """
        *seeds, _, _ = _layer_seeds(np.random.SeedSequence(seed).spawn(3)[0])
        super().__init__(
            observation_spec,
            encoder=_encoder(feature_size, precision=precision, seeds=seeds),
            num_actions=num_actions,
            feature_size=feature_size,
            embedding_size=embedding_size,
            dropout_rate=dropout_rate,
            shift=shift,
            augmentation=augmentation,
            num_action_passes=num_action_passes,
            seed=seed,
        )


class BlockConv2D(keras.layers.Conv2D):
    """A "same" convolution whose kernel is two strides wide, worked out on blocks of pixels.

    A block has the pixels of one stride in both directions, side by side as channels, and 2x2 blocks make a
    kernel. The map, its variables and their initial values are those of `Conv2D`; images of few channels are
    convolved faster this way.
    """

    def __init__(self, filters: int, kernel_size: int, *, strides: int, **settings):
        """Takes what `Conv2D` takes.

        Raises:
            ValueError: If the kernel is not two strides wide.
        """
        if kernel_size != 2 * strides:
            raise ValueError(f"kernel_size is {kernel_size}; it must be twice strides, {2 * strides}")
        super().__init__(filters, kernel_size, strides=strides, **settings)

    def convolution_op(self, inputs: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
        """Convolves `[B, H, W, C]`, where all but B are static, without bias and activation."""
        size = self.strides[0]
        height, width, channels = typing.cast(list[int], inputs.shape.as_list()[1:])
        rows, columns = -(-height // size) + 1, -(-width // size) + 1
        missing = (rows * size - height, columns * size - width)
        padding = [[0, 0], *([part // 2, part - part // 2] for part in missing), [0, 0]]
        blocks = tf.reshape(tf.pad(inputs, padding), [-1, rows, size, columns, size, channels])
        blocks = tf.reshape(
            tf.transpose(blocks, [0, 1, 3, 2, 4, 5]), [-1, rows, columns, size * size * channels]
        )
        kernel = tf.reshape(kernel, [2, size, 2, size, channels, self.filters])
        kernel = tf.reshape(tf.transpose(kernel, [0, 2, 1, 3, 4, 5]), [2, 2, -1, self.filters])
        return tf.nn.conv2d(blocks, kernel, 1, "VALID")


def _layer_seeds(weights: np.random.SeedSequence) -> list[int]:
    """Of the paper's convolutions and dense layer, the policy head and the projection, in this order."""
    return weights.generate_state(NUM_ENCODER_CONVOLUTIONS + 3).tolist()


def _encoder(feature_size: int, *, precision: str, seeds: list[int]) -> sequential.Sequential:
    """Convolutions 32@8x8/4, 64@4x4/2, 64@3x3/1 and a dense layer: ReLU, "same" padding, Glorot uniform."""
    *convolution_seeds, dense_seed = seeds
    shapes = ((32, 8, 4), (64, 4, 2), (64, 3, 1))
    kinds = (BlockConv2D, keras.layers.Conv2D, keras.layers.Conv2D)
    convolutions = [
        kind(
            filters,
            size,
            strides=stride,
            padding="same",
            activation="relu",
            dtype=precision,
            kernel_initializer=_glorot_uniform(seed),
        )
        for kind, (filters, size, stride), seed in zip(kinds, shapes, convolution_seeds, strict=True)
    ]
    flatten = keras.layers.Flatten(dtype=precision)
    dense = _dense(feature_size, seed=dense_seed, activation="relu", dtype=precision)
    return sequential.Sequential([*convolutions, flatten, dense], name="Encoder")


def _layer_shapes(part: network.Network, input_shape: tuple[int, ...]) -> list[LayerShape]:
    shapes = []
    for layer in part.layers:
        input_shape = tuple(layer.compute_output_shape((None, *input_shape))[1:])
        kind, kernel_size, stride = (
            ("Conv2D", layer.kernel_size[0], layer.strides[0])
            if isinstance(layer, keras.layers.Conv2D)
            else (type(layer).__name__, None, None)
        )
        shapes.append(LayerShape(kind, input_shape, layer.count_params(), kernel_size, stride))
    return shapes


def _dense(
    size: int, *, seed: int, activation: str | None = None, dtype: str = "float32"
) -> keras.layers.Dense:
    return keras.layers.Dense(
        size, activation=activation, dtype=dtype, kernel_initializer=_glorot_uniform(seed)
    )


def _glorot_uniform(seed: int) -> typing.Any:
    """Keras' default initializer, seeded; layers take it, though their inferred types ask for its name."""
    return keras.initializers.GlorotUniform(seed=seed)
