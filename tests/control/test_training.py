"""A run in a world that takes no time: what it does, and that an interruption changes nothing."""

import numpy as np
import pytest
import tiny
from walk import Walk, make_walk

from pisces.control import overlay
from pisces.control.backgrounds import SEEDS
from pisces.control.pairs import record_pairs
from pisces.control.renderer import RendererError
from pisces.control.run import opened
from pisces.control.tasks import EPISODE_STEPS
from pisces.control.textures import procedural_video
from pisces.control.training import Training, Worlds
from pisces.runs.kinds import CONTROL

NAMES = tuple(CONTROL.arrays)


class Killed(Exception):
    pass


def make_training(*, seed=0, **changes):
    config = tiny.control_config(**({"pse": tiny.pse_config(), "updates_per_decision": 2} | changes))
    simulation, pairs = make_walk(), None
    if config.pse is not None:
        pairs = record_pairs(
            simulation,
            lambda observation: np.array([-observation["state"][0], 0.0]),
            num_pairs=config.pse.num_pairs,
            discount=config.pse.discount,
            seed=seed,
        )
    return Training(config, seed=seed, worlds=Worlds(simulation, make_walk(), make_walk()), pairs=pairs)


@pytest.fixture(scope="module")
def whole():
    training = make_training()
    return training, training.run(is_quiet=True, provenance={"by": "test"})


def weights(training):
    agent = training.agent
    return [
        variable.numpy()
        for module in (agent.actor, agent.critic, agent.target_critic)
        for variable in module.variables
    ]


def held_out_returns(training):
    return training.evaluate(training.worlds.held_out, training.config.num_evaluation_episodes)


def assert_same(one, other):
    for first, second in zip(one, other, strict=True):
        np.testing.assert_array_equal(first, second)


def killed_after(num_updates, folder):
    training = make_training()
    play = training.play_episode

    def play_until_killed():
        if training.num_updates_done > num_updates:
            raise Killed
        play()

    training.play_episode = play_until_killed
    with pytest.raises(Killed):
        training.run(checkpoints=folder, is_quiet=True)
    return training


def test_a_run_that_is_interrupted_ends_as_one_that_is_not(whole, tmp_path):
    training, expected = whole
    killed = killed_after(24, tmp_path)
    resumed = make_training()
    resumed.resume(tmp_path)
    assert 12 < resumed.num_updates_done <= killed.num_updates_done < 40
    found = resumed.run(checkpoints=tmp_path, is_quiet=True)
    assert_same(weights(training), weights(resumed))
    assert_same(training.replay.state().values(), resumed.replay.state().values())
    finished = make_training()
    finished.resume(tmp_path)
    assert finished.is_done
    for result in (found, finished.run(is_quiet=True)):
        assert_same(*([getattr(one, name) for name in NAMES] for one in (expected, result)))
    assert found.seconds > 0


def test_a_run_takes_its_updates_and_reports_at_its_intervals(whole):
    training, result = whole
    assert result.num_updates.tolist() == [12, 24, 36, 40]
    assert result.num_decisions.tolist() == [11, 17, 23, 25]
    assert training.num_decisions_done == training.config.num_decisions == 25
    assert result.held_out_return.shape == (4, 2) and np.isfinite(result.loss).all()
    assert len(result.training_return) == 25 // Walk.length
    np.testing.assert_array_equal(result.held_out_return[-1], held_out_returns(training))
    np.testing.assert_array_equal(result.seen_return, training.evaluate(training.worlds.training, 3))
    assert result.score == result.test_return.mean()
    assert (result.config, result.seed, result.provenance) == (training.config, 0, {"by": "test"})


def test_evaluating_more_often_changes_no_update(whole):
    training = make_training(report_interval=5, num_evaluation_episodes=1)
    result = training.run(is_quiet=True)
    assert len(result.num_updates) == 8
    assert_same(weights(training), weights(whole[0]))


def test_a_run_without_pairs_has_no_embedding_loss():
    result = make_training(pse=None, num_updates=4).run(is_quiet=True)
    assert np.isfinite(result.loss[:, [0, 1, 2, 4]]).all() and np.isnan(result.loss[:, 3]).all()


