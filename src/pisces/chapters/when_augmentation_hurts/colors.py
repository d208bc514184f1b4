"""What becomes of colour? What a random convolution leaves of it, and what agents make of red and green.

Red obstacles must be jumped over and green ones touched, so that colour decides what is right. Scores
are left to `pisces.experiments.tables`.
"""

import dataclasses
from collections.abc import Iterable, Mapping

import numpy as np

from pisces.jumping.result import RunResult
from pisces.learn import RandConv, augmented_views
from pisces.runs.kinds import counted_by
from pisces.task import COLORS, NUM_TASKS, Task, demonstration
from pisces.task.judge import NO_JUMP

GREY = "grey"
"""Stands for the tasks without colour."""

OUTCOMES = ("solved", "wrong moment", "no jump", "jump before green")
"""What can become of a task; failures at grey and red obstacles are the middle two, at green the last."""

_NUM_ANGLES = 360


@dataclasses.dataclass(frozen=True, eq=False, kw_only=True)
class ColorRuns:
    """What the runs of a method did in the 286 tasks of one colour.

    Attributes:
        method: The method.
        color: One of `pisces.task.COLORS`, or `GREY`.
        update: int `[num_reports]`, updates at each report.
        solved_at: bool `[num_runs, num_reports, 286]`, which tasks were solved at each report.
        jump_step: int `[num_runs, 286]`, after how many steps the agent first jumped at the end; -1 if never.
        is_test: bool `[286]`, the tasks that were not trained on.
    """

    method: str
    color: str
    update: np.ndarray
    solved_at: np.ndarray
    jump_step: np.ndarray
    is_test: np.ndarray

    @property
    def num_runs(self) -> int:
        """Number of runs."""
        return len(self.solved_at)

    @property
    def solved_fraction(self) -> np.ndarray:
        """Fraction of the runs that solved each task at the end: float64 `[286]`."""
        return self.solved_at[:, -1].mean(axis=0)

    @property
    def solved_share(self) -> np.ndarray:
        """Learning curves, the share of unseen tasks solved: float64 `[num_runs, num_reports]`."""
        return self.solved_at[:, :, self.is_test].mean(axis=2)

    @property
    def outcome(self) -> np.ndarray:
        """What became of each task at the end: int `[num_runs, 286]`, index into `OUTCOMES`."""
        failure = np.full(self.jump_step.shape, OUTCOMES.index("jump before green"))
        if self.color != "green":
            failure = np.where(self.jump_step == NO_JUMP, 2, 1)
        return np.where(self.solved_at[:, -1], 0, failure)

    def outcome_shares(self, *, is_test: bool = True) -> dict[str, float]:
        """How often each of `OUTCOMES` came about, as a share of tasks and runs.

        Args:
            is_test: Counts the unseen tasks, else those trained on.
        """
        counted = self.outcome[:, self.is_test == is_test]
        return {name: float(np.mean(counted == index)) for index, name in enumerate(OUTCOMES)}


def by_color(runs: Iterable[RunResult]) -> dict[tuple[str, str], ColorRuns]:
    """Sorts what runs did by method and by the colour of the obstacle.

    Args:
        runs: Results, of one configuration for each method and set of colours, in either precision, and with
            the same training tasks.

    Returns:
        By method and colour, `GREY` for tasks without one, in the order of the runs.

    Raises:
        ValueError: If runs of one method and colour differ in their settings, precision aside, or in their
            training tasks, or a seed is there twice in one precision.
    """
    found = {}
    groups = counted_by(runs, lambda run: (run.config.method, run.config.colors))
    for (method, colors), group in groups.items():
        if any((run.is_test != group[0].is_test).any() for run in group):
            raise ValueError(f"runs of {method} have several sets of training tasks; they must have the same")
        for index, color in enumerate(colors or (GREY,)):
            own = slice(index * NUM_TASKS, (index + 1) * NUM_TASKS)
            found[method, color] = ColorRuns(
                method=method,
                color=color,
                update=group[0].update,
                solved_at=np.stack([run.solved_at[:, own] for run in group]),
                jump_step=np.stack([run.jump_step[own] for run in group]),
                is_test=group[0].is_test[own],
            )
    return found


def obstacle_values(rand_conv: RandConv, task: Task, *, num_views: int, seed: int) -> dict[str, np.ndarray]:
    """What random convolutions make of the inside of an obstacle, red and green.

    Both colours meet the same kernels.

    Args:
        rand_conv: The augmentation.
        task: Says where the obstacle stands.
        num_views: Number of convolutions, at least 1.
        seed: Non-negative integer.

    Returns:
        For each of `pisces.task.COLORS`, float32 `[num_views, 2]`: the mean of the red and of the green
        channel, over the pixels that lie so deep in the obstacle that a kernel meets nothing else.
    """
    values = {}
    for index, color in enumerate(COLORS):
        observation = demonstration(dataclasses.replace(task, color=color)).observation[1]
        views, _ = augmented_views(rand_conv, observation, num_views=num_views, seed=seed)
        frame = observation[..., 3:]
        is_inside = _inside((frame[..., index] > 0) & (frame[..., 2] == 0), rand_conv.kernel_size)
        values[color] = views[..., 3:5][:, is_inside].mean(axis=1)
    return values


def rule_accuracy(values: Mapping[str, np.ndarray]) -> dict[str, float]:
    """How well two rules tell red from green by the values of two channels.

    Args:
        values: For each of `pisces.task.COLORS`, float `[num_views, 2]`.

    Returns:
        "line": share of views on the right side of the best straight line, of all angles and offsets;
        "size": share of views in which the channel of the obstacle's colour has the larger absolute value.
    """
    points = np.concatenate([values[color] for color in COLORS])
    is_red = np.repeat([True, False], [len(values[color]) for color in COLORS])
    angle = np.linspace(0, 2 * np.pi, _NUM_ANGLES, endpoint=False)
    height = points @ np.stack([np.cos(angle), np.sin(angle)])
    order = np.argsort(height, axis=0)
    ordered_height, ordered_red = np.take_along_axis(height, order, axis=0), is_red[order]
    # Everything up to a place is called green, everything after it red.
    correct = np.cumsum(~ordered_red, axis=0) + ordered_red.sum(axis=0) - np.cumsum(ordered_red, axis=0)
    is_cut = np.append(np.diff(ordered_height, axis=0) > 0, np.ones((1, _NUM_ANGLES), bool), axis=0)
    size = np.abs(points)
    return {
        "line": float(correct[is_cut].max() / len(points)),
        "size": float(np.mean((size[:, 0] > size[:, 1]) == is_red)),
    }


def _inside(mask: np.ndarray, margin: int) -> np.ndarray:
    """The pixels of a mask that have `margin` others of it on each side in both directions."""
    shifts = [(row, column) for row in (-margin, 0, margin) for column in (-margin, 0, margin)]
    return np.logical_and.reduce([np.roll(mask, shift, axis=(0, 1)) for shift in shifts])
