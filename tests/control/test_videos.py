import numpy as np
import pytest
from PIL import Image

from pisces.control.videos import digest, find_videos, read_video


def save(path, color, size=(8, 6)):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, color).save(path)
    return path


@pytest.fixture
def folder(tmp_path):
    for name, level in (("bear", 10), ("dog", 100)):
        for frame in range(3):
            save(tmp_path / name / f"{frame:05}.png", (level + frame, 0, 0))
        (tmp_path / name / "notes.txt").write_text("no frame")
    return tmp_path


def test_each_folder_is_a_video_with_its_frames_in_order(folder):
    names = [[path.name for path in frames] for frames in find_videos(folder)]
    assert names == [["00000.png", "00001.png", "00002.png"]] * 2
    assert [frames[0].parent.name for frames in find_videos(folder)] == ["bear", "dog"]


def test_a_folder_of_frames_is_one_video(folder):
    assert len(find_videos(folder / "bear")) == 1


def test_only_the_videos_that_are_named_are_taken(folder):
    (frames,) = find_videos(folder, ("dog",))
    assert frames[0].parent.name == "dog"


def test_a_video_is_read_frame_by_frame(folder):
    video = read_video(find_videos(folder)[1], 4)
    assert video.shape == (3, 4, 4, 3) and video.dtype == np.uint8
    assert video[:, 0, 0].tolist() == [[100, 0, 0], [101, 0, 0], [102, 0, 0]]


def test_a_frame_is_the_largest_square_in_the_middle(tmp_path):
    # Columns 0 to 7 of red 0 to 7: those in the middle are 2 to 5.
    pixels = np.zeros((4, 8, 3), np.uint8)
    pixels[..., 0] = np.arange(8)
    Image.fromarray(pixels).save(tmp_path / "0.png")
    video = read_video(find_videos(tmp_path)[0], 4)
    assert video[0, 0, :, 0].tolist() == [2, 3, 4, 5]


def test_a_folder_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(ValueError, match="videos is .*missing'; it must be a folder, and there is none"):
        find_videos(tmp_path / "missing")


def test_a_folder_without_frames_is_an_error(tmp_path):
    (tmp_path / "notes.txt").write_text("no frame")
    with pytest.raises(ValueError, match=r"videos is .*; it must hold frames as files \(.bmp, .jpeg"):
        find_videos(tmp_path)


def test_a_name_that_is_not_there_is_an_error(folder):
    with pytest.raises(ValueError, match="videos has no 'cat' in .*; it must be a folder there, with frames"):
        find_videos(folder, ("dog", "cat"))


def test_a_frame_that_cannot_be_read_is_an_error(folder):
    (folder / "dog" / "00001.png").write_bytes(b"no picture")
    with pytest.raises(ValueError, match="videos has .*00001.png', which cannot be read"):
        read_video(find_videos(folder)[1], 4)


def test_a_digest_tells_videos_by_their_frames_and_where_one_ends(folder):
    bear, dog = find_videos(folder)
    assert digest([bear, dog]) == digest([list(bear), list(dog)])
    others = ([dog, bear], [bear], [[*bear, *dog]], [[*dog, *bear]], [bear[:1], [*bear[1:], *dog]])
    assert len({digest(videos) for videos in ([bear, dog], *others)}) == 6
