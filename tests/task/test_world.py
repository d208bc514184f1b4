import numpy as np
import pytest
from oracles import JumpingGame

from pisces.task import (
    COLORS,
    EPISODE_LENGTH,
    JUMP,
    RIGHT,
    State,
    Task,
    TaskBatch,
    initial_state,
    render,
    transition,
    transition_or_restart,
)


def play(task, actions, **settings):
    """Plays one game with the given actions and returns the states and outcomes, one each for every step."""
    batch = TaskBatch.of([task])
    state, steps = initial_state(batch), []
    for action in actions:
        state, outcome = transition(batch, state, np.array([action]), **settings)
        steps.append((state, outcome))
    return steps


def rewards(steps):
    return [float(outcome.reward[0]) for _, outcome in steps]


def random_tasks(generator, *, color, num_tasks):
    positions, heights = generator.integers(14, 48, num_tasks), generator.integers(0, 41, num_tasks)
    return [Task(x, height, color) for x, height in zip(positions, heights, strict=True)]


def test_a_jump_rises_sixteen_pixels_one_a_step_and_lands_after_thirty_two():
    steps = play(Task(47, 3), [JUMP] + [RIGHT] * 31)
    rise = [int(state.bottom[0]) - 3 for state, _ in steps]
    assert rise == [*range(1, 17), *range(15, -1, -1)]
    assert [int(state.left[0]) for state, _ in steps] == [*range(1, 33)]
    assert [bool(state.is_grounded[0]) for state, _ in steps] == [False] * 31 + [True]


def test_actions_in_the_air_change_nothing():
    lazy, eager = (play(Task(30, 10), [RIGHT] * 16 + [JUMP] + [other] * 31) for other in (RIGHT, JUMP))
    assert [int(state.bottom[0]) for state, _ in lazy] == [int(state.bottom[0]) for state, _ in eager]


@pytest.mark.parametrize("color", [None, "red"])
def test_walking_into_the_obstacle_ends_the_game_and_pays_minus_one(color):
    # Obstacle at 20, agent 5 wide: boxes first share a pixel column (20) at x = 16, after 16 steps.
    steps = play(Task(20, 10, color), [RIGHT] * 16)
    assert rewards(steps) == [1.0] * 15 + [-1.0]
    assert [bool(outcome.is_terminal[0]) for _, outcome in steps] == [False] * 15 + [True]
    _, last = steps[-1]
    assert last.is_collision[0] and not last.is_success[0] and not last.is_truncated[0]


@pytest.mark.parametrize("color", [None, "red"])
def test_getting_across_takes_56_steps_and_returns_156(color):
    # Jump at 20 - 14 = 6; the right edge passes 60 at x = 56: 55 steps of 1, then 1 + 100.
    steps = play(Task(20, 10, color), [RIGHT] * 6 + [JUMP] + [RIGHT] * 49)
    assert rewards(steps) == [1.0] * 55 + [101.0]
    assert [bool(outcome.is_terminal[0]) for _, outcome in steps] == [False] * 55 + [True]
    assert steps[-1][1].is_success[0]


def test_walking_through_a_green_obstacle_pays_once_and_returns_254():
    # First contact at x = 16 on the floor: -1 + 100. Then 1 a step, and 1 + 100 at the end.
    steps = play(Task(20, 10, "green"), [RIGHT] * 56)
    assert rewards(steps) == [1.0] * 15 + [99.0] + [1.0] * 39 + [101.0]
    assert [i for i, (_, outcome) in enumerate(steps) if outcome.is_collision[0]] == [15]
    assert sum(rewards(steps)) == 254.0


def test_touching_a_green_obstacle_first_in_the_air_is_never_paid():
    # A jump at x = 8 is 8 pixels high at x = 16, where the boxes first meet, and 10 high from x = 18 on.
    steps = play(Task(20, 10, "green"), [RIGHT] * 8 + [JUMP] + [RIGHT] * 47)
    assert rewards(steps) == [1.0] * 15 + [-1.0] + [1.0] * 39 + [101.0]


def test_landing_on_the_step_of_first_contact_counts_as_on_the_floor():
    # A jump at x = 0 lands at x = 32, where the agent first touches an obstacle at 36.
    steps = play(Task(36, 0, "green"), [JUMP] + [RIGHT] * 31)
    assert rewards(steps) == [1.0] * 31 + [99.0]


