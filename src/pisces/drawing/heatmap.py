"""How is a small matrix drawn so that its numbers can be read? The part that several figures share."""

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.image import AxesImage
from numpy.typing import NDArray

from pisces.drawing import style


def numbered(
    panel: Axes, matrix: NDArray, *, vmax: float, labels: NDArray | None = None, fontsize: float = 9.0
) -> AxesImage:
    """Draws a small matrix as colours from 0 to `vmax`, with its entries written into the cells.

    Args:
        panel: Axes to draw on.
        matrix: float `[n, m]`, at least 0; cells that are NaN stay white and empty.
        vmax: The value at the bright end of the colour map.
        labels: str `[n, m]`, written instead of the entries.
        fontsize: Size of the numbers in points.

    Returns:
        The image, for a colour bar.
    """
    image = panel.imshow(matrix, cmap=style.ORDERED, vmin=0.0, vmax=vmax)
    color_map = mpl.colormaps[style.ORDERED]
    for (row, column), value in np.ndenumerate(matrix):
        if np.isfinite(value):
            red, green, blue, _ = color_map(value / vmax)
            # Black on light cells and white on dark ones, by the cell's luminance.
            is_light = 0.299 * red + 0.587 * green + 0.114 * blue > 0.45
            text = f"{value:.3g}" if labels is None else str(labels[row, column])
            color = style.BLACK if is_light else "white"
            panel.text(column, row, text, ha="center", va="center", fontsize=fontsize, color=color)
    panel.set(xticks=range(matrix.shape[1]), yticks=range(matrix.shape[0]))
    panel.tick_params(length=0)
    for spine in panel.spines.values():
        spine.set_visible(False)
    return image
