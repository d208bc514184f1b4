"""What are the paper's numbers? Every one that ours are laid beside, once; percent, as they are printed.

Means and standard deviations are over `NUM_RUNS` runs, where nothing else is said.

Source: Agarwal et al. (2021).
"""

from pisces.task import GRIDS

NUM_RUNS = 100
"""Behind each cell of tables 1, 2 and H.1; of bisimulation transfer on the random grid, splits."""


def _by_grid(*numbers: tuple[float, float]) -> dict[str, tuple[float, float]]:
    return dict(zip(GRIDS, numbers, strict=True))


TABLE_1 = {
    "dropout-l2": _by_grid((17.8, 2.2), (10.2, 4.6), (9.3, 5.4)),
    "pse": _by_grid((33.6, 10.0), (9.3, 5.3), (37.7, 10.4)),
    "randconv": _by_grid((50.7, 24.2), (33.7, 11.8), (71.3, 15.6)),
    "randconv-pi-bisimulation-l2": _by_grid((41.4, 17.6), (17.4, 6.7), (33.4, 15.6)),
    "randconv-pse": _by_grid((87.0, 10.1), (52.4, 5.8), (83.4, 10.1)),
}
"""Table 1, unseen tasks solved: by method and grid, mean and standard deviation."""

TABLE_2 = {
    "randconv-pi-bisimulation-l2": ("pi-bisimulation, l2", TABLE_1["randconv-pi-bisimulation-l2"]["wide"]),
    "randconv-pi-bisimulation-cme": ("pi-bisimulation, CME", (23.1, 7.6)),
    "randconv-psm-l2": ("PSM, l2", (17.5, 8.4)),
    "randconv-pse": ("PSM, CME", TABLE_1["randconv-pse"]["wide"]),
}
"""Table 2, on the wide grid: by method, the column, mean and standard deviation."""

FIGURE_6 = {0.0: TABLE_1["randconv-pse"]["wide"][0], 0.1: None, 0.2: None, 0.3: None, 0.4: None, 0.5: 24.0}
"""Fig. 6, on the wide grid: mean by the probability that the policy behind the metric errs.

None where the plot gives no more than a range, of 85 to 90.
"""

TABLE_G_1 = {
    "dropout-l2": {"red": (19.5, 0.2), "green": (100.0, None)},
    "pse": {"red": (37.9, 1.9), "green": (100.0, None)},
    "randconv": {"red": (6.2, 0.4), "green": (99.6, None)},
    "randconv-pse": {"red": (29.8, 1.3), "green": (99.6, None)},
}
"""Table G.1, on the wide grid: by method and colour, mean and spread; that on red is a standard error."""

TABLE_H_1 = {
    "linear": dict.fromkeys((500, 1000, 10000), (None, None)),
    "overparametrised": {500: (25.8, 1.5), 1000: (24.9, 1.1), 10000: (24.9, 0.4)},
    "ipo": {500: (32.6, 5.0), 1000: (27.3, 2.8), 10000: (24.8, 0.4)},
    "l1": dict.fromkeys((500, 1000, 10000), (28.2, 0.0)),
    "aggregation": {500: (0.03, None), 1000: (0.03, None), 10000: (0.02, None)},
    "cme": dict.fromkeys((500, 1000, 10000), (None, None)),
}
"""Table H.1, cost above the best policy's: by method and distractors, mean and standard deviation."""

TRANSFER = _by_grid((17.9, 0.0), (17.9, 0.0), (30.9, 4.2))
"""Table 1, bisimulation transfer: by grid, mean and standard deviation over random splits."""
