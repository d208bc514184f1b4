"""What do the small decision processes of chapter 2 look like, and what do the metrics say about them?

Everything drawn is handed in, as `pisces.mdp` and `pisces.chapters.policy_similarity.comparison` return it.
"""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import FancyArrowPatch, Patch, Rectangle
from numpy.typing import ArrayLike, NDArray

from pisces.drawing import heatmap, style
from pisces.mdp import MOVES, FiniteMDP, Maze, trajectory

MAZE_CELLS = {"#": style.GREY, ".": "white", "S": style.YELLOW, "R": style.GREEN, "D": style.VERMILION}
"""Colour of each kind of maze cell."""

_MISLED = {"facecolor": style.LIGHT_GREY, "alpha": 0.6, "edgecolor": "none"}


@style.drawn
def cakes(
    mdps: tuple[FiniteMDP, FiniteMDP],
    reward_y: ArrayLike,
    computed: Mapping[str, NDArray],
    formula: Mapping[str, NDArray],
) -> Figure:
    """Draws the two cake MDPs, and two distances between them as the rewards of the second grow.

    Args:
        mdps: The MDPs as `cake_mdps` returns them.
        reward_y: float `[k]`, rewards of the second MDP, ascending, in units of those of the first.
        computed: For each metric, float `[k, 2]`: the distances from x0 to y0 and to y1.
        formula: The same in closed form, drawn as crosses.
    """
    reward_y = np.asarray(reward_y)
    every = slice(None, None, max(1, len(reward_y) // 8))
    figure = plt.figure(figsize=(style.WIDTH, 5.0))
    upper, lower = figure.subfigures(2, 1, height_ratios=[1.0, 1.8], squeeze=False)[:, 0]
    for panel, name, mdp in zip(upper.subplots(1, 2), "xy", mdps, strict=True):
        _draw_chain(panel, mdp, reward_label=f"$r_{name}$", color=style.TASKS[name].color)
    panels = lower.subplots(1, len(computed))
    for panel, (name, distance) in zip(panels, computed.items(), strict=True):
        look, ceiling = style.METRICS[name], 1.1 * distance.max()
        is_misled = distance[:, 1] < distance[:, 0]
        panel.fill_between(reward_y, 0.0, ceiling, where=is_misled, **_MISLED)
        panel.plot(reward_y, distance[:, 0], color=look.color)
        panel.plot(reward_y, distance[:, 1], color=look.color, linestyle="--")
        panel.plot(reward_y[every], formula[name][every], "x", color=style.BLACK, markersize=5)
        panel.set(title=look.label, xlim=reward_y[[0, -1]], ylim=(-0.02 * ceiling, ceiling))
        panel.set_xlabel("$r_y$ in units of $r_x$")
    panels[0].set_ylabel("distance from x0")
    handles = [
        Line2D([], [], color=style.BLACK, label="to y0: same actions"),
        Line2D([], [], color=style.BLACK, linestyle="--", label="to y1: other actions"),
        Line2D([], [], color=style.BLACK, marker="x", linestyle="", label="closed form"),
        Patch(label="y1 counts as nearer", **_MISLED),
    ]
    lower.legend(handles=handles, loc="outside lower center", ncols=2, columnspacing=1.2)
    return figure


@style.drawn
def mazes(
    mazes: Sequence[Maze], policies: Sequence[NDArray], distances: Sequence[Mapping[str, NDArray]]
) -> Figure:
    """Draws three mazes with their optimal policies, and how far the first is from the others.

    Args:
        mazes: The mazes as `danger_and_reward_mazes` returns them.
        policies: The optimal policy `[S, A]` of each maze, which must lead from the start to an end.
        distances: For the second and the third maze, the distances `[S, S']` of each metric from the first.
    """
    figure = plt.figure(figsize=(style.WIDTH, 5.2))
    upper, lower = figure.subfigures(2, 1, height_ratios=[1.0, 1.2], squeeze=False)[:, 0]
    titles = ("Maze A", "Maze B: other looks", "Maze C: other moves")
    # In the last state of a trajectory nothing is left to decide.
    paths = [
        trajectory(maze.mdp, policy, start=maze.start)[:-1]
        for maze, policy in zip(mazes, policies, strict=True)
    ]
    for index, panel in enumerate(upper.subplots(1, 3)):
        _draw_maze(panel, mazes[index], policies[index], paths[index])
        panel.set_title(titles[index])
    psm = [
        distance["psm"][np.ix_(paths[0], path)] for distance, path in zip(distances, paths[1:], strict=True)
    ]
    *panels, bars = lower.subplots(1, 3)
    for panel, matrix, name in zip(panels, psm, "BC", strict=True):
        heatmap.numbered(panel, matrix, vmax=max(matrix.max() for matrix in psm))
        panel.set(title=f"PSM from A to {name}", xlabel=f"step in maze {name}")
    panels[0].set_ylabel("step in maze A")
    _draw_between_starts(bars, mazes, distances)
    return figure


def _draw_chain(panel: Axes, mdp: FiniteMDP, *, reward_label: str, color: str) -> None:
    """Draws states as circles and actions as arrows: thick and straight if they pay, else thin and bent."""
    for state, name in enumerate(mdp.state_names):
        outline = {"boxstyle": "circle,pad=0.35", "facecolor": "white", "edgecolor": color}
        panel.text(state, 0.0, name, ha="center", va="center", bbox=outline, zorder=3)
    pays = mdp.reward > 0.0
    for state, action in np.argwhere(np.broadcast_to(~mdp.is_terminal[:, np.newaxis], pays.shape)):
        successor, is_paid = int(mdp.next_state[state, action]), bool(pays[state, action])
        shade, width = (color, 2.4) if is_paid else (style.GREY, 1.1)
        length = successor - state
        bend = 0.0 if is_paid else 0.2 + 0.18 * length
        arrow = FancyArrowPatch(
            (state, 0), (successor, 0), shrinkA=14, shrinkB=14, color=shade, linewidth=width
        )
        arrow.set(arrowstyle="-|>", mutation_scale=12, connectionstyle=f"arc3,rad={bend}")
        panel.add_patch(arrow)
        # Above a straight arrow, on the deepest point of a bent one.
        height = 0.14 if is_paid else -0.52 * bend * length
        label = f"{mdp.action_names[action]}: {reward_label if is_paid else 0}"
        ground = {"facecolor": "white", "edgecolor": "none", "pad": 1.0}
        panel.text(
            0.5 * (state + successor), height, label, ha="center", va="center", color=shade, bbox=ground
        )
    panel.set(xlim=(-0.25, len(mdp.state_names) - 0.75), ylim=(-0.7, 0.3))
    panel.axis("off")


def _draw_maze(panel: Axes, maze: Maze, policy: NDArray, path: NDArray) -> None:
    """Draws a maze from above with the best move in every cell; the moves from the start are thick."""
    for row, cells in enumerate(maze.layout):
        for column, cell in enumerate(cells):
            square = Rectangle((column - 0.5, row - 0.5), 1, 1, facecolor=MAZE_CELLS[cell])
            square.set(edgecolor=style.LIGHT_GREY, linewidth=0.7)
            panel.add_patch(square)
    values = {"R": f"+{maze.reward_value:g}", "D": f"−{-maze.danger_value:g}"}
    steps = list(MOVES.values())
    for state, (row, column) in enumerate(maze.position):
        if maze.cells[state] in values:
            text = values[maze.cells[state]]
            panel.text(column, row, text, ha="center", va="center", color="white", weight="bold")
            continue
        down, right = steps[policy[state].argmax()]
        color, width = (style.BLACK, 2.2) if state in path else (style.GREY, 0.9)
        arrow = FancyArrowPatch(
            (column - 0.36 * right, row - 0.36 * down), (column + 0.36 * right, row + 0.36 * down)
        )
        arrow.set(arrowstyle="-|>", mutation_scale=10, color=color, linewidth=width)
        panel.add_patch(arrow)
    panel.set(xlim=(-0.5, len(maze.layout[0]) - 0.5), ylim=(len(maze.layout) - 0.5, -0.5), aspect="equal")
    panel.axis("off")


def _draw_between_starts(
    panel: Axes, mazes: Sequence[Maze], distances: Sequence[Mapping[str, NDArray]]
) -> None:
    """Draws the distance between the starts under every metric as bars, one for each pair of mazes."""
    names = list(distances[0])
    for index, (maze, distance) in enumerate(zip(mazes[1:], distances, strict=True)):
        length = [distance[name][mazes[0].start, maze.start] for name in names]
        position = np.arange(len(names)) + 0.4 * (index - 0.5)
        colors = [style.METRICS[name].color for name in names]
        bars = panel.barh(position, length, 0.38, color=colors, edgecolor="white", hatch=("", "///")[index])
        panel.bar_label(bars, [f"{'BC'[index]}  {value:.2f}" for value in length], padding=3, fontsize=9)
    panel.set_yticks(range(len(names)), [style.METRICS[name].label.replace("-", "-\n") for name in names])
    panel.invert_yaxis()
    panel.margins(x=0.3)
    panel.set(title="From start to start", xlabel="distance from A")
