"""What runs say about unseen tasks, with numbers worked out by hand."""

import dataclasses

import numpy as np
import pytest

from pisces.chapters.generalization import unseen_tasks
from pisces.jumping.presets import preset
from pisces.jumping.result import RunResult
from pisces.task import Task, task_index

PSE, ALONE = (
    {grid: preset(method, grid=grid, reading="reference") for grid in ("wide", "random")}
    for method in ("randconv-pse", "randconv")
)


def run(config, seed, *, error=None, shares=(0.0, 1.0)):
    """A run that solves a share of its tasks at each report, the first ones.

    Where an error is given for a task, the agent jumps that far after the right place, or never if None.
    """
    tasks, training = config.tasks, config.training_tasks(seed)
    jump_step = np.array([task.obstacle_position - 14 for task in tasks])
    for task, pixels in (error or {}).items():
        jump_step[task_index(task)] = -1 if pixels is None else jump_step[task_index(task)] + pixels
    is_test = np.array([task not in training for task in tasks])
    solved_at = np.stack([np.arange(len(tasks)) < share * len(tasks) for share in shares])
    solved_at[-1] &= jump_step == np.array([task.obstacle_position - 14 for task in tasks])
    zeros = np.zeros(len(shares))
    return RunResult(
        config=config,
        seed=seed,
        solved_at=solved_at,
        jump_step=jump_step,
        is_test=is_test,
        update=np.arange(len(shares)) * 500 + 500,
        imitation_loss=zeros,
        embedding_loss=zeros,
        seconds=60.0,
        provenance={},
    )


def unseen_share(config, seed, share):
    return run(config, seed, shares=(share,)).test_share


def test_a_learning_curve_is_the_mean_over_runs_at_each_report():
    curve = unseen_tasks.learning_curves(
        [run(PSE["wide"], 1, shares=(0.0, 0.5)), run(PSE["wide"], 0, shares=(0.0, 1.0))]
    )
    half = unseen_share(PSE["wide"], 0, 0.5)
    assert curve["update"].tolist() == [500, 1000] and curve.n.tolist() == [2, 2]
    np.testing.assert_allclose(curve["mean"], [0, (1 + half) / 2])
    # Two runs leave everything open: the interval is the whole range of a share.
    assert curve.loc[1, ["low", "high"]].tolist() == [0, 1]
    assert (curve.method == "randconv-pse").all() and (curve.grid == "wide").all()


def test_a_single_run_has_a_curve_without_a_band():
    curve = unseen_tasks.learning_curves([run(PSE["wide"], 0)])
    assert curve[["low", "high"]].isna().all(axis=None)


def test_a_task_counts_the_runs_that_solve_it():
    missed, training = Task(33, 13), Task(20, 10)
    table = unseen_tasks.solved_fractions(
        [run(PSE["wide"], 0, error={missed: 1, training: None}), run(PSE["wide"], 1)]
    )
    by_task = table.set_index(["obstacle_position", "floor_height"])
    assert len(table) == 286 and table.is_training.sum() == 18 and (table.n == 2).all()
    assert by_task.fraction[33, 13] == 0.5 and not by_task.is_training[33, 13]
    assert by_task.fraction[20, 10] == 0.5 and by_task.is_training[20, 10]
    assert (table.fraction == 1).sum() == 284


def test_on_random_splits_a_task_counts_only_the_runs_to_which_it_is_new():
    config = PSE["random"]
    shown = next(task for task in config.training_tasks(0) if task not in config.training_tasks(1))
    table = unseen_tasks.solved_fractions([run(config, 0), run(config, 1, error={shown: -3})])
    by_task = table.set_index(["obstacle_position", "floor_height"])
    assert by_task.fraction[shown.obstacle_position, shown.floor_height] == 0


