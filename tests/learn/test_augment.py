import numpy as np
import pytest
import tensorflow as tf
from scipy.signal import correlate2d
from scipy.stats import chisquare

from pisces.learn import RandConv, RandomShift, augmented_views, moved_views, shifted
from pisces.task import Task, demonstration


def images(seed=0, *, num_channels=2):
    return np.random.default_rng(seed).uniform(size=(3, 7, 9, num_channels)).astype(np.float32)


def generator(seed=0):
    return tf.random.Generator.from_seed(seed)


def same_size_correlation(image, kernel):
    """Correlation whose window of even size reaches one pixel further to the right and down than back."""
    before, after = (len(kernel) - 1) // 2, len(kernel) // 2
    return correlate2d(np.pad(image, (before, after)), kernel, mode="valid")


@pytest.mark.parametrize("kernel_size", [1, 2, 3])
def test_every_channel_of_every_image_is_correlated_with_the_one_kernel(kernel_size):
    rand_conv = RandConv(kernel_size=kernel_size, skip_probability=0.0)
    kernel = rand_conv.draw_kernel(generator()).numpy()
    convolved = rand_conv(images(), generator()).numpy()
    assert kernel.shape == (kernel_size, kernel_size)
    for index, channel in np.ndindex(3, 2):
        expected = same_size_correlation(images()[index, :, :, channel], kernel)
        np.testing.assert_allclose(convolved[index, :, :, channel], expected, atol=1e-6)


def test_colour_frames_are_convolved_with_one_kernel_too():
    rand_conv = RandConv(kernel_size=2, skip_probability=0.0)
    convolved = rand_conv(np.repeat(images(num_channels=1), 6, axis=-1), generator()).numpy()
    np.testing.assert_array_equal(convolved, np.repeat(convolved[..., :1], 6, axis=-1))


@pytest.mark.parametrize("kernel_size", [1, 2, 3])
def test_where_channels_are_mixed_each_color_of_a_frame_goes_to_each_but_to_no_other_frame(kernel_size):
    rand_conv = RandConv(kernel_size=kernel_size, skip_probability=0.0, num_mixed=3)
    kernel = rand_conv.draw_kernel(generator()).numpy()
    image = images(num_channels=6)
    convolved = rand_conv(image, generator()).numpy()
    assert kernel.shape == (kernel_size, kernel_size, 3, 3)
    for index, frame, channel in np.ndindex(3, 2, 3):
        expected = sum(
            same_size_correlation(image[index, :, :, 3 * frame + source], kernel[..., source, channel])
            for source in range(3)
        )
        np.testing.assert_allclose(convolved[index, :, :, 3 * frame + channel], expected, atol=1e-5)


@pytest.mark.parametrize("is_traced", [False, True], ids=["eager", "tf.function"])
def test_every_call_draws_a_fresh_kernel(is_traced):
    rand_conv, stream = RandConv(kernel_size=2, skip_probability=0.0), generator()

    def call():
        return rand_conv(images(), stream)

    call = tf.function(call) if is_traced else call
    first, second, third = (call().numpy() for _ in range(3))
    assert np.abs(first - second).max() > 1e-3
    assert np.abs(second - third).max() > 1e-3


def test_a_seed_fixes_the_sequence_of_kernels_traced_or_not():
    rand_conv = RandConv(kernel_size=3, skip_probability=0.5)

    def sequence(seed, wrap):
        stream = generator(seed)
        call = wrap(lambda: rand_conv.draw_kernel(stream))
        return np.stack([call().numpy() for _ in range(8)])

    np.testing.assert_array_equal(sequence(1, lambda call: call), sequence(1, tf.function))
    assert not np.array_equal(sequence(1, tf.function), sequence(2, tf.function))


@pytest.mark.parametrize("num_mixed", [1, 3])
@pytest.mark.parametrize("kernel_size", [2, 3])
def test_skipping_leaves_the_images_as_they_are(kernel_size, num_mixed):
    rand_conv = RandConv(kernel_size=kernel_size, skip_probability=1.0, num_mixed=num_mixed)
    image = images(num_channels=6)
    np.testing.assert_array_equal(rand_conv(image, generator()), image)


