"""What does an embedding loss see, and what does it do? The figures of chapter 3.

Everything drawn is handed in, as `pisces.metric`, `free_points` and `pisces.learn` return it. In every matrix
a row is a state of task X and a column one of task Y; time goes up and to the right.
"""

import itertools
import typing
from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Rectangle
from numpy.typing import NDArray

from pisces.drawing import style
from pisces.metric import affinity
from pisces.task import Demonstration

_INNER_RADIUS = 0.3  # where a path on the circle begins; it ends at 1
_ONE_LABEL = np.cos(np.radians(8))  # points whose directions differ by less share a label
_NETWORK_WIDTH = 7.2  # inches
_TRUNK_HEIGHT = 1.75  # of the encoder's axis in the drawing of the network, in inches
_VISIBLE_HEIGHT = 42  # of a frame, in pixels: nothing happens above


@style.drawn
def coupling_weights(distance: NDArray, weights: Mapping[float, NDArray]) -> Figure:
    """Draws affinity as a function of distance, and the weights that it gives to the states of a pair.

    Args:
        distance: float `[n, m]`.
        weights: For each of at most four scales of the affinity, the weights of eq. 4, float `[n, m]`.
    """
    figure, (above, below) = plt.subplots(
        2, len(weights), figsize=(style.WIDTH, 5.0), height_ratios=(1.1, 1), squeeze=False
    )
    curve = above[0]
    for panel in above[1:]:
        panel.remove()
    curve.set_subplotspec(curve.get_gridspec()[0, :])
    grid = np.linspace(0.0, distance.max() * 1.05, 1000)
    for scale, color in zip(
        weights, (style.BLUE, style.SKY_BLUE, style.ORANGE, style.VERMILION), strict=False
    ):
        curve.plot(grid, affinity(grid, affinity_scale=scale), color=color, label=f"β = {scale:g}")
    occurring = np.unique(distance)
    curve.plot(occurring, np.full(len(occurring), -0.06), "|", color=style.GREY, markersize=7)
    curve.set(xlim=(-0.02, grid[-1]), ylim=(-0.12, 1.05), yticks=(0, 0.5, 1))
    curve.set(xlabel="distance d (grey strokes: the values that occur in this pair)", ylabel="affinity Γ")
    curve.legend(loc="upper right", ncols=2)
    anchor, positive = np.arange(distance.shape[1]), distance.argmin(axis=0)
    for index, (panel, (scale, weight)) in enumerate(zip(below, weights.items(), strict=True)):
        look = {"vmin": 0, "vmax": 1, "cmap": style.ORDERED}
        image = panel.imshow(weight, **look)
        edge = {"edgecolors": style.VERMILION, "linewidths": 0.8}
        panel.scatter(anchor[::3], positive[::3], s=13, c=weight[positive, anchor][::3], **look, **edge)
        panel.set_title(f"β = {scale:g}")
        _label_steps(panel, with_rows=index == 0)
    figure.colorbar(image, ax=below, label="weight in eq. 4", fraction=0.02, pad=0.01)
    return figure


@style.drawn
def anchors(
    expert_x: Demonstration, expert_y: Demonstration, distance: NDArray, *, shown: Mapping[int, Sequence[int]]
) -> Figure:
    """Draws anchors of Y with the positive that the distance gives them and some of their negatives.

    Args:
        expert_x: Demonstration of task X.
        expert_y: Demonstration of task Y.
        distance: float `[n, m]` between their states.
        shown: For the step of each anchor, the steps of the negatives to show, as many for each.
    """
    num_columns = 2 + len(next(iter(shown.values())))
    figure, axes = plt.subplots(len(shown), num_columns, figsize=(style.WIDTH, 1.8 * len(shown)))
    for row, (anchor, negatives) in zip(np.atleast_2d(axes), shown.items(), strict=True):
        positive = int(distance[:, anchor].argmin())
        _draw_state(row[0], expert_y, anchor, f"anchor y, step {anchor}", style.TASKS["y"].color)
        for panel, step in zip(row[1:], (positive, *negatives), strict=True):
            role = "positive" if step == positive else "negative"
            title = f"{role} x, step {step}\nd = {distance[step, anchor]:.2f}"
            _draw_state(panel, expert_x, step, title, style.TASKS["x"].color)
    return figure


