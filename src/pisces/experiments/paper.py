"""What are the paper's numbers? Every one that ours are laid beside, once; percent, as they are printed.

Means and standard deviations are over `NUM_RUNS` runs, where nothing else is said.

Source: Agarwal et al. (2021).
"""

import dataclasses

NUM_RUNS = 100
"""Behind each cell of tables 1, 2 and H.1; of bisimulation transfer on the random grid, splits."""


def _by_grid(*numbers: tuple[float, float]) -> dict[str, tuple[float, float]]:
    return dict(zip(("wide", "narrow", "random"), numbers, strict=True))


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


@dataclasses.dataclass(frozen=True)
class Item:
    """A figure, table or statement of the paper.

    Attributes:
        name: What the paper calls it.
        subject: What it shows or says.
        chapters: Files of this book that have it, without their ending.
        experiment: The one with its numbers, of `pisces.experiments.catalogue`; "" if it has none.
        absent: Why no chapter has it; "" if one does.
    """

    name: str
    subject: str
    chapters: tuple[str, ...] = ()
    experiment: str = ""
    absent: str = ""


_METRIC, _EMBEDDING, _TRAINING = "02_policy_similarity", "03_contrastive_embeddings", "04_training"
_TABLES, _ABLATION, _LINEAR = "05_generalization", "06_what_makes_it_work", "10_spurious_features"
_CONTROL = "11_distracting_control"

CONTENTS = (
    Item("Fig. 1", "the jumping task", ("01_jumping_task",)),
    Item("Eq. 1 to 3, C.1, D.2", "bisimulation, $\\pi^*$-bisimulation and PSM", (_METRIC,)),
    Item("Fig. 2", "two tasks in which bisimulation misleads", (_METRIC,)),
    Item("Theorem 1", "what acting as in the nearest known state costs at most", (_METRIC,)),
    Item("Prop. A.1", "there is one PSM", (_METRIC,)),
    Item("Prop. B.1", "what an approximate policy does to PSM", (_METRIC, "07_suboptimal_policies")),
    Item("Eq. 4, Fig. 3", "the contrastive loss and the network", (_EMBEDDING, _TRAINING)),
    Item("Table 1", "six methods on three grids", (_TABLES,), "table1"),
    Item("Fig. 4", "the tasks that are solved", (_TABLES,)),
    Item("Table 2", "two metrics and two losses", (_ABLATION,), "table2"),
    Item("Fig. 5", "maps of what networks see", (_TRAINING, _ABLATION)),
    Item("Fig. 6", "a metric from a policy that errs", ("07_suboptimal_policies",), "suboptimality"),
    Item("Fig. 7, Table G.1", "red and green obstacles", ("08_when_augmentation_hurts",), "colors"),
    Item("Fig. 8, Table H.1", "a linear system with distractors", (_LINEAR,), "lqr"),
    Item("Fig. 9, Table 3", "the Distracting DM Control Suite; here one task, in miniature", (_CONTROL,)),
    Item("App. E", "embedding a metric by an l2 loss", (_EMBEDDING, _ABLATION)),
    Item("Tables G.2 to G.5", "hyperparameters", (_TRAINING, _ABLATION)),
    Item("Fig. G.2", "PSM between two demonstrations", (_METRIC,)),
    Item("Figs G.3, G.4", "learning curves", (_TABLES,)),
    Item(
        "App. G, tuning",
        "128 trials of a black-box search for each method, by validation tasks of the wide grid",
        absent="its values are taken over as they are, for all grids",
    ),
    Item("App. I", "details of the control suite", (_CONTROL,)),
    Item("App. J", "bisimulation transfer", (_TABLES,)),
)
"""What is in the paper, in its order, but for figures of App. G of which only the number is known.

:meta hide-value:
"""
