import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from gymnasium.vector import AutoresetMode

import pisces  # noqa: F401
from pisces.task import Task, TaskBatch, expert_action, initial_state, render, rollout
from pisces.task.gym_env import JumpingEnv, JumpingVectorEnv

ID = "pisces/JumpingTask-v0"


def make_vec(num_envs, **settings):
    return gymnasium.make_vec(ID, num_envs, vectorization_mode="vector_entry_point", **settings)


def first_frame(*task):
    batch = TaskBatch.of([Task(*task)])
    return render(batch, initial_state(batch))[0]


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("color", [None, "red", "green"])
@pytest.mark.parametrize("render_mode", [None, "rgb_array", "ansi"])
def test_the_environment_passes_gymnasiums_check_without_a_warning(color, render_mode):
    check_env(gymnasium.make(ID, color=color, render_mode=render_mode).unwrapped)


@pytest.mark.filterwarnings("error")
def test_the_vector_environment_is_native_and_says_how_it_resets():
    envs = make_vec(3)
    assert isinstance(envs, JumpingVectorEnv)
    assert envs.metadata["autoreset_mode"] is AutoresetMode.NEXT_STEP
    assert envs.single_observation_space.shape == (60, 60) and envs.observation_space.shape == (3, 60, 60)
    observation, _ = envs.reset(seed=0)
    assert observation in envs.observation_space
    assert envs.step(envs.action_space.sample())[0] in envs.observation_space


@pytest.mark.parametrize(("color", "expected"), [(None, 156.0), ("red", 156.0), ("green", 254.0)])
def test_the_experts_actions_bring_the_optimal_return_and_a_success(color, expected):
    env = gymnasium.make(ID, obstacle_position=25, floor_height=12, color=color)
    env.reset()
    episode_return, collisions = 0.0, 0
    for action in rollout([Task(25, 12, color)], lambda _, *games: expert_action(*games)).action[0]:
        observation, reward, is_terminal, is_truncated, info = env.step(action)
        episode_return += reward
        collisions += info["collision"]
    assert episode_return == expected and is_terminal and not is_truncated
    assert info["success"] is True and collisions == (color == "green")
    assert observation in env.observation_space


def test_options_choose_the_task_of_one_episode():
    env = gymnasium.make(ID, obstacle_position=25, floor_height=12)
    np.testing.assert_array_equal(env.reset()[0], first_frame(25, 12))
    observation, _ = env.reset(options={"obstacle_position": 40})
    np.testing.assert_array_equal(observation, first_frame(40, 12))
    np.testing.assert_array_equal(env.reset()[0], first_frame(25, 12))


def test_options_turn_red_to_green():
    env = gymnasium.make(ID, color="red")
    observation, _ = env.reset(options={"color": "green", "floor_height": 0})
    np.testing.assert_array_equal(observation, first_frame(30, 0, "green"))


def test_seeds_change_no_episode_and_seed_the_random_stream():
    env, envs = JumpingEnv(), JumpingVectorEnv(2)
    np.testing.assert_array_equal(env.reset(seed=1)[0], env.reset(seed=2)[0])
    draws = []
    for seed in (1, 1, 2):
        env.reset(seed=seed)
        envs.reset(seed=[seed, 9])
        draws.append((env.np_random.integers(1000), envs.np_random.integers(1000)))
    assert draws[0] == draws[1] != draws[2]


def test_the_step_limit_truncates():
    env = gymnasium.make(ID, step_limit=2)
    env.reset()
    assert env.step(0)[2:4] == (False, False)
    assert env.step(0)[2:4] == (False, True)


@pytest.mark.parametrize("step_limit", [600, 7])
@pytest.mark.parametrize("max_episode_steps", [10, 11, 300, -1, np.int64(9)])
def test_gymnasiums_time_limit_does_to_many_games_what_it_does_to_one(max_episode_steps, step_limit):
    # The games end by themselves after 10, 16 and 56 steps; the last of the 10 may be that of the limit, too.
    settings = {"step_limit": step_limit, "max_episode_steps": max_episode_steps}
    games = [(14, []), (20, []), (47, [33])]
    envs = make_vec(3, obstacle_position=[position for position, _ in games], **settings)
    envs.reset()
    single = [
        gymnasium.make(ID, obstacle_position=x, **settings | {"max_episode_steps": int(max_episode_steps)})
        for x, _ in games
    ]
    for env in single:
        env.reset()
    is_over = np.zeros(3, bool)
    for step in range(70):
        action = np.array([int(step in jumps) for _, jumps in games])
        observation, reward, is_terminal, is_truncated, info = envs.step(action)
        for game, env in enumerate(single):
            if is_over[game]:
                expected = (env.reset()[0], 0.0, False, False)
            else:
                expected = env.step(action[game])[:4]
            np.testing.assert_array_equal(observation[game], expected[0])
            assert (reward[game], is_terminal[game], is_truncated[game]) == expected[1:], (step, game)
        is_over = is_terminal | is_truncated


@pytest.mark.parametrize("max_episode_steps", [0, -2, 2.5, True, "ten"])
def test_a_time_limit_that_is_no_number_of_steps_is_refused_by_name(max_episode_steps):
    message = "max_episode_steps is .*; it must be None, -1 or an integer of at least 1"
    with pytest.raises(ValueError, match=message):
        make_vec(2, max_episode_steps=max_episode_steps)


@pytest.mark.parametrize("options", [3, "wind", [("color", "red")], 0, False])
def test_options_that_are_no_mapping_are_refused_by_name(options):
    for env in (JumpingEnv(), JumpingVectorEnv(2)):
        with pytest.raises(ValueError, match="options is .*; it must be None or a mapping from any of"):
            env.reset(options=options)