@style.drawn
def circles(paths: Mapping[str, Sequence[NDArray]]) -> Figure:
    """Draws the directions of points while a loss moves them: updates go outwards, directions around.

    Args:
        paths: For each title, the points of x and of y, float `[K + 1, n, 2]` and `[K + 1, m, 2]`: what
            `free_points.descend` returns. Where m differs, the last points of y have the same names.
    """
    num_y = max(path_y.shape[1] for _, path_y, *_ in paths.values())
    figure, axes = plt.subplots(1, len(paths), figsize=(style.WIDTH, 2.9), squeeze=False)
    for panel, (title, parts) in zip(axes[0], paths.items(), strict=True):
        for radius in (_INNER_RADIUS, 1.0):
            panel.add_patch(Circle((0, 0), radius, fill=False, color=style.LIGHT_GREY, lw=1))
        # Points that coincide are to be seen as two lines, and to have two names side by side.
        path_x, path_y, *_ = parts
        names_y = [f"$y_{index}$" for index in range(num_y)][-path_y.shape[1] :]
        names_x = [f"$x_{index}$" for index in range(path_x.shape[1])]
        _draw_paths(panel, path_x, names_x, style.TASKS["x"].color, label_angle=-0.18, width=3.4)
        _draw_paths(panel, path_y, names_y, style.TASKS["y"].color, label_angle=0.18, width=1.3)
        panel.set(xlim=(-1.4, 1.4), ylim=(-1.35, 1.4), aspect="equal")
        panel.set_title(title, fontsize=10)
        panel.axis("off")
    return figure


@style.drawn
def forces(shares: Mapping[str, NDArray], distance: NDArray) -> Figure:
    """Draws how hard each anchor pulls its positive, and how hard it pushes away what is just as near to it.

    Args:
        shares: For each loss, float `[n, m]`: the share of each state of X in the denominator of each anchor.
        distance: float `[n, m]`.
    """
    anchor = np.arange(distance.shape[1])
    positive = distance.argmin(axis=0)
    is_other = np.arange(distance.shape[0])[:, None] != positive
    figure, axes = plt.subplots(1, 2, figsize=(style.WIDTH, 3.3), sharey=True)
    for (name, share), color in zip(shares.items(), (style.BLUE, style.ORANGE), strict=False):
        axes[0].plot(anchor, 1 - share[positive, anchor], color=color, label=name, drawstyle="steps-mid")
        axes[1].plot(
            anchor,
            (share * (is_other & (distance == 0))).sum(axis=0),
            color=color,
            label=name,
            drawstyle="steps-mid",
        )
    axes[0].set_title("pull on the positive")
    axes[1].set_title("push on negatives at distance 0")
    axes[0].set_ylabel("force, in units of λ")
    is_alone = (distance > 0).all(axis=0)
    for panel in axes:
        panel.axvspan(-0.5, is_alone.sum() - 0.5, color=style.LIGHT_GREY, alpha=0.5, lw=0)
        panel.set(xlim=(-0.5, len(anchor) - 0.5), ylim=(-0.03, 1.08), xlabel="anchor: step of Y")
    axes[1].text(
        is_alone.sum() / 2 - 0.5, 0.9, "anchors with\nno state at\ndistance 0", ha="center", va="center"
    )
    axes[1].legend(loc="upper right")
    return figure


@style.drawn
def embedded_distances(distance: NDArray, embedded: Mapping[str, NDArray]) -> Figure:
    """Draws which distances between embeddings came of the distances that a loss was given.

    Args:
        distance: float `[n, m]`, what the losses were given.
        embedded: For each title, float `[n, m]`, the distances between the embeddings, each on its own scale.
    """
    panels = {"given: PSM": distance, **embedded}
    figure, axes = plt.subplots(1, len(panels), figsize=(style.WIDTH, 3.0), sharey=True)
    for index, (panel, (title, matrix)) in enumerate(zip(axes, panels.items(), strict=True)):
        image = panel.imshow(matrix, vmin=0, vmax=2)
        panel.set_title(title)
        _label_steps(panel, with_rows=index == 0)
    figure.colorbar(image, ax=axes, label="distance", fraction=0.02, pad=0.01)
    return figure


@style.drawn
def architecture(layers: Mapping[str, Sequence], observation_x: NDArray, observation_y: NDArray) -> Figure:
    """Draws a policy network, its two heads and the losses that train them.

    Args:
        layers: The parts of the network, as `PolicyNetwork.layer_shapes` returns them.
        observation_x: float `[60, 60, 2]`, a state of task X.
        observation_y: float `[60, 60, 2]`, a state of task Y.
    """
    figure = plt.figure(figsize=(_NETWORK_WIDTH, 3.0), layout="none")
    panel = figure.add_axes((0.0, 0.0, 1.0, 1.0))  # its units are inches
    trunk = [*layers["augmentation"], *layers["encoder"]]
    centers = np.linspace(1.5, 4.95, len(trunk))
    _draw_input(panel, 1.95, observation_y, "y", arrow_to=(centers[0] - 0.36, _TRUNK_HEIGHT + 0.06))
    _draw_input(panel, 0.6, observation_x, "x", arrow_to=(centers[0] - 0.36, _TRUNK_HEIGHT - 0.06))
    for center, layer in zip(centers, trunk, strict=True):
        color = style.LIGHT_GREY if layer in layers["augmentation"] else style.SKY_BLUE
        name = "features f" if layer is trunk[-1] else None
        _draw_layer(panel, center, _TRUNK_HEIGHT, layer, color, label_height=0.95, name=name)
    for left, right in zip(centers, centers[1:], strict=False):
        _arrow(panel, (left + 0.2, _TRUNK_HEIGHT), (right - 0.2, _TRUNK_HEIGHT))
    branches = (
        ("head", 2.55, style.ORANGE, "policy", "imitation\nloss $L_{IL}$"),
        ("projection", 1.05, style.GREEN, "embedding z", "embedding\nloss $L_{CME}$"),
    )
    for part, height, color, name, loss in branches:
        for layer in layers[part]:
            _arrow(panel, (centers[-1] + 0.15, _TRUNK_HEIGHT), (5.65, height))
            _draw_layer(panel, 5.8, height, layer, color, label_height=height - 0.36, name=name)
            _arrow(panel, (5.95, height), (6.2, height))
            panel.text(6.25, height, loss, va="center")
    panel.set(xlim=(0, _NETWORK_WIDTH), ylim=(0.1, 3.1))
    panel.axis("off")
    return figure


