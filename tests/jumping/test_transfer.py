from collections import Counter
from functools import partial

import numpy as np
import pytest

from pisces.jumping.transfer import (
    bisimulation_transfer,
    floor_invariance,
    merge_bisimilar,
    nearest_along_expert,
    paper_random_share,
    unseen_shares,
)
from pisces.metric import bisimulation
from pisces.task import (
    JUMP,
    JUMP_DISTANCE,
    RIGHT,
    TASK_OBSTACLE_POSITIONS,
    Task,
    TaskBatch,
    all_tasks,
    demonstration,
    expert_action,
    initial_state,
    task_index,
    training_tasks,
    transition,
)
from pisces.task.tabular import tabulate

# Far below the least difference between two distances that differ.
TOLERANCE = 1e-9


def distance_between(table_x, table_y, *, discount):
    return bisimulation(
        table_x.next_state, table_x.reward, table_y.next_state, table_y.reward, discount=discount
    )


def expert_in_every_state(task, table):
    return expert_action(TaskBatch.of([task] * len(table.state)), table.state)


def states_that_the_expert_enters(task, table):
    return table.path(demonstration(task).action)


def slow_transfer(training, task, *, discount, advisers=None):
    """Every table as it is, one metric for each training task, and the game played a step at a time."""
    table = tabulate(task)
    position = {key: i for i, key in enumerate(zip(*map(list, vars(table.state).values()), strict=True))}
    advice = []
    for other in training:
        other_table = tabulate(other)
        distance = distance_between(table, other_table, discount=discount)
        action = expert_in_every_state(other, other_table)
        states = range(len(action)) if advisers is None else advisers(other, other_table)
        advice += [(distance[:, state], action[state]) for state in states]

    batch = TaskBatch.of([task])
    state = initial_state(batch)
    while not state.is_over[0]:
        here = position[tuple(column[0] for column in vars(state).values())]
        least = min(distance[here] for distance, _ in advice)
        actions = {action for distance, action in advice if distance[here] < least + TOLERANCE}
        action = RIGHT if RIGHT in actions else JUMP
        state, outcome = transition(batch, state, np.array([action]))
    return outcome.is_success[0]


@pytest.mark.parametrize(
    ("position", "discount", "expected"),
    [(27, 0.9, True), (28, 0.9, False), (30, 0.9, True), (27, 0.99, False), (30, 0.99, True)],
)
def test_a_slow_oracle_on_unmerged_tables_solves_the_same_tasks(position, discount, expected):
    training, task = [Task(30, 10), Task(40, 15)], Task(position, 20)
    assert slow_transfer(training, task, discount=discount) == expected
    assert bisimulation_transfer(training, discount=discount)[task_index(task)] == expected


@pytest.mark.parametrize("position", [27, 35])
def test_states_that_the_expert_never_enters_are_not_what_misleads(position):
    training = [Task(30, 10), Task(40, 15)]
    assert not slow_transfer(
        training, Task(position, 20), discount=0.99, advisers=states_that_the_expert_enters
    )


def test_merged_states_are_as_far_apart_as_the_states_that_they_stand_for():
    tables = [tabulate(Task(20, 10)), tabulate(Task(24, 12))]
    merged = merge_bisimilar(tables)
    process = merged.next_state, merged.reward
    distance = bisimulation(*process, *process, discount=0.99)
    for x, member_x in zip(tables, merged.member, strict=True):
        for y, member_y in zip(tables, merged.member, strict=True):
            expected = distance_between(x, y, discount=0.99)
            assert distance[np.ix_(member_x, member_y)] == pytest.approx(expected, abs=1e-9)


def test_no_two_merged_states_are_bisimilar():
    merged = merge_bisimilar([tabulate(Task(20, 10)), tabulate(Task(24, 12))])
    process = merged.next_state, merged.reward
    distance = bisimulation(*process, *process, discount=0.99)
    assert distance[~np.eye(len(distance), dtype=bool)].min() > 0.01


def test_merging_keeps_what_every_action_pays_and_where_it_leads():
    table = tabulate(Task(25, 10))
    merged = merge_bisimilar([table])
    [member] = merged.member
    assert np.array_equal(merged.reward[member], table.reward)
    assert np.array_equal(merged.next_state[member], member[table.next_state])
    assert (merged.next_state[1:] < np.arange(1, len(merged.reward))[:, np.newaxis]).all()


def test_tasks_with_the_same_obstacle_are_one_task_at_every_floor_height():
    tables = {task: tabulate(task) for task in all_tasks()}
    for task, table in tables.items():
        lowest = tables[Task(task.obstacle_position, 10)]
        assert np.array_equal(table.next_state, lowest.next_state)
        assert np.array_equal(table.reward, lowest.reward)
        assert np.array_equal(table.state.bottom - task.floor_height, lowest.state.bottom - 10)
        assert np.array_equal(table.state.left, lowest.state.left)


def test_the_expert_is_optimal_in_every_state_and_bisimilar_states_ask_for_the_same():
    tasks = [Task(position, 10) for position in (20, 31, 45)]
    tables = [tabulate(task) for task in tasks]
    merged = merge_bisimilar(tables)
    value, best = np.zeros(len(merged.reward)), np.zeros(merged.reward.shape, bool)
    for state in range(1, len(value)):
        returns = merged.reward[state] + 0.99 * value[merged.next_state[state]]
        value[state], best[state] = returns.max(), returns == returns.max()
    asked = {}
    for task, table, member in zip(tasks, tables, merged.member, strict=True):
        action = expert_in_every_state(task, table)
        assert best[member[:-1], action].all()
        for state, chosen in zip(member[:-1].tolist(), action.tolist(), strict=True):
            assert asked.setdefault(state, chosen) == chosen
    # One state of each task asks for the jump, and nothing else will do there.
    assert Counter(asked.values())[JUMP] == len(tasks)
    assert not any(best[state, RIGHT] for state, action in asked.items() if action == JUMP)


