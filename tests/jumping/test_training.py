"""A run follows from configuration and seed alone, however often it is looked at or broken off."""

import numpy as np
import pytest
from tensorboard.backend.event_processing import event_accumulator
from tensorboard.util import tensor_util

from pisces.jumping import training
from pisces.jumping.config import RunConfig
from pisces.jumping.training import Training
from pisces.task import EPISODE_LENGTH, all_tasks, demonstration, replay, splits
from pisces.task.judge import NO_JUMP, agrees_with_expert, play

CURVES = ("update", "imitation_loss", "embedding_loss")


def weights(training):
    return [variable.numpy() for variable in training.network.trainable_weights]


def assert_same_weights(training, other):
    for one, another in zip(weights(training), weights(other), strict=True):
        np.testing.assert_array_equal(one, another)


def assert_same_result(result, other):
    for name in (*CURVES, "solved_at", "jump_step", "is_test"):
        np.testing.assert_array_equal(getattr(result, name), getattr(other, name), err_msg=name)


@pytest.fixture(scope="module")
def twin(run_with_everything):
    """The same configuration and seed, trained in one go: nothing evaluated, nothing kept."""
    return Training(run_with_everything.training.config, seed=3)


@pytest.fixture(scope="module")
def losses_of_twin(twin):
    return twin.advance(twin.config.num_updates)


def test_the_same_seed_gives_the_same_weights_bit_for_bit(run_with_everything, twin, losses_of_twin):
    assert_same_weights(twin, run_with_everything.training)


def test_reports_on_the_way_do_not_change_the_end(run_with_everything, twin, losses_of_twin):
    assert len(run_with_everything.result.update) == 2
    np.testing.assert_array_equal(twin.run(is_quiet=True).solved, run_with_everything.result.solved)
    assert_same_weights(twin, run_with_everything.training)


def test_every_evaluation_sees_the_same_random_convolutions(twin, monkeypatch):
    streams = []
    one = Training(twin.config, seed=3)

    def look(act, tasks):
        act.begin()
        streams.append(one.network.acting_generator.state.numpy())
        return play(act, tasks)

    monkeypatch.setattr(training, "play", look)
    one.run(is_quiet=True)
    assert len(streams) == 2
    np.testing.assert_array_equal(streams[0], streams[1])
    np.testing.assert_array_equal(one.network.acting_generator.state, streams[0])


def test_a_run_that_was_advanced_by_hand_reports_its_end_and_no_more(
    run_with_everything, twin, losses_of_twin
):
    result = twin.run(is_quiet=True)
    np.testing.assert_array_equal(result.update, [8])
    np.testing.assert_array_equal(result.solved_at, run_with_everything.result.solved_at[1:])
    assert np.isnan(result.imitation_loss).all()


def test_the_moment_of_the_first_jump_tells_the_whole_episode(run_of_imitation):
    training, result, *_ = run_of_imitation
    action = (np.arange(EPISODE_LENGTH) == result.jump_step[:, None]).astype(int)
    told, played = replay(all_tasks(), action), training.play(all_tasks())
    assert (result.jump_step == NO_JUMP).any() or (result.jump_step > 0).any()
    np.testing.assert_array_equal(told.is_success, played.is_success)
    np.testing.assert_array_equal(told.length, played.length)


def test_tasks_of_two_colors_are_trained_on_and_tested_together():
    config = RunConfig(
        method="pse",
        grid="wide",
        colors=("red", "green"),
        learning_rate=1e-3,
        num_updates=4,
        batch_size=4,
        feature_size=8,
        report_interval=4,
    )
    training = Training(config, seed=0)
    assert [task.color for task in training.tasks] == ["red"] * 18 + ["green"] * 18
    result = training.run(is_quiet=True)
    assert result.solved.shape == result.is_test.shape == (572,)
    assert result.is_test.sum() == 2 * 268
    counted = {color: [task.color == color for task in config.tasks] for color in config.colors}
    for color, mask in counted.items():
        assert result.share_of(color) == result.solved[mask & result.is_test].sum() / 268
        evaluated = training.play([task for task in config.tasks if task.color == color])
        assert evaluated.is_success.shape == (286,)


def test_another_seed_gives_other_weights_and_other_batches(run_of_imitation):
    config = run_of_imitation.training.config
    first, other = (Training(config, seed=seed) for seed in (3, 4))
    kernels = zip(weights(first)[::2], weights(other)[::2], strict=True)
    assert not any(np.array_equal(*pair) for pair in kernels)

    for variable, value in zip(other.network.trainable_weights, weights(first), strict=True):
        variable.assign(value)
    assert first.advance(1)[0] != other.advance(1)[0]