def test_the_coin_is_tossed_at_every_call_inside_a_graph():
    rand_conv, stream = RandConv(kernel_size=2, skip_probability=0.25), generator()
    identity = [[1.0, 0.0], [0.0, 0.0]]

    @tf.function
    def draw(num_draws):
        return tf.map_fn(lambda _: rand_conv.draw_kernel(stream), tf.zeros([num_draws]))

    is_skipped = (draw(2000).numpy() == identity).all(axis=(1, 2))
    assert is_skipped.mean() == pytest.approx(0.25, abs=0.04)  # four standard errors


@pytest.mark.parametrize("num_mixed", [1, 3])
@pytest.mark.parametrize("kernel_size", [2, 3])
def test_kernels_are_glorot_normal(kernel_size, num_mixed):
    rand_conv = RandConv(kernel_size=kernel_size, skip_probability=0.0, num_mixed=num_mixed)
    stream = generator()
    draw = tf.function(lambda: tf.map_fn(lambda _: rand_conv.draw_kernel(stream), tf.zeros([4000])))
    entries = draw().numpy().ravel()
    fan = kernel_size**2 * num_mixed
    glorot_variance = 2 / (fan + fan)
    assert entries.mean() == pytest.approx(0.0, abs=4 * np.sqrt(glorot_variance / entries.size))
    assert entries.var() == pytest.approx(glorot_variance, rel=0.05)
    assert np.abs(entries).max() <= 2 * np.sqrt(glorot_variance) / 0.8796 + 1e-6


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"kernel_size": 0, "skip_probability": 0.1}, "kernel_size is 0"),
        ({"kernel_size": 2, "skip_probability": 1.5}, "skip_probability is 1.5"),
        ({"kernel_size": 2, "skip_probability": -0.1}, "skip_probability is -0.1"),
        ({"kernel_size": 2, "skip_probability": 0.1, "num_mixed": 0}, "num_mixed is 0"),
    ],
)
def test_settings_outside_their_range_are_named(settings, message):
    with pytest.raises(ValueError, match=message):
        RandConv(**settings)


def test_channels_that_make_no_whole_frames_are_refused():
    rand_conv = RandConv(kernel_size=2, skip_probability=0.1, num_mixed=3)
    with pytest.raises(
        ValueError, match="observation has 2 channels; it must have a multiple of num_mixed, 3"
    ):
        rand_conv(images(), generator())


def test_views_to_look_at_are_those_of_successive_calls_with_their_kernels():
    rand_conv = RandConv(kernel_size=2, skip_probability=0.1)
    views, kernels = augmented_views(rand_conv, images()[0], num_views=6, seed=3)
    stream = generator(3)
    assert views.shape == (6, 7, 9, 2) and kernels.shape == (6, 2, 2)
    for view, kernel in zip(views, kernels, strict=True):
        np.testing.assert_array_equal(view, rand_conv(images()[:1], stream)[0])
        np.testing.assert_allclose(
            view[..., 1], same_size_correlation(images()[0, ..., 1], kernel), atol=1e-6
        )
    assert len(np.unique(kernels, axis=0)) > 2


def test_no_view_at_all_is_refused():
    rand_conv = RandConv(kernel_size=2, skip_probability=0.0)
    with pytest.raises(ValueError, match="num_views is 0"):
        augmented_views(rand_conv, images()[0], num_views=0, seed=0)


def test_a_seeded_kernel_is_the_same_at_every_call_and_another_for_another_seed():
    generator = tf.random.Generator.from_seed(0)

    def kernel(seed):
        rand_conv = RandConv(kernel_size=3, skip_probability=0.0, kernel_seed=seed)
        return rand_conv.draw_kernel(generator).numpy()

    np.testing.assert_array_equal(kernel(1), kernel(1))
    assert (kernel(1) != kernel(2)).all()


def moved(image, down, right):
    """The image moved by pixels, the edge repeated."""
    rows, columns = (
        np.clip(np.arange(size) - shift, 0, size - 1)
        for size, shift in zip(image.shape[:2], (down, right), strict=True)
    )
    return image[rows][:, columns]


