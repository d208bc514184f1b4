import numpy as np
import pytest

from pisces.task import COLORS, GRIDS, Task, splits


def places(tasks):
    return [(task.obstacle_position, task.floor_height) for task in tasks]


def test_there_are_286_tasks_in_the_order_of_their_index():
    tasks = splits.all_tasks()
    assert len(tasks) == len(set(tasks)) == splits.NUM_TASKS == 286
    assert places(tasks)[:12] == [(20, h) for h in range(10, 21)] + [(21, 10)]
    assert [splits.task_index(task) for task in tasks] == [*range(286)]


def test_the_wide_grid_spans_the_board_and_the_narrow_one_its_middle():
    wide, narrow = (places(splits.training_tasks(grid)) for grid in ("wide", "narrow"))
    assert wide == [(x, h) for x in (20, 25, 30, 35, 40, 45) for h in (10, 15, 20)]
    assert narrow == [(x, h) for x in (28, 30, 32, 34, 36, 38) for h in (13, 15, 17)]


def test_the_random_grid_draws_what_the_reference_draws():
    # np.random.seed(0), then choice of 18 positions, then choice of 18 heights; (32, 16) comes first.
    drawn = places(splits.training_tasks("random", seed=0))
    assert [x for x, _ in drawn] == [32, 35, 41, 20, 23, 23, 27, 29, 39, 41, 38, 24, 43, 26, 44, 44, 32, 21]
    assert [h for _, h in drawn] == [16, 17, 17, 18, 11, 15, 19, 18, 19, 14, 13, 10, 13, 15, 10, 12, 13, 18]


def test_the_random_grid_is_the_same_for_a_seed_and_another_for_another():
    assert splits.training_tasks("random", seed=3) == splits.training_tasks("random", seed=3)
    assert splits.training_tasks("random", seed=3) != splits.training_tasks("random", seed=4)


def test_the_random_grids_of_a_hundred_runs_have_16_to_18_distinct_tasks_and_keep_repeated_ones():
    drawn = [splits.training_tasks("random", seed=seed) for seed in range(100)]
    assert {len(tasks) for tasks in drawn} == {18}
    assert {len(set(tasks)) for tasks in drawn} == {16, 17, 18}


def test_drawing_leaves_the_global_random_stream_alone():
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    splits.training_tasks("random", seed=3)
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002


def test_the_fixed_grids_are_the_same_for_every_seed():
    assert splits.training_tasks("wide", seed=3) == splits.training_tasks("wide")


@pytest.mark.parametrize("grid", GRIDS)
def test_training_and_test_tasks_part_the_board(grid):
    training, test = splits.training_tasks(grid, seed=7), splits.test_tasks(grid, seed=7)
    assert not set(training) & set(test)
    assert set(training) | set(test) == set(splits.all_tasks())
    assert len(test) == 286 - len(set(training)) and list(test) == sorted(test)


def test_the_fixed_grids_leave_268_tasks_to_test_on():
    assert [len(splits.test_tasks(grid)) for grid in ("wide", "narrow")] == [268, 268]


def test_validation_tasks_are_the_54_neighbours_of_the_wide_grid():
    validation = places(splits.validation_tasks("wide"))
    expected = set()
    for x in (20, 25, 30, 35, 40, 45):
        for h in (10, 15, 20):
            expected |= {(x - 1, h), (x + 1, h), (x, h - 1), (x, h + 1)}
    expected = {(x, h) for x, h in expected if 20 <= x <= 45 and 10 <= h <= 20}
    assert len(validation) == 54 and set(validation) == expected


def test_the_other_grids_have_validation_tasks_likewise():
    assert len(splits.validation_tasks("narrow")) == 45
    counts = [len(splits.validation_tasks("random", seed=seed)) for seed in range(20)]
    assert 50 <= min(counts) and max(counts) < 65


@pytest.mark.parametrize("grid", GRIDS)
def test_validation_tasks_are_test_tasks(grid):
    assert set(splits.validation_tasks(grid, seed=7)) < set(splits.test_tasks(grid, seed=7))


@pytest.mark.parametrize("color", COLORS)
def test_sets_come_in_colour(color):
    for tasks in (splits.all_tasks, splits.training_tasks, splits.validation_tasks, splits.test_tasks):
        arguments = () if tasks is splits.all_tasks else ("narrow",)
        colored, grey = tasks(*arguments, color=color), tasks(*arguments)
        assert places(colored) == places(grey) and {task.color for task in colored} == {color}


def test_the_board_has_a_row_for_each_obstacle_position_and_a_column_for_each_floor_height():
    board = splits.solved_board(np.arange(2 * 286).reshape(2, 286))
    assert board.shape == (2, 26, 11)
    assert board[0, 45 - 20, 12 - 10] == splits.task_index(Task(45, 12))


@pytest.mark.parametrize("shape", [(285,), (286, 1), ()])
def test_a_board_of_another_size_is_an_error(shape):
    with pytest.raises(ValueError, match="solved has shape .*; its last axis must have length 286"):
        splits.solved_board(np.zeros(shape))


def test_unknown_grids_missing_seeds_and_tasks_off_the_board_are_errors():
    with pytest.raises(ValueError, match="grid is 'tight'; it must be one of"):
        splits.training_tasks("tight")
    with pytest.raises(ValueError, match="seed is None"):
        splits.test_tasks("random")
    with pytest.raises(ValueError, match="obstacle_position must be 20 to 45 and floor_height 10 to 20"):
        splits.task_index(Task(46, 10))