def test_jumps_at_the_wrong_place_are_early_or_late_near_or_far_and_some_are_never_made():
    error = {
        Task(30, 11): -3,
        Task(30, 12): -2,
        Task(31, 11): -1,
        Task(31, 12): 1,
        Task(32, 11): 2,
        Task(32, 12): 3,
        Task(33, 11): 9,
        Task(33, 12): None,
        Task(20, 10): None,  # trained on: does not count
    }
    table = unseen_tasks.outcomes([run(PSE["wide"], 0, error=error), run(PSE["wide"], 1)])
    assert tuple(table.outcome) == unseen_tasks.OUTCOMES and (table.n == 2).all()
    np.testing.assert_allclose(table.share * 2 * 268, [1, 2, 2 * 268 - 8, 2, 2, 1])


def test_the_error_of_a_jump_is_counted_from_the_experts_place():
    error = unseen_tasks.jump_error(run(PSE["wide"], 0, error={Task(45, 10): -4, Task(44, 10): None}))
    assert error[task_index(Task(45, 10))] == -4 and np.isnan(error[task_index(Task(44, 10))])
    assert error[task_index(Task(20, 20))] == 0


def test_methods_are_paired_by_seed_on_random_splits():
    shares = {0: (0.6, 0.5), 1: (0.9, 0.8), 2: (0.3, 0.2), 3: (0.7, 0.5), 4: (0.4, 0.2)}
    runs = [run(PSE["random"], seed, shares=(share,)) for seed, (share, _) in shares.items()]
    runs += [run(ALONE["random"], seed, shares=(share,)) for seed, (_, share) in reversed(shares.items())]
    runs += [run(PSE["random"], 5, shares=(0.1,)), run(ALONE["random"], 7, shares=(1.0,))]
    (row,) = unseen_tasks.differences(runs, [("randconv-pse", "randconv")]).to_dict("records")
    expected = [
        unseen_share(PSE["random"], seed, one) - unseen_share(ALONE["random"], seed, other)
        for seed, (one, other) in shares.items()
    ]
    assert (row["n"], row["other_n"], row["is_paired"], row["is_clear"]) == (5, 5, True, True)
    assert row["mean"] == pytest.approx(np.mean(expected))
    reach = 2.776 * np.std(expected, ddof=1) / np.sqrt(5)  # t of 4 degrees of freedom
    assert [row["low"], row["high"]] == pytest.approx([row["mean"] - reach, row["mean"] + reach], rel=1e-3)


def test_methods_are_not_paired_on_a_grid_that_all_seeds_share():
    runs = [run(PSE["wide"], seed, shares=(share,)) for seed, share in ((0, 0.6), (1, 0.9))]
    runs += [run(ALONE["wide"], seed, shares=(share,)) for seed, share in ((0, 0.5), (1, 0.8), (2, 0.8))]
    table = unseen_tasks.differences(runs, [("randconv-pse", "randconv"), ("randconv-pse", "pse")])
    row, without_runs = table.to_dict("records")
    assert (row["n"], row["other_n"], row["is_paired"], row["is_clear"]) == (2, 3, False, False)
    assert row["low"] < 0 < row["mean"] < row["high"]
    assert (without_runs["n"], without_runs["other_n"], without_runs["is_clear"]) == (2, 0, False)
    assert np.isnan(without_runs["mean"])


def test_runs_that_do_not_belong_together_are_refused():
    other = dataclasses.replace(PSE["wide"], num_updates=4)
    with pytest.raises(ValueError, match="^runs of randconv-pse-wide have several settings"):
        unseen_tasks.outcomes([run(PSE["wide"], 0), run(other, 1)])
    with pytest.raises(ValueError, match="^runs have seed 0 of randconv-pse twice; each must be there once$"):
        unseen_tasks.learning_curves([run(PSE["wide"], 0), run(PSE["wide"], 0)])


def test_runs_of_either_precision_are_of_one_setting():
    mixed = dataclasses.replace(PSE["wide"], precision="mixed_bfloat16")
    runs = [run(PSE["wide"], 0), run(mixed, 1), run(PSE["wide"], 1, shares=(0.0, 0.0))]
    curve = unseen_tasks.learning_curves(runs)
    assert curve.n.tolist() == [2, 2] and curve["mean"].tolist() == [0, 0.5]
