"""The numbers in a matrix are its entries, and can be read."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from pisces.drawing import heatmap


@pytest.fixture
def panel():
    figure, panel = plt.subplots()
    yield panel
    plt.close(figure)


def test_entries_are_written_where_they_stand_and_missing_ones_are_not(panel):
    heatmap.numbered(panel, np.array([[0.0, 1.2345], [np.nan, 2.0]]), vmax=2.0)
    written = {text.get_position(): text.get_text() for text in panel.texts}
    assert written == {(0, 0): "0", (1, 0): "1.23", (1, 1): "2"}


def test_labels_take_the_place_of_entries(panel):
    heatmap.numbered(panel, np.array([[0.5]]), vmax=1.0, labels=np.array([["half"]]))
    assert [text.get_text() for text in panel.texts] == ["half"]


def test_numbers_are_white_on_dark_cells_and_black_on_bright_ones(panel):
    heatmap.numbered(panel, np.array([[0.0, 1.0]]), vmax=1.0)
    assert [text.get_color() for text in panel.texts] == ["white", "#000000"]
