"""What does the Explore page of the book show? The stored runs, small enough for a browser.

An agent goes right until it jumps, so one number tells what a run did in a task, and one character keeps it.
The page computes the games and the metric itself; what it knows of the game comes from `game.py`, colours and
labels are those of `pisces.drawing.style`.
"""

from collections.abc import Mapping
from typing import Any

import game
import matplotlib as mpl
import numpy as np
from matplotlib.colors import to_hex

from pisces.drawing.style import METHODS, ORDERED
from pisces.experiments.catalogue import cells
from pisces.jumping.presets import preset
from pisces.jumping.result import RunResult

_NUM_COLORS = 33


def data(runs: Mapping[str, RunResult]) -> dict[str, Any]:
    """Everything that the page needs to know, ready for JSON.

    Args:
        runs: Results by their keys, as `pisces.runs.archive.read` gives them; those that are no runs of
            Table 1 or of the recipe are left out.

    Returns:
        A dictionary.

        - world, board: As of `game.rules`.
        - discount, affinity_scale: The paper's, to begin with.
        - colors: The colour map of ordered quantities, from least to most.
        - methods: Labels by name.
        - cells: Of each grid and method that has runs, in the order of their tables: how many of them
          solved a task (`solved`), and the runs: key, seed, numbers of the tasks trained on, and `jump_step`,
          a character for each task (`jump_text`).

    Raises:
        ValueError: If there is no run of either.
    """
    key_of = {id(run): key for key, run in runs.items()}
    shown = [*cells("table1"), *(cell for cell in cells("recipe") if cell.part is None)]
    chosen = [
        {"grid": cell.config.grid, "method": cell.row} | _cell({key_of[id(run)]: run for run in found})
        for cell in shown
        if (found := cell.counted(runs.values()))
    ]
    if not chosen:
        raise ValueError(f"runs has {len(runs)} results; it must have one of Table 1 or of the recipe")
    embedding = preset("pse", grid="wide", reading="paper").embedding
    assert embedding is not None
    colormap = mpl.colormaps[ORDERED].resampled(_NUM_COLORS)
    return game.rules() | {
        "discount": embedding.discount,
        "affinity_scale": embedding.affinity_scale,
        "colors": [to_hex(color) for color in colormap(range(_NUM_COLORS))],
        "methods": {cell["method"]: METHODS[cell["method"]].label for cell in chosen},
        "cells": chosen,
    }


def script(runs: Mapping[str, RunResult]) -> str:
    """The data as a script, which a page can load from a disk too; arguments and errors as of `data`."""
    return game.script(data(runs))


def _cell(runs: Mapping[str, RunResult]) -> dict[str, Any]:
    ordered = sorted(runs.items(), key=lambda item: item[1].seed)
    return {
        "solved": np.sum([run.solved for _, run in ordered], axis=0).tolist(),
        "runs": [
            {
                "key": key,
                "seed": run.seed,
                "training": np.flatnonzero(~run.is_test).tolist(),
                "jump_step": game.jump_text(run.jump_step),
            }
            for key, run in ordered
        ],
    }
