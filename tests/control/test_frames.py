import numpy as np

from pisces.control.frames import composite, gather_stacks, stack_frames, stacked_times


def test_the_background_is_exactly_where_bodies_are_black():
    generator = np.random.default_rng(0)
    bodies = generator.integers(0, 2, (6, 6, 3), dtype=np.uint8)  # many pixels with some colours of 0
    background = generator.integers(0, 256, (6, 6, 3), dtype=np.uint8)
    picture = composite(bodies, background)
    for row, column in np.ndindex(6, 6):
        is_body = any(bodies[row, column])
        assert picture[row, column].tolist() == (bodies if is_body else background)[row, column].tolist()
    assert picture.dtype == np.uint8


def test_a_pixel_of_a_frame_is_the_mean_of_what_is_drawn_with_the_background_where_no_body_is():
    generator = np.random.default_rng(0)
    bodies = generator.integers(0, 256, (12, 12, 3), dtype=np.uint8)
    bodies[generator.uniform(size=(12, 12)) < 0.5] = 0
    background = generator.integers(0, 256, (4, 4, 3), dtype=np.uint8)
    picture = composite(bodies, background)
    assert picture.shape == (4, 4, 3) and picture.dtype == np.uint8
    large = composite(bodies, background.repeat(3, axis=0).repeat(3, axis=1)).astype(float)
    for row, column in np.ndindex(4, 4):
        block = large[3 * row : 3 * row + 3, 3 * column : 3 * column + 3]
        np.testing.assert_allclose(picture[row, column], block.mean(axis=(0, 1)), atol=0.5 + 1e-4)


def test_the_last_three_frames_are_stacked_the_oldest_first():
    frames = [np.full((2, 2, 3), level, np.uint8) for level in range(5)]
    stacked = stack_frames(frames)
    assert stacked.shape == (2, 2, 9) and stacked.dtype == np.uint8
    assert stacked[0, 0].tolist() == [2, 2, 2, 3, 3, 3, 4, 4, 4]


def test_the_first_frame_stands_for_those_before_it():
    frames = [np.full((1, 1, 3), level, np.uint8) for level in (7, 8)]
    assert stack_frames(frames[:1])[0, 0].tolist() == [7] * 9
    assert stack_frames(frames)[0, 0].tolist() == [7, 7, 7, 7, 7, 7, 8, 8, 8]


def test_stacks_of_frames_kept_one_by_one_are_those_of_an_episode():
    frames = np.random.default_rng(0).integers(256, size=(6, 4, 4, 3), dtype=np.uint8)
    time = np.array([5, 0, 1, 2, 1])
    np.testing.assert_array_equal(
        stacked_times(time), [[3, 4, 5], [0, 0, 0], [0, 0, 1], [0, 1, 2], [0, 0, 1]]
    )
    stacks = gather_stacks(frames, stacked_times(time))
    assert stacks.dtype == np.uint8
    for stack, end in zip(stacks, time, strict=True):
        np.testing.assert_array_equal(stack, stack_frames(frames[: end + 1]))
