"""The one table of names and colours, and the one look."""

import inspect
import pkgutil
import re
from importlib import import_module

import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest

from pisces import chapters
from pisces.drawing import style
from pisces.jumping import presets
from pisces.jumping.metrics import METRICS
from pisces.lqr import config as lqr_config

TABLES = {
    "methods": style.METHODS,
    "LQR methods": style.LQR_METHODS,
    "methods of control": style.CONTROL_METHODS,
    "metrics": style.METRICS,
    "actions": style.ACTIONS,
    "tasks": style.TASKS,
}


def contrast_with_white(color: str) -> float:
    """Web Content Accessibility Guidelines 2.1, relative luminance."""
    channels = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in mpl.colors.to_rgb(color)]
    return 1.05 / (0.2126 * channels[0] + 0.7152 * channels[1] + 0.0722 * channels[2] + 0.05)


@style.drawn
def example(value: float):
    figure, axes = plt.subplots()
    axes.plot([0, value])
    return figure


@pytest.mark.parametrize("table", TABLES)
def test_two_things_of_one_table_never_share_a_color_or_a_label(table):
    looks = TABLES[table].values()
    assert len({look.color for look in looks}) == len({look.label for look in looks}) == len(looks)


@pytest.mark.parametrize("table", ["methods", "LQR methods", "metrics", "actions"])
def test_lines_and_marks_stand_out_from_the_page(table):
    for look in TABLES[table].values():
        assert contrast_with_white(look.color) > 2, look


def test_every_method_that_can_be_trained_has_a_color():
    assert set(presets.METHODS) <= set(style.METHODS)
    assert set(lqr_config.METHODS) == set(style.LQR_METHODS)


def test_every_metric_that_can_be_embedded_has_a_color():
    assert set(METRICS) <= set(style.METRICS)


def test_a_drawn_figure_has_the_style_and_leaves_the_settings_of_matplotlib_alone():
    before = dict(mpl.rcParams)
    figure = example(2.0)
    assert figure.axes[0].lines[0].get_color() == style.BLUE
    assert not figure.axes[0].spines["top"].get_visible()
    assert dict(mpl.rcParams) == before


def test_a_drawn_figure_is_not_left_with_pyplot_which_would_show_it_twice():
    before = plt.get_fignums()
    example(value=1.0)
    assert plt.get_fignums() == before


PHONE = 356  # pixels of the column of a page that is 390 wide


def on_a_phone(points: float) -> float:
    """Height in pixels of letters in a figure that fills the column."""
    return points / 72 * PHONE / style.WIDTH


def test_letters_are_six_pixels_high_on_a_phone():
    small = [
        value for name, value in style.RC.items() if name.endswith("size") and name.split(".")[0] != "lines"
    ]
    sizes = [value for value in small if isinstance(value, float | int)]
    for module in pkgutil.walk_packages(chapters.__path__, "pisces.chapters."):
        code = inspect.getsource(import_module(module.name))
        sizes += map(float, re.findall(r'fontsize"?[=:] ?([\d.]+)', code))
    assert len(sizes) > 30 and on_a_phone(min(sizes)) > 6


def test_a_figure_fills_the_column_of_a_wide_page():
    assert style.WIDTH * style.RC["figure.dpi"] > 752
