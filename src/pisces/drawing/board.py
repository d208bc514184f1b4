"""How are the 286 tasks laid out in a figure? The board that several figures share."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.image import AxesImage
from numpy.typing import ArrayLike

from pisces.drawing.style import ORDERED, Look
from pisces.task import TASK_FLOOR_HEIGHTS, TASK_OBSTACLE_POSITIONS, solved_board


def draw_board(panel: Axes, kind: ArrayLike, looks: Sequence[Look]) -> None:
    """Draws every task as a cell at its obstacle position and floor height, in pixels.

    Args:
        panel: Axes to draw on.
        kind: int or bool `[286]`, in the order of `pisces.task.all_tasks`: index into `looks`.
        looks: What the kinds look like.

    Raises:
        ValueError: If `kind` has another length.
    """
    colors = ListedColormap([look.color for look in looks])
    _draw_cells(panel, np.asarray(kind, int), cmap=colors, vmin=-0.5, vmax=len(looks) - 0.5)


def draw_share_board(panel: Axes, share: ArrayLike) -> AxesImage:
    """Draws every task as a cell of the board, coloured by a share.

    Args:
        panel: Axes to draw on.
        share: float `[286]`, in the order of `pisces.task.all_tasks`, in [0, 1].

    Returns:
        The image, to draw a colour bar for.

    Raises:
        ValueError: If `share` has another length.
    """
    return _draw_cells(panel, np.asarray(share), cmap=ORDERED, vmin=0, vmax=1)


def mark_training_tasks(panel: Axes, is_test: ArrayLike, **look: Any) -> None:
    """Puts a dot on every task that was trained on.

    Args:
        panel: With a board.
        is_test: bool `[286]`, in the order of `pisces.task.all_tasks`.
        look: Of the dots, as Matplotlib's `plot` takes it.
    """
    position, height = np.nonzero(~solved_board(np.asarray(is_test)))
    panel.plot(position + TASK_OBSTACLE_POSITIONS.start, height + TASK_FLOOR_HEIGHTS.start, "o", **look)


def _draw_cells(panel: Axes, value: np.ndarray, **colors: Any) -> AxesImage:
    positions, heights = TASK_OBSTACLE_POSITIONS, TASK_FLOOR_HEIGHTS
    image = panel.imshow(
        solved_board(value).T,
        extent=(positions.start - 0.5, positions.stop - 0.5, heights.start - 0.5, heights.stop - 0.5),
        **colors,
    )
    panel.set_xticks(range(positions.start, positions.stop, 5))
    panel.set_yticks(range(heights.start, heights.stop, 5))
    panel.set_xticks(np.arange(positions.start, positions.stop + 1) - 0.5, minor=True)
    panel.set_yticks(np.arange(heights.start, heights.stop + 1) - 0.5, minor=True)
    panel.grid(which="minor", color="white", linewidth=0.7)
    panel.tick_params(which="minor", length=0)
    panel.spines[:].set_visible(False)
    return image