def shifts_of(image, view, *, max_shift):
    """All shifts that make the view of the image."""
    steps = range(-max_shift, max_shift + 1)
    return [(down, right) for down in steps for right in steps if (moved(image, down, right) == view).all()]


def test_every_image_moves_by_a_shift_of_its_own_and_its_edge_is_repeated():
    pictures = images(num_channels=2)
    views = RandomShift(max_shift=2)(pictures, generator(3)).numpy()
    found = [shifts_of(image, view, max_shift=2) for image, view in zip(pictures, views, strict=True)]
    assert all(len(shifts) == 1 for shifts in found)  # both channels by the same shift
    assert len({shifts[0] for shifts in found}) > 1


def test_all_shifts_are_as_likely():
    image = images()[:1]
    views = RandomShift(max_shift=1)(np.repeat(image, 2000, axis=0), generator()).numpy()
    drawn = [shifts_of(image[0], view, max_shift=1)[0] for view in views]
    counts = [drawn.count((down, right)) for down in (-1, 0, 1) for right in (-1, 0, 1)]
    assert sum(counts) == 2000
    assert chisquare(counts).pvalue > 1e-3


@pytest.mark.parametrize("wrap", [lambda call: call, tf.function], ids=["eager", "tf.function"])
def test_shifts_are_fresh_at_every_call_and_follow_from_the_seed(wrap):
    def calls(seed):
        stream, shift = generator(seed), RandomShift(max_shift=3)
        call = wrap(lambda: shift(images(), stream))
        return [call().numpy() for _ in range(3)]

    one, same, other = calls(5), calls(5), calls(6)
    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one[0], one[1]) and not np.array_equal(one, other)


def test_a_margin_stays_and_what_is_inside_moves():
    pictures = np.asarray(images(num_channels=2))
    views = RandomShift(max_shift=3, margin=2)(pictures, generator(3)).numpy()
    is_inside = np.zeros(pictures.shape[1:3], bool)
    is_inside[2:-2, 2:-2] = True
    np.testing.assert_array_equal(views[:, ~is_inside], pictures[:, ~is_inside])
    of_inside = RandomShift(max_shift=3)(pictures[:, 2:-2, 2:-2], generator(3)).numpy()
    np.testing.assert_array_equal(views[:, 2:-2, 2:-2], of_inside)


def test_with_its_frame_still_a_moved_picture_of_the_game_is_one_of_another_task():
    one, other = (demonstration(Task(x, height)).observation for x, height in ((30, 13), (33, 15)))
    before, later = (
        one[5:40],
        other[8:43],
    )  # the agent is away from the edge, and 3 steps further in the other
    shift = np.repeat([[2], [3]], len(before), axis=1)
    np.testing.assert_array_equal(shifted(before, shift, margin=1), later)
    carried = shifted(before, shift).numpy()
    assert (carried != later).any(axis=(1, 2, 3)).all()


def test_moved_views_are_moved_copies_of_one_observation_and_follow_from_the_seed():
    image = images()[0]
    views = moved_views(RandomShift(max_shift=2), image, num_views=5, seed=1)
    assert views.shape == (5, *image.shape)
    assert all(len(shifts_of(image, view, max_shift=2)) == 1 for view in views)
    np.testing.assert_array_equal(views, moved_views(RandomShift(max_shift=2), image, num_views=5, seed=1))
    with pytest.raises(ValueError, match="^num_views is 0; it must be at least 1$"):
        moved_views(RandomShift(max_shift=2), image, num_views=0, seed=1)


def test_a_shift_of_no_pixel_is_refused_and_a_margin_that_leaves_nothing_to_move():
    with pytest.raises(ValueError, match="^max_shift is 0; it must be at least 1$"):
        RandomShift(max_shift=0)
    with pytest.raises(ValueError, match="^margin is -1; it must be at least 0$"):
        RandomShift(max_shift=1, margin=-1)
    with pytest.raises(ValueError, match=r"^margin is 4; it must be below half of an image of 7 x 9 pixels$"):
        RandomShift(max_shift=1, margin=4)(images(), generator())
