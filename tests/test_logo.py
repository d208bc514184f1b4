"""The logo: one drawing, as SVG and in pixels, that is seen on light and on dark at every size."""

from io import BytesIO
from xml.etree import ElementTree

import logo
import numpy as np
import pytest
from PIL import Image, ImageColor

from pisces.drawing.style import GREY, TASKS

COLORS = {TASKS["x"].color, TASKS["y"].color, GREY}
PAGES = {"light": "#ffffff", "dark": "#14181e"}


def luminance(color: str) -> float:
    """Relative luminance of WCAG 2.2."""
    value = np.array(ImageColor.getrgb(color)) / 255
    linear = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def test_the_committed_drawing_is_the_one_that_the_code_makes():
    assert logo.FILE.read_text(encoding="utf-8") == logo.svg()


def test_the_drawing_is_xml_with_a_title_and_the_colours_of_the_two_tasks():
    root = ElementTree.fromstring(logo.svg())
    assert root.find("{*}title").text == "Pisces"
    used = {element.get(key) for element in root for key in ("fill", "stroke")} - {None, "none"}
    assert used == COLORS


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("color", sorted(COLORS))
def test_every_colour_stands_out_as_graphics_must(page, color):
    low, high = sorted((luminance(color), luminance(PAGES[page])))
    assert (high + 0.05) / (low + 0.05) >= 3


@pytest.mark.parametrize("size", logo.ICON_SIZES)
def test_both_fish_and_the_cord_are_seen_at_every_size_of_the_icon(size):
    pixels = np.array(logo.painting(size)).astype(int)
    is_opaque = pixels[..., 3] > 127
    for color, share in ((TASKS["x"].color, 0.1), (TASKS["y"].color, 0.1), (GREY, 0.01)):
        is_near = np.abs(pixels[..., :3] - ImageColor.getrgb(color)).max(axis=-1) < 40
        assert (is_near & is_opaque).mean() > share


def test_nothing_is_cut_off_at_the_border():
    alpha = np.array(logo.painting(logo.SIZE))[..., 3]
    assert not any(edge.any() for edge in (alpha[0], alpha[-1], alpha[:, 0], alpha[:, -1]))


def test_the_icons_have_the_sizes_that_browsers_and_phones_ask_for(tmp_path):
    logo.write_icons(tmp_path)
    with Image.open(BytesIO((tmp_path / "favicon.ico").read_bytes())) as icon:
        assert icon.info["sizes"] == {(size, size) for size in logo.ICON_SIZES}
    with Image.open(tmp_path / "touch-icon.png") as icon:
        assert icon.size == (logo.TOUCH_ICON_SIZE,) * 2 and icon.mode == "RGB"
