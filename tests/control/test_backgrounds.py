import itertools

import numpy as np
import pytest
from PIL import Image

from pisces.control.backgrounds import (
    DAVIS,
    SEEDS,
    Playback,
    Procedural,
    Still,
    Videos,
    frame_index,
    video_index,
)
from pisces.control.textures import procedural_video


def indices(start, direction, num_frames, length):
    return [
        frame_index(time, start=start, direction=direction, num_frames=num_frames) for time in range(length)
    ]


def test_two_videos_are_trained_on_and_thirty_others_reported():
    assert len(SEEDS["training"]) == len(DAVIS["training"]) == 2
    assert len(SEEDS["test"]) == 30 and len(SEEDS["validation"]) >= 5


def test_no_video_is_in_two_splits_or_twice_in_one():
    seeds = list(itertools.chain(*SEEDS.values()))
    assert len(seeds) == len(set(seeds))


def test_a_video_is_played_forwards_and_backwards():
    assert indices(2, 1, 4, 10) == [2, 3, 2, 1, 0, 1, 2, 3, 2, 1]


def test_a_video_is_played_backwards_and_forwards():
    assert indices(1, -1, 4, 10) == [1, 0, 1, 2, 3, 2, 1, 0, 1, 2]


@pytest.mark.parametrize(("num_frames", "expected"), [(1, [0, 0, 0, 0]), (2, [1, 0, 1, 0])])
def test_short_videos_are_played_too(num_frames, expected):
    assert indices(num_frames - 1, 1, num_frames, 4) == expected


@pytest.mark.parametrize("start", range(5))
@pytest.mark.parametrize("direction", [-1, 1])
def test_a_video_begins_where_it_should_and_moves_by_one_frame(start, direction):
    shown = indices(start, direction, 5, 40)
    assert shown[0] == start
    assert np.abs(np.diff(shown)).tolist() == [1] * 39
    assert set(shown) == set(range(5))


def test_what_stands_still_has_one_colour():
    assert Still((1, 2, 3)).num_videos == 1
    np.testing.assert_array_equal(Still((1, 2, 3)).video(0, 5), np.full((1, 5, 5, 3), [1, 2, 3]))


def test_procedural_videos_are_those_of_their_seeds():
    backgrounds = Procedural.of("test")
    assert backgrounds.seeds == SEEDS["test"] and backgrounds.num_videos == 30
    np.testing.assert_array_equal(backgrounds.video(1, 8), procedural_video(SEEDS["test"][1], 8))


def test_what_a_playback_shows_is_a_function_of_the_seed():
    backgrounds = Procedural.of("training")
    one, other = Playback(backgrounds, 8), Playback(backgrounds, 8)
    other.begin(5)
    for seed in (7, 8):
        one.begin(seed)
        other.begin(seed)
        for time in (0, 1, 100):
            np.testing.assert_array_equal(one.frame(time), other.frame(time))


def test_episodes_begin_at_any_frame_of_any_video_in_either_direction():
    backgrounds = Procedural.of("training")
    videos = np.stack([backgrounds.video(index, 4) for index in range(2)])
    playback, beginnings = Playback(backgrounds, 4), set()
    for seed in range(1500):
        playback.begin(seed)
        places = [np.argwhere((videos == playback.frame(time)).all((2, 3, 4)))[0] for time in (0, 1)]
        (video, start), (same, following) = (place.tolist() for place in places)
        assert video == same and abs(following - start) == 1
        assert video == video_index(seed, 2)
        beginnings.add((video, start, following - start))
    assert len({(video, start) for video, start, _ in beginnings}) == 120
    assert {direction for _, _, direction in beginnings} == {-1, 1}


def test_videos_of_a_folder_are_played_like_others(tmp_path):
    for frame in range(2):
        Image.new("RGB", (8, 8), (frame, 0, 0)).save(tmp_path / f"{frame}.png")
    playback = Playback(Videos(tmp_path), 4)
    playback.begin(0)
    reds = [playback.frame(time)[0, 0, 0] for time in range(4)]
    assert reds in ([0, 1, 0, 1], [1, 0, 1, 0])


def test_an_empty_folder_is_an_error_before_anything_is_played(tmp_path):
    with pytest.raises(ValueError, match="videos is .*it must hold frames"):
        Videos(tmp_path)


@pytest.mark.parametrize("seeds", [(), (-1,), (0.5,), [1], 3])
def test_seeds_that_are_none_are_errors(seeds):
    with pytest.raises(ValueError, match="seeds is .*; it must be a tuple of one or more integers"):
        Procedural(seeds)


@pytest.mark.parametrize("color", [(0, 0), (0, 0, 256), (0.5, 0, 0), 3])
def test_a_colour_that_is_none_is_an_error(color):
    with pytest.raises(ValueError, match="color is .*; it must be three integers from 0 to 255"):
        Still(color)


def test_a_split_that_is_not_there_is_an_error():
    with pytest.raises(ValueError, match="split is 'tests'; it must be one of training, validation, test"):
        Procedural.of("tests")