@pytest.mark.parametrize("name", ["obstacle_position", "floor_height", "color", "step_limit", "render_mode"])
def test_a_large_array_in_the_place_of_a_setting_is_told_in_one_short_line(name):
    with pytest.raises(ValueError, match=f"^{name} is .*; it must be") as refusal:
        JumpingEnv(**{name: np.full((40, 40), np.nan)})
    assert "\n" not in str(refusal.value) and len(str(refusal.value)) < 200


def test_an_observation_is_never_a_live_buffer():
    env, envs = JumpingEnv(), make_vec(2)
    for one in (env, envs):
        first, _ = one.reset()
        kept = first.copy()
        second = one.step(0 if one is env else np.array([0, 0]))[0]
        np.testing.assert_array_equal(first, kept)
        second[:] = 7.0
        assert one.step(0 if one is env else np.array([0, 0]))[0].max() == 1.0


def test_vector_games_have_their_own_tasks_and_keep_them_when_they_begin_again():
    # Games with obstacles at 20 and 14 end after 16 and 10 steps; one step later comes the first frame again.
    envs = make_vec(2, floor_height=12)
    envs.reset(options={"obstacle_position": [20, 14], "floor_height": 11})
    ends, walk = [], np.array([0, 0])
    for step in range(1, 18):
        observation, reward, is_terminal, is_truncated, info = envs.step(walk)
        ends += [(step, int(game)) for game in np.flatnonzero(is_terminal)]
        if step == 11:
            np.testing.assert_array_equal(observation[1], first_frame(14, 11))
            assert reward.tolist() == [1.0, 0.0] and not info["collision"].any() and not is_truncated.any()
    assert ends == [(10, 1), (16, 0)]
    np.testing.assert_array_equal(observation[0], first_frame(20, 11))
    observation, _ = envs.reset()
    np.testing.assert_array_equal(observation[0], first_frame(30, 12))


def test_vector_games_may_differ_in_colour():
    envs = make_vec(2, color=["red", "green"], obstacle_position=[20, 30])
    observation, _ = envs.reset()
    np.testing.assert_array_equal(observation, [first_frame(20, 10, "red"), first_frame(30, 10, "green")])


def test_rendering_gives_an_upright_picture_or_text():
    env = JumpingEnv(render_mode="rgb_array")
    env.reset()
    shown = env.render()
    assert shown.shape == (60, 60, 3) and shown.dtype == np.uint8 and (shown[49] == 255).all()
    env = JumpingEnv(render_mode="ansi")
    env.reset()
    assert len(env.render().split("\n")) == 30
    envs = make_vec(3, render_mode="rgb_array", obstacle_position=[20, 30, 40])
    envs.reset()
    pictures = envs.render()
    assert len(pictures) == 3 and (pictures[0] != pictures[1]).any()
    assert JumpingEnv().render() is None


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"obstacle_position": 13}, "obstacle_position is 13; it must be an integer from 14 to 47"),
        ({"floor_height": 41}, "floor_height is 41; it must be an integer from 0 to 40"),
        ({"color": "blue"}, "color is 'blue'; it must be None or one of"),
    ],
)
def test_a_task_outside_its_ranges_is_an_error_in_settings_and_options(settings, message):
    for make in (gymnasium.make, gymnasium.make_vec):
        with pytest.raises(ValueError, match=message):
            make(ID, **settings)
        env = make(ID, color="red")
        with pytest.raises(ValueError, match=message):
            env.reset(options=settings)


def test_other_settings_outside_their_ranges_are_errors():
    with pytest.raises(ValueError, match="step_limit is 0"):
        JumpingEnv(step_limit=0)
    with pytest.raises(ValueError, match="render_mode is 'human'; it must be None or one of"):
        JumpingVectorEnv(render_mode="human")
    with pytest.raises(ValueError, match="floor_height has 3 values; it must be one, or 2"):
        JumpingVectorEnv(2, floor_height=[10, 11, 12])
    with pytest.raises(ValueError, match="options has 'wind'; it must have no others than"):
        JumpingEnv().reset(options={"wind": 1})


@pytest.mark.parametrize(("made", "option"), [(None, "red"), ("red", None)])
def test_an_option_cannot_turn_grey_into_colour_or_back(made, option):
    for env in (JumpingEnv(color=made), JumpingVectorEnv(2, color=made)):
        with pytest.raises(ValueError, match="color is .*; it must stay"):
            env.reset(options={"color": option})


@pytest.mark.parametrize("action", [2, -1, 0.5, "jump", [0, 1]])
def test_an_illegal_action_is_an_error(action):
    env, envs = JumpingEnv(), JumpingVectorEnv(2)
    env.reset()
    envs.reset()
    with pytest.raises(ValueError, match="action"):
        env.step(action)
    with pytest.raises(ValueError, match="action"):
        envs.step([0, action] if not isinstance(action, list) else [0, 1, 0])


def test_stepping_before_the_beginning_or_after_the_end_is_an_error():
    env = JumpingEnv(obstacle_position=14)
    with pytest.raises(gymnasium.error.ResetNeeded):
        env.step(0)
    with pytest.raises(gymnasium.error.ResetNeeded):
        JumpingVectorEnv(2).step(np.array([0, 0]))
    env.reset()
    for _ in range(10):
        env.step(0)
    with pytest.raises(ValueError, match="is over, step 10 was its last"):
        env.step(0)


@pytest.mark.parametrize("num_envs", [0, -1, 2.5])
def test_a_number_of_games_below_one_is_refused_by_name(num_envs):
    with pytest.raises(ValueError, match=f"num_envs is {num_envs}; it must be an integer of at least 1"):
        JumpingVectorEnv(num_envs)