@pytest.mark.parametrize("discount", [0.99, 0.999])
@pytest.mark.parametrize("grid", ["wide", "narrow", "random"])
def test_the_exact_metric_transfers_to_other_floors_and_to_nothing_else(grid, discount):
    for seed in range(20 if grid == "random" else 1):
        training = training_tasks(grid, seed=seed)
        solved = bisimulation_transfer(training, discount=discount)
        assert np.array_equal(solved, floor_invariance(training))


@pytest.mark.parametrize("grid", ["wide", "narrow"])
def test_no_tie_decides_that(grid):
    # An agent that walks on until it jumps is in states of the expert for as long as it may still get across.
    for position in TASK_OBSTACLE_POSITIONS:
        steps = nearest_along_expert(Task(position, 10), training_tasks(grid), discount=0.99)
        assert not steps.is_tied.any()


def test_without_a_look_ahead_all_states_are_alike_and_nothing_is_solved():
    training = [Task(30, 10), Task(40, 15)]
    steps = nearest_along_expert(Task(30, 10), training, discount=0.0)
    assert (steps.distance == 0).all()
    assert steps.is_tied[:-1].all()
    assert not bisimulation_transfer(training, discount=0.0).any()


@pytest.mark.parametrize("grid", ["wide", "narrow"])
def test_a_fixed_grid_leaves_48_of_268_tasks_to_floor_invariance(grid):
    # 6 obstacle positions with 11 floor heights each, less the 18 training tasks.
    transfer = partial(bisimulation_transfer, discount=0.99)
    for solves in (floor_invariance, transfer):
        assert unseen_shares(solves, grid, seeds=[0, 1]).tolist() == [48 / 268] * 2


def test_on_a_random_grid_the_share_counts_distinct_positions_and_tasks():
    shares = unseen_shares(floor_invariance, "random", seeds=range(30))
    for seed, share in enumerate(shares):
        training = set(training_tasks("random", seed=seed))
        positions = {task.obstacle_position for task in training}
        assert share == pytest.approx((11 * len(positions) - len(training)) / (286 - len(training)))


def test_counting_floor_heights_for_positions_gives_the_numbers_of_the_paper():
    # Agarwal et al. (2021), Table 1: 30.9 (4.2) on random grids, 100 runs.
    grids = [training_tasks("random", seed=seed) for seed in range(100)]
    percent = 100 * np.array([paper_random_share(training) for training in grids])
    assert (f"{percent.mean():.1f}", f"{percent.std():.1f}") == ("30.9", "4.2")
    ours = 100 * unseen_shares(floor_invariance, "random", seeds=range(100))
    assert ours.mean() > percent.mean() + 10


def test_a_metric_that_hardly_sees_the_end_transfers_to_more():
    training = training_tasks("wide")
    solved = bisimulation_transfer(training, discount=0.9)
    invariant = floor_invariance(training)
    assert solved[invariant].all()
    assert solved[~invariant].sum() > 100


def test_with_another_floor_the_expert_stays_at_distance_0():
    steps = nearest_along_expert(Task(30, 13), training_tasks("wide"), discount=0.99)
    assert len(steps) == 56
    assert (steps.distance == 0).all()
    assert (steps.nearest_action == steps.expert_action).all()
    on_floor = steps.height[: 30 - JUMP_DISTANCE + 1] == 0
    assert on_floor.all()
    assert (steps.nearest_obstacle[on_floor.index] == 30).all()
    assert (steps.equally_far[on_floor.index] == 0).all()


def test_before_another_obstacle_the_nearest_agent_is_doomed_and_walks_into_it():
    steps = nearest_along_expert(Task(33, 13), training_tasks("wide"), discount=0.99)
    jump = 33 - JUMP_DISTANCE
    before = steps[: jump + 1]
    assert before.nearest_is_doomed.all()
    assert not before.is_tied.any()
    assert before.expert_action.tolist() == [RIGHT] * jump + [JUMP]
    assert (before.nearest_action == RIGHT).all()
    assert (before.equally_far > before.distance + 30).all()
    assert (steps.distance[jump + 1 :] == 0).all()
    assert not steps.nearest_is_doomed[jump + 1 :].any()
    assert np.isinf(steps.equally_far[steps.height > 0]).all()


def test_the_first_of_these_distances_by_hand():
    # The expert of obstacle 33 gets across in step 55 and is paid 101. Nearest is an agent that jumped at
    # once before obstacle 45: it lands at 32, too late for the next jump, and is at 41 after 40 steps.
    first = nearest_along_expert(Task(33, 13), training_tasks("wide"), discount=0.99).iloc[0]
    assert (first.nearest_obstacle, first.nearest_left, first.nearest_height) == (45, 1, 1)
    collision, rest, success = 2 * 0.99**39, sum(0.99**step for step in range(40, 55)), 101 * 0.99**55
    assert first.distance == pytest.approx(collision + rest + success)


def test_red_training_tasks_play_like_grey_ones():
    training = training_tasks("narrow", color="red")
    solved = bisimulation_transfer(training, discount=0.99)
    assert np.array_equal(solved, floor_invariance(training))


def test_a_green_training_task_teaches_nobody_to_jump():
    assert not bisimulation_transfer([Task(20, 10, "green")], discount=0.99).any()


def test_wrong_arguments_are_named():
    with pytest.raises(ValueError, match="training has no task"):
        bisimulation_transfer([], discount=0.99)
    with pytest.raises(ValueError, match="discount"):
        bisimulation_transfer([Task(30, 10)], discount=1.0)
