"""What has the paper run? Its tables and Fig. 6, cell by cell, and the first of them by its released code.

Rows and columns are those of the paper's tables, and each cell has the paper's number beside it.
"""

import dataclasses
import math

from pisces.experiments import paper
from pisces.experiments.cell import Cell
from pisces.experiments.control_cells import carried_over, control_cell
from pisces.experiments.jumping_cells import (
    TABLE_READING,
    by_grid,
    by_preset,
    by_reading,
    jumping_cell,
    with_embedding,
    with_endless_rewards,
)
from pisces.lqr import config as lqr_config


def table1() -> list[Cell]:
    """Table 1 without bisimulation transfer, which trains nothing: five methods on three grids."""
    return by_grid(paper.TABLE_1, reading=TABLE_READING)


def released() -> list[Cell]:
    """Table 1 by the loss and the discount of the released code, for the methods that embed a metric."""
    methods = [method for method in paper.TABLE_1 if by_preset(method).embedding is not None]
    return by_grid(methods, reading="reference")


def endless() -> list[Cell]:
    """`released` for pi*-bisimulation, with that code's rewards too: the last one is paid for ever."""
    return [
        dataclasses.replace(cell, config=with_endless_rewards(cell.config))
        for cell in by_grid(["randconv-pi-bisimulation-l2"], reading="reference")
    ]


def table2() -> list[Cell]:
    """Table 2: two metrics and two ways to embed each, all with RandConv on the wide grid."""
    return [
        jumping_cell(method, column, by_preset(method, table="G.5"), *numbers)
        for method, (column, numbers) in paper.TABLE_2.items()
    ]


def colors() -> list[Cell]:
    """Table G.1: four methods that train on red and green tasks jointly."""
    return [
        jumping_cell(method, color, by_preset(method, table="G.4"), mean, error=error, part=color)
        for method, row in paper.TABLE_G_1.items()
        for color, (mean, error) in row.items()
    ]


def suboptimality() -> list[Cell]:
    """Fig. 6: RandConv + PSEs with the metric of a policy that errs.

    Without coupling weights, the reading of the released code, only the order of distances counts, and it is
    the same for every error below 0.5: one run for all of them.
    """
    return [
        jumping_cell(
            "randconv-pse", f"{reading}, error {error}", with_embedding(config, policy_error=error), mean
        )
        for reading, config in by_reading("randconv-pse").items()
        for error, mean in paper.FIGURE_6.items()
        if reading == "paper" or error in (0.0, 0.5)
    ]


def lqr() -> list[Cell]:
    """Table H.1, and two methods that it does not have: a single layer, and contrastive embeddings."""
    return [
        Cell(
            row=method,
            column=str(num_distractors),
            config=lqr_config.preset(method, num_distractors=num_distractors),
            paper_mean=mean,
            paper_std=std,
            paper_error=None if std is None else std / math.sqrt(paper.NUM_RUNS),
        )
        for method, row in paper.TABLE_H_1.items()
        for num_distractors, (mean, std) in row.items()
    ]


def control() -> list[Cell]:
    """Table 3 in miniature: DrQ with and without PSEs, and with a remedy that needs no metric.

    DrQ alone, before a still background, shows what there is to lose; before moving ones, how much of the
    task is learned there in a run of this length. So methods are compared by agents that are trained before
    the still one and judged before others. The paper's numbers are of another protocol and stand beside none.
    """
    task = "cartpole-swingup"
    return [
        control_cell("drq", task, "still", backgrounds="still"),
        control_cell("drq", task, "moving"),
        *carried_over(task, "drq", "drq-overlay", "drq-moving-overlay", "drq-pse"),
    ]


def ball_in_cup() -> list[Cell]:
    """Another task of Table 3 in miniature, with larger bodies and a reward that is seldom: see `control`.

    The overlay that lies still, which carries nothing over in `control`, is left out.
    """
    return carried_over("ball-in-cup-catch", "drq", "drq-moving-overlay", "drq-pse")