def test_the_learning_curve_has_the_mean_losses_since_the_point_before(run_with_everything, losses_of_twin):
    training, result, *_ = run_with_everything
    np.testing.assert_array_equal(result.update, [5, 8])
    sums = [np.dot([5, 3], result.imitation_loss), np.dot([5, 3], result.embedding_loss)]
    np.testing.assert_allclose(sums, losses_of_twin, rtol=1e-5)
    assert (losses_of_twin > 0).all()
    assert result.solved_share[-1] == pytest.approx(result.test_share)
    assert (result.config, result.seed) == (training.config, 3)
    assert 0 < result.seconds < 600


def test_a_run_learns_to_imitate(run_of_imitation):
    result = run_of_imitation.result
    np.testing.assert_array_equal(result.update, [100, 110])
    assert result.imitation_loss[1] < result.imitation_loss[0] / 2
    np.testing.assert_array_equal(result.embedding_loss, 0)
    assert result.solved[~result.is_test].mean() > 0.3
    assert result.solved_share[-1] == pytest.approx(result.test_share)


def test_both_tests_agree_for_a_trained_network_without_random_convolutions(run_of_imitation):
    training, result, *_ = run_of_imitation
    np.testing.assert_array_equal(agrees_with_expert(training.act(), all_tasks()), result.solved)


def test_playing_all_tasks_repeats_the_games_of_the_result(run_with_everything):
    training, result, *_ = run_with_everything
    first, again = (training.play(all_tasks()) for _ in range(2))
    np.testing.assert_array_equal(first.is_success, result.solved)
    np.testing.assert_array_equal(first.action, again.action)
    assert first.frames is None


def test_a_single_task_is_played_as_among_all_of_them(run_of_imitation):
    training, result, *_ = run_of_imitation
    for index in (int(result.solved.argmax()), int(result.solved.argmin())):
        alone = training.play([all_tasks()[index]], record_frames=True)
        assert alone.is_success[0] == result.solved[index]
        assert alone.frames is not None


def test_the_seed_draws_the_tasks_of_the_random_grid(run_with_everything):
    training, result, *_ = run_with_everything
    assert training.tasks == splits.training_tasks("random", seed=3)
    test_tasks = {task for task, is_test in zip(all_tasks(), result.is_test, strict=True) if is_test}
    assert test_tasks == set(splits.test_tasks("random", seed=3))


@pytest.mark.parametrize("seed", [-1, 2**32])
def test_a_seed_outside_its_range_is_refused(seed, run_of_imitation):
    with pytest.raises(ValueError, match=f"^seed is {seed}; it must be an integer from 0 to 4294967295$"):
        Training(run_of_imitation.training.config, seed=seed)


def test_a_seed_that_is_no_integer_is_refused_and_one_of_numpy_is_not(run_of_imitation):
    for seed in (1.5, "0"):
        with pytest.raises(
            ValueError, match=f"^seed is {seed!r}; it must be an integer from 0 to 4294967295$"
        ):
            Training(run_of_imitation.training.config, seed=seed)  # type: ignore[arg-type]
    assert type(Training(run_of_imitation.training.config, seed=np.int64(3)).seed) is int


def test_tensorboard_finds_the_learning_curve(run_with_everything):
    events = event_accumulator.EventAccumulator(str(run_with_everything.tensorboard_folder))
    events.Reload()
    result = run_with_everything.result
    tags = {
        "loss/imitation": "imitation_loss",
        "loss/embedding": "embedding_loss",
        "test/solved": "solved_share",
    }
    assert set(events.Tags()["tensors"]) == set(tags)
    for tag, name in tags.items():
        points = events.Tensors(tag)
        assert [point.step for point in points] == list(result.update)
        values = [float(tensor_util.make_ndarray(point.tensor_proto)) for point in points]
        np.testing.assert_allclose(values, getattr(result, name), rtol=1e-6)


def test_a_tensorboard_folder_that_is_a_file_is_refused(twin, losses_of_twin, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(FileExistsError):
        twin.run(tensorboard_folder=tmp_path / "file")


def test_a_progress_bar_is_shown_unless_it_is_to_be_quiet(twin, losses_of_twin, capsys):
    twin.run()
    assert "8/8" in capsys.readouterr().err
    twin.run(is_quiet=True)
    assert capsys.readouterr() == ("", "")


def test_features_and_embedding_have_the_widths_of_the_configuration(run_with_everything):
    training = run_with_everything.training
    observation = demonstration(all_tasks()[0]).observation[:5]
    assert training.features(observation).shape == (5, 16)
    assert training.embedding(observation).shape == (5, 8)
    assert training.act()(observation).shape == (5,)