def test_the_first_step_of_a_jump_is_in_the_air():
    # A jump at x = 15 touches the obstacle at 20 one pixel above the floor.
    steps = play(Task(20, 0, "green"), [RIGHT] * 15 + [JUMP])
    assert rewards(steps)[-1] == -1.0


def test_the_step_limit_truncates_and_does_not_terminate():
    *_, (state, outcome) = play(Task(30, 10), [RIGHT] * 4, step_limit=4)
    assert outcome.is_truncated[0] and not outcome.is_terminal[0] and state.is_over[0]
    assert outcome.reward[0] == 1.0


def test_an_episode_that_ends_at_the_step_limit_is_terminal_and_not_truncated():
    *_, (_, outcome) = play(Task(20, 10, "green"), [RIGHT] * EPISODE_LENGTH, step_limit=EPISODE_LENGTH)
    assert outcome.is_terminal[0] and not outcome.is_truncated[0]


@pytest.mark.parametrize("color", [None, *COLORS])
def test_random_play_agrees_with_the_slow_game_step_by_step_and_pixel_by_pixel(color):
    generator = np.random.default_rng(0)
    tasks = random_tasks(generator, color=color, num_tasks=25)
    games = [JumpingGame(task.obstacle_position, task.floor_height, color) for task in tasks]
    batch = TaskBatch.of(tasks)
    state = initial_state(batch)
    while len(games):
        action = (generator.random(len(games)) < 0.1).astype(int)
        expected = [game.step(a) for game, a in zip(games, action, strict=True)]
        state, outcome = transition(batch, state, action)
        np.testing.assert_array_equal(outcome.reward, [reward for reward, _, _ in expected])
        np.testing.assert_array_equal(outcome.is_success, [is_success for _, is_success, _ in expected])
        np.testing.assert_array_equal(outcome.is_collision, [is_collision for _, _, is_collision in expected])
        np.testing.assert_array_equal(outcome.is_terminal, [game.is_over for game in games])
        np.testing.assert_array_equal(render(batch, state), [game.frame() for game in games])
        games = [game for game in games if not game.is_over]
        batch, state = batch[~state.is_over], state[~state.is_over]


def test_a_game_does_not_depend_on_the_others_of_its_batch():
    generator = np.random.default_rng(1)
    tasks = random_tasks(generator, color=None, num_tasks=5)
    batch = TaskBatch.of(tasks)
    state = initial_state(batch)
    for action in generator.integers(0, 2, (8, 5)):
        alone = [transition(batch[[i]], state[[i]], action[[i]]) for i in range(5)]
        state, outcome = transition(batch, state, action)
        assert list(outcome.reward) == [float(one.reward[0]) for _, one in alone]
        assert list(state.bottom) == [int(one.bottom[0]) for one, _ in alone]


def test_steps_leave_their_inputs_alone_and_share_no_memory_with_them():
    batch = TaskBatch.of([Task(20, 10, "green"), Task(30, 5, "red")])
    state, action = initial_state(batch), np.array([RIGHT, JUMP])
    inputs = [*vars(batch).values(), *vars(state).values(), action]
    copies = [column.copy() for column in inputs]
    beginning = vars(initial_state(batch)).values()
    assert not any(np.shares_memory(one, other) for one in vars(batch).values() for other in beginning)
    for step in (transition, transition_or_restart):
        next_state, outcome = step(batch, state, action)
        outputs = [*vars(next_state).values(), *vars(outcome).values()]
        assert not any(np.shares_memory(one, other) for one in inputs for other in outputs)
    for column, copied in zip(inputs, copies, strict=True):
        np.testing.assert_array_equal(column, copied)


def test_a_game_that_is_over_restarts_while_the_others_go_on():
    batch = TaskBatch.of([Task(20, 10), Task(30, 10)])
    state = initial_state(batch)
    for _ in range(16):
        state, outcome = transition_or_restart(batch, state, np.array([RIGHT, RIGHT]))
    assert outcome.is_terminal.tolist() == [True, False]
    state, outcome = transition_or_restart(batch, state, np.array([JUMP, JUMP]))
    assert state.left.tolist() == [0, 17] and state.bottom.tolist() == [10, 11]
    assert state.num_steps.tolist() == [0, 17] and not state.is_over.any()
    assert outcome.reward.tolist() == [0.0, 1.0] and not outcome.is_terminal.any()


