"""What notebooks show: source and moving pictures."""

import base64
import re
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from pisces import task
from pisces.drawing import show


class Unknown:
    """Not of this package."""


def frames_of(html) -> list[np.ndarray]:
    (content,) = re.findall(r'src="data:image/gif;base64,([^"]+)"', html.data)
    film = Image.open(BytesIO(base64.b64decode(content)))
    pictures = []
    for index in range(film.n_frames):
        film.seek(index)
        pictures.append(np.asarray(film.convert("RGB")))
    return pictures


def test_the_source_of_a_function_is_shown_as_it_stands_in_the_file():
    text = show.source(show.gif).data
    assert "```python\ndef gif(" in text and text.endswith("return content.getvalue()\n```")


def test_the_source_carries_a_link_to_its_lines_in_the_repository():
    text = show.source(show.gif).data
    pattern = r"^\[pisces/drawing/show.py, lines (\d+)–(\d+)\]\(https://\S+/blob/main/src/pisces/drawing/show.py#L\1-L\2\)"
    first, last = map(int, re.match(pattern, text).groups())
    with open(show.__file__, encoding="utf-8") as file:
        lines = file.readlines()
    assert lines[first - 1].startswith("def gif(") and "return content" in lines[last - 1]


def test_the_docstring_can_be_left_out_and_nothing_else_is():
    whole, short = (show.source(show.gif, with_docstring=flag).data for flag in (True, False))
    assert "Raises:" in whole and "Raises:" not in short
    kept = [line for line in short.splitlines()[2:] if line]
    assert kept == [line for line in whole.splitlines()[2:] if line in kept and line]


def test_a_method_is_shown_from_the_margin():
    assert "```python\n@classmethod\ndef of(" in show.source(task.TaskBatch.of).data


def test_several_sources_are_shown_one_after_another():
    together = show.source(show.gif, show.animation, with_docstring=False).data
    apart = [show.source(shown, with_docstring=False).data for shown in (show.gif, show.animation)]
    assert together == "\n\n".join(apart)


def test_source_of_another_package_is_refused():
    with pytest.raises(ValueError, match="^shown is .*Unknown.*; it must be defined in pisces$"):
        show.source(Unknown)


@pytest.mark.parametrize("shape", [(3, 4, 5), (3, 4, 5, 3)])
def test_an_animation_has_all_frames_enlarged_with_their_values(shape):
    frames = np.linspace(0, 1, 3).reshape(3, *(1,) * (len(shape) - 1)) * np.ones(shape)
    pictures = frames_of(show.animation(frames, alt="It gets brighter.", scale=2))
    assert [picture.shape for picture in pictures] == [(8, 10, 3)] * 3
    assert [int(picture[0, 0, 0]) for picture in pictures] == [0, 128, 255]


def test_colors_of_an_animation_are_kept():
    frames = np.zeros((2, 4, 4, 3), np.uint8)
    frames[:, :2] = [213, 94, 0]
    first, second = frames_of(show.animation(np.stack([frames[0], frames[1] * 0]), alt="It fades.", scale=1))
    assert first[0, 0].tolist() == [213, 94, 0] and second[0, 0].tolist() == [0, 0, 0]


def test_row_0_of_a_frame_is_shown_at_the_top():
    frames = np.zeros((2, 4, 4))
    frames[:, 0] = 1
    frames[1, 3] = 1
    picture = frames_of(show.animation(frames, alt="A bright line.", scale=1))[0]
    assert picture[0].min() == 255 and picture[1:].max() == 0


def test_an_animation_says_what_it_shows_to_those_who_cannot_see_it():
    html = show.animation(np.zeros((2, 3, 3)), alt='A "dark" <square>.').data
    assert 'alt="A &quot;dark&quot; &lt;square&gt;."' in html
    with pytest.raises(ValueError, match="^alt is empty"):
        show.animation(np.zeros((2, 3, 3)), alt=" ")


def test_an_animation_runs_at_the_asked_speed_and_repeats():
    film = Image.open(BytesIO(show.gif(np.eye(3)[:, :, None] * np.ones((3, 3, 3)), frames_per_second=20)))
    assert film.info["duration"] == 50 and film.info["loop"] == 0


@pytest.mark.parametrize(
    ("asked", "milliseconds"), [(40, 30), (15, 70), (50, 20), (12.5, 80), (0.01, 100_000)]
)
def test_an_animation_runs_at_the_nearest_speed_that_a_gif_can_have(asked, milliseconds):
    frames = np.eye(3)[:, :, None] * np.ones((3, 3, 3))
    film = Image.open(BytesIO(show.gif(frames, frames_per_second=asked)))
    assert film.info["duration"] == milliseconds
    assert show.gif_speed(asked) == pytest.approx(1000 / milliseconds)


@pytest.mark.parametrize(
    ("frames", "settings", "message"),
    [
        (np.zeros((3, 3)), {}, "^frames has"),
        (np.zeros((0, 3, 3)), {}, "^frames has"),
        (np.full((2, 3, 3), 2.0), {}, r"^frames has values in \[2.0, 2.0\]; it must be uint8"),
        (np.full((2, 3, 3), np.nan), {}, "values in"),
        (
            np.zeros((2, 3, 3)),
            {"frames_per_second": 0},
            "^frames_per_second is 0; it must be",
        ),
        (np.zeros((2, 3, 3)), {"scale": 0}, "^scale is 0; it must be at least 1$"),
    ],
)
def test_frames_and_settings_that_make_no_film_are_refused(frames, settings, message):
    with pytest.raises(ValueError, match=message):
        show.gif(frames, **settings)


def test_a_small_thing_keeps_its_color_before_a_large_background():
    frames = np.random.default_rng(0).integers(60, 200, size=(4, 48, 96, 3), dtype=np.uint8)
    frames[:, 20:24, 40:42] = (240, 150, 60)
    shown = frames_of(show.animation(frames, alt="A square before noise.", scale=1))
    assert np.abs(np.stack(shown)[:, 20:24, 40:42].astype(int) - (240, 150, 60)).max() < 25