def test_the_random_actions_come_first():
    one, other = (make_training(num_seed_decisions=Walk.length) for _ in range(2))
    other.agent.actor.output.variables[1].assign_add([3.0, 3.0, 0.0, 0.0])
    played = []
    for training in (one, other):
        training.play_episode()
        assert training.num_updates_done == 0
        played.append(training.replay.state()["action"][: Walk.length])
    assert_same(*played)
    assert np.abs(played[0]).max() <= 1 and len(np.unique(played[0])) == 2 * Walk.length


def test_another_seed_has_other_weights_actions_and_episodes():
    one, other = (make_training(seed=seed, num_seed_decisions=Walk.length) for seed in (0, 1))
    assert any((first != second).any() for first, second in zip(weights(one), weights(other), strict=True))
    for training in (one, other):
        training.play_episode()
    for name in ("action", "frame"):
        assert (one.replay.state()[name] != other.replay.state()[name]).any()
    assert (held_out_returns(one) != held_out_returns(other)).all()


def test_a_run_learns_from_reward_alone():
    settings = {"num_filters": 4, "feature_size": 16, "mlp_width": 32, "batch_size": 32, "discount": 0.8}
    settings |= {"num_crops": 1, "num_target_crops": 1, "replay_capacity": 1000, "num_seed_decisions": 90}
    settings |= {"num_updates": 400, "updates_per_decision": 1, "report_interval": 400, "pse": None}
    training = make_training(seed=1, num_evaluation_episodes=8, **settings)
    before = held_out_returns(training).mean()
    assert training.run(is_quiet=True).score > before + 2  # of at most 9


def test_a_run_trains_in_the_rendered_world(rendering):
    config = tiny.control_config(
        task="cartpole-swingup",
        num_updates=2,
        report_interval=2,
        num_evaluation_episodes=1,
        num_test_episodes=1,
        pse=tiny.pse_config(num_pairs=1),
    )
    with opened(config, 0) as training:
        result = training.run(is_quiet=True)
    assert result.held_out_return.shape == (1, 1) and 0 <= result.score <= EPISODE_STEPS
    assert np.isfinite(result.loss[:, :4]).all()
    with pytest.raises(RendererError, match="closed"):
        training.worlds.test.reset()


@pytest.mark.parametrize("trains_before_still", [False, True])
@pytest.mark.parametrize(("videos", "seeds"), [("training", SEEDS["training"]), ("overlay", overlay.SEEDS)])
def test_pairs_show_the_videos_that_are_asked_for(rendering, trains_before_still, videos, seeds):
    config = tiny.control_config(
        task="cartpole-swingup",
        trains_before_still=trains_before_still,
        pse=tiny.pse_config(num_pairs=2, videos=videos),
    )
    with opened(config, 0) as training:
        pairs = training._pairs.pairs
    known = (*SEEDS["training"], *overlay.SEEDS)
    shown = {seed: procedural_video(seed, config.size)[:, 0, 0] for seed in known}

    def seeds_in(frames):
        """Of the videos that have the colour of a corner in every frame."""
        corner = frames[:, None, 0, 0]
        return {seed for seed, colors in shown.items() if (corner == colors).all(axis=-1).any(axis=1).all()}

    for pair in pairs:
        assert seeds_in(pair.frames_y) and seeds_in(pair.frames_y) <= set(seeds)
        assert seeds_in(pair.frames_x) <= set(SEEDS["training"])
        assert bool(seeds_in(pair.frames_x)) != trains_before_still


def test_overlaid_views_follow_the_plain_ones_of_an_observation_and_targets_have_none():
    training = make_training(pse=None, overlay_weight=0.5)
    training.play_episode()
    drawn = training._experience()
    assert (drawn.pixels.shape[1], drawn.next_pixels.shape[1]) == (4, 2)
    plain, overlaid = np.split(drawn.pixels.numpy().astype(int), 2, axis=1)
    # What is laid over is one picture for all three frames, which themselves differ.
    frames, pictures = (np.split(one, 3, axis=-1) for one in (plain, 2 * overlaid - plain))
    assert np.abs(pictures[0] - pictures[2]).max() <= 1 < np.abs(frames[0] - frames[2]).max()


def test_pairs_and_seeds_that_do_not_fit_are_refused():
    walk = make_walk()
    for config, seed, message in (
        (tiny.control_config(pse=tiny.pse_config()), 0, "pairs is None; it must be of class Pairs for pse"),
        (tiny.control_config(), -1, "seed is -1; it must be an integer of at least 0"),
    ):
        with pytest.raises(ValueError, match=message):
            Training(config, seed=seed, worlds=Worlds(walk, walk, walk))