def _label_steps(panel: Axes, *, with_rows: bool) -> None:
    """Names the axes of a matrix of states; only the first panel of a row needs its rows named."""
    panel.set_xlabel("step of Y")
    panel.set(xticks=range(0, 56, 20), yticks=range(0, 56, 20))
    if with_rows:
        panel.set_ylabel("step of X")
    else:
        panel.tick_params(labelleft=False)


def _draw_paths(
    panel: Axes, path: NDArray, names: Sequence[str], color: str, *, label_angle: float, width: float
) -> None:
    """Draws the directions of points, updates going outwards, and names them, turned by `label_angle`."""
    # The logarithm gives room to the first updates, which move the points most.
    time = np.log1p(np.arange(len(path)))
    radius = _INNER_RADIUS + (1 - _INNER_RADIUS) * time / time[-1]
    angle = np.unwrap(np.arctan2(path[..., 1], path[..., 0]), axis=0)
    for trace in angle.T:
        panel.plot(radius * np.cos(trace), radius * np.sin(trace), color=color, lw=width)
        panel.plot(radius[0] * np.cos(trace[0]), radius[0] * np.sin(trace[0]), "o", color=color, markersize=3)
    is_near = np.cos(angle[-1] - angle[-1][:, None]) > _ONE_LABEL
    for index, (end, together) in enumerate(zip(angle[-1], is_near, strict=True)):
        if together.argmax() == index:  # the first of those that share a label
            where, label = end + label_angle, ", ".join(itertools.compress(names, together))
            panel.text(
                1.22 * np.cos(where), 1.22 * np.sin(where), label, color=color, ha="center", va="center"
            )


def _draw_state(panel: Axes, expert: Demonstration, step: int, title: str, color: str) -> None:
    """Draws the current frame of a state, framed in the colour of its task."""
    panel.imshow(expert.observation[step, ..., 1], cmap=style.IMAGE, vmin=0, vmax=1)
    panel.set(xticks=[], yticks=[], ylim=(-0.5, _VISIBLE_HEIGHT - 0.5))
    panel.set_title(title, fontsize=9.5, color=color)
    for spine in panel.spines.values():
        spine.set(visible=True, color=color, linewidth=2)


def _draw_input(panel: Axes, bottom: float, observation: NDArray, task: str, *, arrow_to: tuple) -> None:
    """Draws both frames of a state, the previous one behind, with an arrow into the network."""
    color, side = style.TASKS[task].color, 0.75
    for shift, frame in ((0.1, observation[..., 0]), (0.0, observation[..., 1])):
        left, low = 0.05 + shift, bottom + shift
        panel.imshow(
            frame, extent=(left, left + side, low, low + side), cmap=style.IMAGE, vmin=0, vmax=1, zorder=2
        )
        panel.add_patch(Rectangle((left, low), side, side, fill=False, color=color, lw=1.5, zorder=2))
    panel.text(0.05 + side / 2, bottom - 0.08, f"state {task}", color=color, ha="center", va="top")
    _arrow(panel, (0.95, bottom + side / 2), arrow_to, color)


def _draw_layer(
    panel: Axes,
    center: float,
    height: float,
    layer: typing.Any,
    color: str,
    *,
    label_height: float,
    name: str | None,
) -> None:
    """Draws a layer as a block, as tall as its images are or its vector is long, and writes what it is."""
    shape = layer.output_shape
    if len(shape) == 1:
        tall, wide = 0.09 * np.log2(shape[0]), 0.1
    else:
        tall, wide = 0.2 + shape[0] / 60, 0.1 + 0.04 * np.log2(shape[-1])
    panel.add_patch(
        Rectangle(
            (center - wide / 2, height - tall / 2), wide, tall, facecolor=color, edgecolor="black", lw=0.8
        )
    )
    lines = [layer.kind, "×".join(map(str, shape))]
    if name is not None:
        lines.insert(0, name)
    if layer.kernel_size is not None:
        lines.insert(1, f"{layer.kernel_size}×{layer.kernel_size} / {layer.stride}")
    panel.text(center, label_height, "\n".join(lines), ha="center", va="top", fontsize=9)


def _arrow(panel: Axes, start: tuple, end: tuple, color: str = style.GREY) -> None:
    panel.annotate("", end, start, arrowprops={"arrowstyle": "->", "color": color, "lw": 1.2, "shrinkA": 0})
