"""How are training images varied without changing what they ask for? Random kernels and random shifts.

A random kernel changes contrast, texture and edges and leaves positions alone (Lee et al. 2020); a random
shift changes positions and nothing else (Kostrikov et al. 2021). Both are drawn with `tf.random.Generator`,
so that they are fresh at every call, also inside a `tf.function`, and their stream is a variable that
checkpoints save and restore. (A Keras initializer object would return the same kernel for ever.)
"""

import typing

import numpy as np
import tensorflow as tf

_TRUNCATED_STANDARD_DEVIATION = 0.87962566103423978  # of a standard normal cut at two standard deviations


class RandConv(tf.Module):
    """One random convolution for every image in the batch.

    A single kernel, Glorot normal over one input and one output channel, without bias, serves every channel,
    and keeps the image size (Agarwal et al. 2021, App. G: 2x2, skipped with probability 0.1). Where channels
    are mixed, as by Lee et al. (2020), there is a kernel from each colour of a frame to each.
    """

    def __init__(
        self,
        *,
        kernel_size: int,
        skip_probability: float,
        kernel_seed: int | None = None,
        num_mixed: int = 1,
    ):
        """Creates the augmentation.

        Args:
            kernel_size: Height and width of the kernel in pixels, at least 1.
            skip_probability: Probability in [0, 1] that a call leaves the images as they are.
            kernel_seed: Non-negative integer that decides one kernel for ever, which is no augmentation any
                more, to compare with; None draws a fresh one at every call.
            num_mixed: Number of successive channels, those of one frame, that are mixed with each other, at
                least 1; 1 leaves channels apart.

        Raises:
            ValueError: If a setting is outside its range.
        """
        super().__init__(name="rand_conv")
        if kernel_size < 1:
            raise ValueError(f"kernel_size is {kernel_size}; it must be at least 1")
        if not 0 <= skip_probability <= 1:
            raise ValueError(f"skip_probability is {skip_probability}; it must lie in [0, 1]")
        if num_mixed < 1:
            raise ValueError(f"num_mixed is {num_mixed}; it must be at least 1")
        self.kernel_size = kernel_size
        self.skip_probability = skip_probability
        self.kernel_seed = kernel_seed
        self.num_mixed = num_mixed

    def draw_kernel(self, generator: tf.random.Generator) -> tf.Tensor:
        """Draws one kernel, or the identity if the coin says to skip.

        Returns:
            float32 `[kernel_size, kernel_size]`; where channels are mixed,
            `[kernel_size, kernel_size, num_mixed, num_mixed]`, from the third axis to the fourth.
        """
        size, num_mixed = self.kernel_size, self.num_mixed
        shape = [size, size] if num_mixed == 1 else [size, size, num_mixed, num_mixed]
        # Glorot: variance 2 / (fan in + fan out), and both fans are size^2 for each channel that is mixed.
        scale = 1.0 / (size * num_mixed**0.5) / _TRUNCATED_STANDARD_DEVIATION
        if self.kernel_seed is None:
            kernel = generator.truncated_normal(shape, stddev=scale)
        else:
            seed = (0, self.kernel_seed)
            kernel = tf.random.stateless_truncated_normal(shape, seed=seed, stddev=scale)
        centre = (size - 1) // 2  # where "same" padding aligns the kernel with its output pixel
        unchanged = tf.reshape(tf.eye(num_mixed), [1, *shape[2:]])
        identity = tf.scatter_nd([[centre, centre]], unchanged, shape)
        is_skipped = generator.uniform([]) < self.skip_probability
        return tf.where(is_skipped, identity, kernel)

    def __call__(self, observation: tf.Tensor, generator: tf.random.Generator) -> tf.Tensor:
        """Convolves float32 `[B, H, W, C]` with one fresh kernel; same shape, values unbounded.

        Raises:
            ValueError: If C is no multiple of `num_mixed`.
        """
        kernel = self.draw_kernel(generator)
        num_channels = typing.cast(int, observation.shape[-1])
        if num_channels % self.num_mixed:
            raise ValueError(
                f"observation has {num_channels} channels; it must have a multiple of num_mixed, "
                f"{self.num_mixed}"
            )
        if self.num_mixed > 1:
            frames = tf.split(observation, num_channels // self.num_mixed, axis=-1)
            return tf.concat([tf.nn.conv2d(frame, kernel, 1, "SAME") for frame in frames], axis=-1)
        filters = tf.repeat(kernel[:, :, None, None], num_channels, axis=2)
        return tf.nn.depthwise_conv2d(observation, filters, strides=[1, 1, 1, 1], padding="SAME")


class RandomShift(tf.Module):
    """Moves every image by some pixels of its own, up or down and to a side.

    What leaves the image is lost, and what comes in repeats the pixels at the edge. All channels of an image
    move together, so that successive frames in one observation still show the same motion.

    Source: Kostrikov et al. (2021), but for the margin.
    """

    def __init__(self, *, max_shift: int, margin: int = 0):
        """Creates the augmentation.

        Args:
            max_shift: Pixels that an image moves at most in either direction, at least 1.
            margin: Pixels on each side that stay where they are, as a border line does; what is inside
                moves, and the edge is that of the inside. At least 0.

        Raises:
            ValueError: If `max_shift` is below 1, or `margin` below 0.
        """
        super().__init__(name="random_shift")
        if max_shift < 1:
            raise ValueError(f"max_shift is {max_shift}; it must be at least 1")
        if margin < 0:
            raise ValueError(f"margin is {margin}; it must be at least 0")
        self.max_shift = max_shift
        self.margin = margin

    def __call__(self, observation: tf.Tensor, generator: tf.random.Generator) -> tf.Tensor:
        """Moves float32 `[B, H, W, C]`; same shape, and each shift is as likely as any other.

        Raises:
            ValueError: If the margin leaves nothing to move.
        """
        shape = [2, tf.shape(observation)[0]]
        shift = generator.uniform(shape, -self.max_shift, self.max_shift + 1, tf.int32)
        return shifted(observation, shift, margin=self.margin)


def shifted(observation: tf.Tensor, shift: tf.Tensor, *, margin: int = 0) -> tf.Tensor:
    """Moves images, each by pixels of its own.

    Args:
        observation: float32 `[B, H, W, C]`.
        shift: int32 `[2, B]`, pixels down the rows and to the right.
        margin: As of `RandomShift`.

    Returns:
        float32 `[B, H, W, C]`. What leaves the image is lost; what comes in repeats the pixels at the edge.

    Raises:
        ValueError: If the margin leaves nothing to move.
    """
    height, width = (typing.cast(int, size) for size in observation.shape[1:3])
    if 2 * margin >= min(height, width):
        raise ValueError(
            f"margin is {margin}; it must be below half of an image of {height} x {width} pixels"
        )
    moved, is_inside = observation, np.array(True)
    for axis, size in ((1, height), (2, width)):
        first, last = margin, size - 1 - margin
        source = tf.clip_by_value(tf.range(size) - shift[axis - 1, :, None], first, last)
        moved = tf.gather(moved, source, axis=axis, batch_dims=1)
        place = np.arange(size).reshape([-1 if one == axis else 1 for one in (1, 2, 3)])
        is_inside = is_inside & (first <= place) & (place <= last)
    return tf.where(is_inside, moved, observation) if margin else moved


def augmented_views(
    rand_conv: RandConv, observation: np.ndarray, *, num_views: int, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Draws what successive calls make of one observation, as arrays to look at.

    Args:
        rand_conv: The augmentation.
        observation: float32 `[H, W, C]`.
        num_views: Number of calls, at least 1.
        seed: Non-negative integer.

    Returns:
        The views, float32 `[num_views, H, W, C]`, and their kernels, float32 `[num_views, k, k]`, or
        as `draw_kernel` has them where channels are mixed.

    Raises:
        ValueError: If `num_views` is below 1.
    """
    if num_views < 1:
        raise ValueError(f"num_views is {num_views}; it must be at least 1")
    # Two generators with one seed: what the one draws for the kernels, the other draws for the views.
    of_kernels, of_views = (tf.random.Generator.from_seed(seed) for _ in range(2))
    kernels = [rand_conv.draw_kernel(of_kernels).numpy() for _ in range(num_views)]
    views = [rand_conv(tf.constant(observation[None]), of_views)[0].numpy() for _ in range(num_views)]
    return np.stack(views), np.stack(kernels)


def moved_views(shift: RandomShift, observation: np.ndarray, *, num_views: int, seed: int) -> np.ndarray:
    """Draws what becomes of one observation that is moved, as arrays to look at.

    Args:
        shift: The augmentation.
        observation: float32 `[H, W, C]`.
        num_views: Number of moved copies, at least 1.
        seed: Non-negative integer.

    Returns:
        float32 `[num_views, H, W, C]`.

    Raises:
        ValueError: If `num_views` is below 1.
    """
    if num_views < 1:
        raise ValueError(f"num_views is {num_views}; it must be at least 1")
    copies = tf.repeat(tf.constant(observation[None]), num_views, axis=0)
    return shift(copies, tf.random.Generator.from_seed(seed)).numpy()