def test_batches_are_picked_from_by_mask_index_array_and_slice():
    batch = TaskBatch.of([Task(20, 10), Task(30, 11), Task(40, 12)])
    for index in (np.array([True, False, True]), [0, 2], slice(0, 3, 2)):
        picked = batch[index]
        assert len(picked) == 2
        assert picked.obstacle_position.tolist() == [20, 40] and picked.floor_height.tolist() == [10, 12]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ((13, 10), "obstacle_position is 13; it must be an integer from 14 to 47"),
        ((48, 10), "obstacle_position is 48; it must be an integer from 14 to 47"),
        ((20.5, 10), "obstacle_position is 20.5; it must be an integer from 14 to 47"),
        ((20, -1), "floor_height is -1; it must be an integer from 0 to 40"),
        ((20, 41), "floor_height is 41; it must be an integer from 0 to 40"),
        ((20, 10, "blue"), "color is 'blue'; it must be None or one of ('red', 'green')"),
    ],
)
def test_a_task_outside_its_ranges_is_an_error_that_names_value_and_range(values, message):
    with pytest.raises(ValueError) as error:
        Task(*values)
    assert str(error.value) == message


def test_the_outermost_tasks_are_allowed_and_tasks_are_values():
    assert (
        Task(np.int64(14), np.int64(0)) == Task(14, 0)
        and type(Task(np.int64(47), 40).obstacle_position) is int
    )
    assert len({Task(20, 10), Task(20, 10), Task(20, 10, "red")}) == 2
    assert sorted([Task(30, 10), Task(20, 11), Task(20, 10)])[0] == Task(20, 10)


@pytest.mark.parametrize("tasks", [[], [Task(20, 10), Task(20, 10, "red")]])
def test_a_batch_holds_at_least_one_task_and_does_not_mix_grey_and_colour(tasks):
    with pytest.raises(ValueError, match="one or more, all grey or all coloured"):
        TaskBatch.of(tasks)


@pytest.mark.parametrize("step", [transition, transition_or_restart])
@pytest.mark.parametrize(
    ("action", "message"),
    [
        ([0, 2], r"action is 2; it must be the integer 0 \(right\) or 1 \(jump\)"),
        ([0, -1], "action is"),
        ([0.0, 1.0], "action is"),
        ([True, False], "action is"),
        (["right", "jump"], "action is"),
        ([0, 1, 0], r"action has shape \(3,\)"),
        (0, r"action has shape \(\)"),
    ],
)
def test_an_illegal_action_is_an_error(step, action, message):
    batch = TaskBatch.of([Task(20, 10), Task(30, 10)])
    with pytest.raises(ValueError, match=message):
        step(batch, initial_state(batch), np.array(action))


def test_an_action_array_of_the_wrong_size_is_an_error_for_restarting_games_too():
    batch = TaskBatch.of([Task(20, 10), Task(30, 10)])
    over = State(**vars(initial_state(batch)) | {"is_over": np.array([True, True])})
    with pytest.raises(ValueError, match="action has shape"):
        transition_or_restart(batch, over, np.array([0]))


def test_stepping_after_the_end_is_an_error_that_names_the_game():
    batch = TaskBatch.of([Task(30, 10), Task(20, 10)])
    state = initial_state(batch)
    for _ in range(16):
        state, _ = transition(batch, state, np.array([RIGHT, RIGHT]))
    with pytest.raises(ValueError, match="state of game 1 is over, step 16 was its last"):
        transition(batch, state, np.array([RIGHT, RIGHT]))


@pytest.mark.parametrize("step_limit", [0, -3, 2.5])
def test_a_step_limit_below_one_is_an_error(step_limit):
    batch = TaskBatch.of([Task(30, 10)])
    with pytest.raises(ValueError, match="step_limit is .*; it must be an integer of at least 1"):
        transition(batch, initial_state(batch), np.array([RIGHT]), step_limit=step_limit)
