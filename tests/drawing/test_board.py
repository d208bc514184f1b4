"""The board of all tasks, as several figures draw it."""

import matplotlib.colors
import matplotlib.pyplot as plt
import numpy as np
import pytest

from pisces.drawing.board import draw_board, draw_share_board
from pisces.drawing.style import Look
from pisces.task import NUM_TASKS, Task, task_index

LOOKS = (Look("none", "#000000"), Look("one", "#ff0000"), Look("two", "#00ff00"))


@pytest.fixture
def panel():
    figure, panel = plt.subplots()
    yield panel
    plt.close(figure)


@pytest.mark.parametrize("task", [Task(20, 10), Task(45, 10), Task(33, 17)])
def test_a_task_is_a_cell_at_its_obstacle_position_and_floor_height(task, panel):
    kind = np.zeros(NUM_TASKS, int)
    kind[task_index(task)] = 2
    draw_board(panel, kind, LOOKS)
    (picture,) = panel.images
    ((row, column),) = np.argwhere(picture.get_array() == 2)
    left, right, bottom, top = picture.get_extent()
    assert left + column + 0.5 == task.obstacle_position and bottom + row + 0.5 == task.floor_height
    assert (right - left, top - bottom) == (26, 11)
    colors = picture.cmap(picture.norm(picture.get_array()))
    assert matplotlib.colors.to_hex(colors[row, column]) == "#00ff00"


def test_a_share_has_the_color_of_its_value_between_0_and_1(panel):
    share = np.full(NUM_TASKS, 0.25)
    share[task_index(Task(21, 12))] = 0.75
    image = draw_share_board(panel, share)
    values = image.get_array()
    assert values[2, 1] == 0.75 and (values == 0.25).sum() == NUM_TASKS - 1
    assert image.get_clim() == (0, 1) and image is panel.images[0]


def test_values_of_another_number_of_tasks_are_refused(panel):
    with pytest.raises(ValueError, match="shape"):
        draw_board(panel, np.zeros(268), LOOKS)
