"""A run is made as its kind asks for, and kept where it is told."""

import dataclasses
import shutil

import numpy as np
import pytest
import tiny
from tf_agents.trajectories.time_step import restart

from pisces.control import training as control_training
from pisces.jumping import training
from pisces.jumping.training import Training
from pisces.runs import store
from pisces.runs.kinds import CONTROL, JUMPING
from pisces.runs.making import make, restored
from pisces.task.judge import play


def assert_same_result(result, other):
    for name in JUMPING.arrays:
        np.testing.assert_array_equal(getattr(result, name), getattr(other, name), err_msg=name)


def weights_in(folder, config):
    kept = Training(config, seed=3)
    kept.resume(folder / "checkpoint")
    return [variable.numpy() for variable in kept.network.trainable_weights]


def test_a_run_on_the_linear_system_is_kept_whole_and_says_where_it_was_made(tmp_path):
    made = make(tiny.lqr_config(), 3, folder=tmp_path / "run")
    assert store.is_complete(tmp_path / "run")
    kept = store.read_run(tmp_path / "run")
    assert (kept.config, kept.seed, kept.provenance) == (made.config, 3, made.provenance)
    np.testing.assert_array_equal(kept.test_gap, made.test_gap)
    assert kept.oracle_cost == made.oracle_cost
    assert {"versions", "processor", "threads", "commit"} <= set(kept.provenance)


def test_nothing_is_kept_without_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    make(tiny.lqr_config(), 0)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("config", [tiny.run_config(), tiny.lqr_config()], ids=["jumping", "lqr"])
def test_a_folder_with_another_run_is_refused(config, tmp_path):
    store.open_run(tmp_path / "run", config, 1)
    with pytest.raises(ValueError, match="which holds another run"):
        make(config, 2, folder=tmp_path / "run")


@pytest.mark.parametrize(
    ("config", "settings"),
    [
        (tiny.run_config(), {"seed": -1}),
        (tiny.lqr_config(), {"seed": -1}),
        (tiny.control_config(backgrounds="videos"), {"seed": 0}),
    ],
    ids=["jumping", "lqr", "control"],
)
def test_what_is_refused_leaves_its_folder_to_another_run(config, settings, tmp_path):
    with pytest.raises(ValueError, match=r"^(seed is -1|folder of videos is None); it must be "):
        make(config, folder=tmp_path / "run", **settings)
    assert not (tmp_path / "run").exists()


class Interruption(Exception):
    """What ends a run from outside."""


@pytest.fixture
def interrupt(monkeypatch):
    """Breaks a run off at its n-th evaluation; the evaluations that are done are counted."""
    done = []

    def prepare(number):
        def play_or_end(*arguments):
            if len(done) == number:
                raise Interruption
            done.append(play(*arguments))
            return done[-1]

        done.clear()
        monkeypatch.setattr(training, "play", play_or_end)
        return done

    return prepare


@pytest.mark.parametrize("number", [0, 1])
def test_a_run_that_is_broken_off_ends_like_one_that_is_not(number, interrupt, run_with_everything, tmp_path):
    uninterrupted = run_with_everything
    config = uninterrupted.training.config
    interrupt(number)
    with pytest.raises(Interruption):
        make(config, 3, folder=tmp_path)
    assert not store.is_complete(tmp_path)

    done = interrupt(None)
    result = make(config, 3, folder=tmp_path)
    assert len(done) == 2 - number
    kept = zip(weights_in(tmp_path, config), weights_in(uninterrupted.folder, config), strict=True)
    assert all(np.array_equal(*pair) for pair in kept)
    assert_same_result(result, uninterrupted.result)
    assert_same_result(store.read_run(tmp_path), uninterrupted.result)


def test_a_complete_run_is_loaded_and_not_made_again(interrupt, run_with_everything):
    interrupt(0)
    folder = run_with_everything.folder
    written = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    result = make(run_with_everything.training.config, 3, folder=folder)
    assert_same_result(result, run_with_everything.result)
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == written


@pytest.mark.parametrize(("change", "seed"), [({}, 4), ({"learning_rate": 2e-3}, 3)], ids=["seed", "config"])
def test_the_folder_of_another_run_is_refused_and_left_alone(change, seed, run_with_everything):
    config = dataclasses.replace(run_with_everything.training.config, **change)
    folder = run_with_everything.folder
    before = (folder / "run.json").read_text()
    with pytest.raises(ValueError) as caught:
        make(config, seed, folder=folder)
    assert str(caught.value) == f"folder is {str(folder)!r}, which holds another run; choose an empty one"
    assert (folder / "run.json").read_text() == before


def test_a_run_is_restored_as_it_ended_and_its_folder_left_alone(run_with_everything, tmp_path):
    folder, config = run_with_everything.folder, run_with_everything.training.config
    written = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    with restored(folder, config, 3) as found:
        pairs = zip(found.network.variables, run_with_everything.training.network.variables, strict=True)
        assert all(np.array_equal(one.numpy(), other.numpy()) for one, other in pairs)
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == written
    with pytest.raises(ValueError, match="which holds another run"), restored(folder, config, 4):
        pass


@pytest.mark.parametrize("pattern", ["*.index", "*.data*"])
def test_a_torn_checkpoint_is_named(pattern, run_with_everything, tmp_path):
    folder = tmp_path / "run"
    shutil.copytree(run_with_everything.folder, folder)
    (folder / "result.json").unlink()
    (torn,) = (folder / "checkpoint").glob(pattern)
    torn.write_bytes(torn.read_bytes()[:100])
    with pytest.raises(ValueError) as caught:
        make(run_with_everything.training.config, 3, folder=folder)
    assert str(caught.value).startswith(f"folder is {str(folder)!r}, whose checkpoint is broken: ")


def test_a_run_of_distracting_control_that_is_broken_off_goes_on_and_is_kept(
    rendering, tmp_path, monkeypatch
):
    config = tiny.control_config(
        task="cartpole-swingup",
        num_updates=140,
        report_interval=100,
        num_evaluation_episodes=1,
        num_test_episodes=1,
    )
    play, played = control_training.Training.play_episode, []

    def play_once(training):
        if played:
            raise Interruption
        played.append(training.num_updates_done)
        play(training)

    with monkeypatch.context() as patch:
        patch.setattr(control_training.Training, "play_episode", play_once)
        with pytest.raises(Interruption):
            make(config, 3, folder=tmp_path / "run")
    monkeypatch.setattr(
        control_training.Training,
        "play_episode",
        lambda training: (played.append(training.num_updates_done), play(training)),
    )
    made = make(config, 3, folder=tmp_path / "run")
    assert played == [0, 120]
    assert made.num_updates.tolist() == [100, 140]
    kept = store.read_run(tmp_path / "run")
    for name in CONTROL.arrays:
        np.testing.assert_array_equal(getattr(kept, name), getattr(made, name), err_msg=name)
    # Its policy acts without the code that trained it.
    policy = store.load_policy(tmp_path / "run")
    seen = restart({"pixels": np.zeros((1, 16, 16, 9), np.uint8)}, batch_size=1)
    assert np.abs(policy.action(seen).action.numpy()).max() <= 1
