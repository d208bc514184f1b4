"""What is kept of a run comes back as it was, and what is damaged is named."""

import dataclasses
import json
import logging
import os
import shutil
import subprocess
import sys
import warnings

import filelock
import numpy as np
import pytest
import tiny

from pisces.acting import Greedy
from pisces.runs import store
from pisces.task import all_tasks, demonstration
from pisces.task.judge import evaluate, jump_step, play

ACT_ELSEWHERE = """
import sys
import numpy as np
from pisces.runs import store
from pisces.acting import Greedy

seen, done, *folders = sys.argv[1:]
np.save(done, [Greedy(store.load_policy(folder))(np.load(seen)) for folder in folders])
assert "pisces.learn" not in sys.modules
"""


@pytest.fixture
def files(run_of_imitation, tmp_path):
    """A folder with the two JSON files of a complete run."""
    for name in ("run.json", "result.json"):
        shutil.copy(run_of_imitation.folder / name, tmp_path)
    return tmp_path


def refusal(read, folder):
    """The one line with which a folder is refused, without the words that all have in common."""
    with pytest.raises(ValueError) as caught:
        read(folder)
    beginning = f"folder is {str(folder)!r}"
    message = str(caught.value)
    assert message.startswith(beginning)
    assert "\n" not in message
    return message.removeprefix(beginning)


@pytest.mark.parametrize("name", ["run_with_everything", "run_of_imitation"])
def test_a_result_comes_back_as_it_was(name, request):
    _, result, folder, _ = request.getfixturevalue(name)
    loaded = store.read_run(folder)
    assert (loaded.config, loaded.seed) == store.read_settings(folder) == (result.config, result.seed)
    for field in dataclasses.fields(result):
        kept, made = getattr(loaded, field.name), getattr(result, field.name)
        if isinstance(made, np.ndarray):
            assert kept.dtype.kind == made.dtype.kind
            np.testing.assert_array_equal(kept, made, err_msg=field.name)
        else:
            assert kept == made, field.name


def test_a_run_leaves_four_things_and_nothing_unfinished(run_of_imitation):
    names = {path.name for path in run_of_imitation.folder.iterdir()}
    assert names == {"run.json", "result.json", "checkpoint", "policy"}


def test_playing_with_the_kept_policy_gives_the_kept_result(run_of_imitation, run_with_everything):
    assert run_of_imitation.result.solved.any()
    for _, result, folder, _ in (run_of_imitation, run_with_everything):
        solved = evaluate(Greedy(store.load_policy(folder)), all_tasks())
        np.testing.assert_array_equal(solved, result.solved)


def test_a_kept_policy_acts_alike_in_a_fresh_process_without_the_learner(
    run_of_imitation, run_with_everything, tmp_path
):
    runs, seen, done = (run_of_imitation, run_with_everything), tmp_path / "seen.npy", tmp_path / "done.npy"
    observation = np.concatenate([demonstration(task).observation for task in all_tasks()[::40]])
    np.save(seen, observation)
    command = [sys.executable, "-c", ACT_ELSEWHERE, seen, done, *(run.folder for run in runs)]
    subprocess.run(command, check=True, env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"})
    for run, action in zip(runs, np.load(done), strict=True):
        run.training.network.reset_acting_stream()
        np.testing.assert_array_equal(action, run.training.act()(observation))
    assert set(np.load(done)[0]) == {0, 1}


def test_an_export_is_quiet_and_leaves_other_messages_alone(run_of_imitation, tmp_path, caplog):
    training, result, *_ = run_of_imitation
    store.open_run(tmp_path / "run", result.config, result.seed)
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        store.write_run(tmp_path / "run", result, training.policy)
        warnings.warn("mine", UserWarning, stacklevel=1)
    assert [str(one.message) for one in warned if "distutils" not in str(one.message)] == ["mine"]
    assert caplog.messages == []
    logging.getLogger("absl").warning("`0/step_type` is not a valid tf.function parameter name.")
    assert len(caplog.messages) == 1


def test_a_result_is_written_over_an_older_one(run_of_imitation, tmp_path):
    training, result, *_ = run_of_imitation
    store.open_run(tmp_path, result.config, result.seed)
    store.write_run(tmp_path, dataclasses.replace(result, seconds=1.0), training.policy)
    (tmp_path / ".policy").mkdir()  # left by an export that was broken off
    (tmp_path / ".policy" / "torn").write_text("")
    store.write_run(tmp_path, dataclasses.replace(result, seconds=2.0), training.policy)
    assert store.read_run(tmp_path).seconds == 2.0
    assert {path.name for path in tmp_path.iterdir()} == {"run.json", "result.json", "policy"}
    assert not (tmp_path / "policy" / "torn").exists()


def test_an_unfinished_run_has_settings_and_no_result(files):
    (files / "result.json").unlink()
    assert not store.is_complete(files)
    assert store.read_settings(files)[1] == 5
    assert refusal(store.read_run, files) == ", which has no result.json"
    assert refusal(store.load_policy, files) == ", which has no result.json"


def test_a_folder_without_a_run_is_refused(tmp_path):
    for folder in (tmp_path, tmp_path / "missing"):
        for read in (store.read_settings, store.read_run, store.load_policy):
            assert refusal(read, folder) == ", which has no run.json"


@pytest.mark.parametrize("name", ["run.json", "result.json"])
@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "Expecting value"),
        (b'{"seed": 5', "Expecting"),
        (b"[]", "it holds no object"),
        (b"\xff\xfe\x00", "decode"),
    ],
    ids=["empty", "torn", "list", "binary"],
)
def test_a_torn_file_is_named(name, content, complaint, files):
    (files / name).write_bytes(content)
    message = refusal(store.read_run, files)
    assert message.startswith(f", whose {name} is broken: ")
    assert complaint in message


def change(file, **values):
    """Changes entries of a JSON file; None leaves one out."""
    content = json.loads(file.read_text()) | values
    file.write_text(json.dumps({name: value for name, value in content.items() if value is not None}))


@pytest.mark.parametrize("version", [None, 0, 2, "3"])
def test_a_run_of_another_schema_is_refused(version, files):
    change(files / "run.json", schema_version=version)
    assert refusal(store.read_run, files) == f" with schema {version!r}; it must be 3"


@pytest.mark.parametrize(
    ("name", "values", "complaint"),
    [
        ("run.json", {"seed": None}, "KeyError: 'seed'"),
        ("run.json", {"seed": "five"}, "'five'"),
        ("run.json", {"config": None}, "KeyError: 'config'"),
        ("run.json", {"config": {"momentum": 0.9}}, "momentum"),
        ("result.json", {"jump_step": None}, "KeyError: 'jump_step'"),
        ("result.json", {"jump_step": [3, 4]}, "jump_step has shape (2,); it must have (286,)"),
        ("result.json", {"update": ["ten"]}, "ten"),
        ("result.json", {"seconds": None}, "seconds"),
        ("result.json", {"colour": "blue"}, "colour"),
    ],
)
def test_a_file_with_missing_wrong_or_foreign_entries_is_named(name, values, complaint, files):
    change(files / name, **values)
    message = refusal(store.read_run, files)
    assert message.startswith(f", whose {name} is broken: ")
    assert complaint in message


@pytest.mark.parametrize("pattern", ["saved_model.pb", "variables/*.index", "variables/*.data*"])
def test_a_torn_policy_is_named(pattern, files, run_of_imitation):
    shutil.copytree(run_of_imitation.folder / "policy", files / "policy")
    (torn,) = (files / "policy").glob(pattern)
    torn.write_bytes(torn.read_bytes()[:100])
    assert refusal(store.load_policy, files).startswith(", whose policy is broken: ")


def test_a_missing_policy_is_named(files):
    assert refusal(store.load_policy, files).startswith(", whose policy is broken: ")


def test_a_folder_is_made_for_a_run_and_opened_again_for_the_same_one_only(run_of_imitation, tmp_path):
    config, folder = run_of_imitation.result.config, tmp_path / "deep" / "run"
    checkpoints = store.open_run(folder, config, 5)
    assert checkpoints.parent == folder
    assert store.read_settings(folder) == (config, 5)
    assert store.open_run(folder, config, 5) == checkpoints
    other = dataclasses.replace(config, learning_rate=1.0)
    for settings in ((config, 6), (other, 5)):
        message = refusal(lambda path, settings=settings: store.open_run(path, *settings), folder)
        assert message == ", which holds another run; choose an empty one"


def test_what_a_killed_run_leaves_is_used_again_and_gone_in_the_end(run_of_imitation, tmp_path):
    training, result, *_ = run_of_imitation
    (tmp_path / ".run.json").write_text('{"schema_ver')
    store.open_run(tmp_path, result.config, result.seed)
    (tmp_path / ".result.json").write_text('{"sol')
    assert not store.is_complete(tmp_path)
    store.write_run(tmp_path, result, training.policy)
    assert {path.name for path in tmp_path.iterdir()} == {"run.json", "result.json", "policy"}
    np.testing.assert_array_equal(store.read_run(tmp_path).solved, result.solved)


def test_a_folder_with_other_files_and_a_file_are_no_place_for_a_run(run_of_imitation, tmp_path):
    (tmp_path / "thesis.tex").write_text("")
    for place in (tmp_path, tmp_path / "thesis.tex"):
        message = refusal(lambda path: store.open_run(path, run_of_imitation.result.config, 5), place)
        assert message == ", which holds something else; choose an empty one"
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


@pytest.fixture
def shelf(run_of_imitation, tmp_path):
    """A store with one run."""
    shutil.copytree(run_of_imitation.folder, tmp_path / "store" / "one")
    return store.Store(tmp_path / "store")


def test_a_store_gives_complete_runs_and_nothing_for_others(shelf, run_of_imitation):
    config, seed = run_of_imitation.result.config, run_of_imitation.result.seed
    np.testing.assert_array_equal(shelf.read("one", config, seed).solved, run_of_imitation.result.solved)
    assert shelf.read("other", config, seed) is None
    (shelf.run_folder("one") / "result.json").unlink()
    assert shelf.read("one", config, seed) is None


def test_a_store_does_not_take_one_run_for_another(shelf, run_of_imitation):
    with pytest.raises(ValueError, match="one', which holds another run$"):
        shelf.read("one", run_of_imitation.result.config, run_of_imitation.result.seed + 1)


def test_a_store_lists_what_lies_in_it_but_not_what_it_keeps_for_itself(shelf, tmp_path):
    (shelf.folder / "thesis.tex").write_text("")
    shelf.write_failure("two", "because")
    with shelf.lock("three"):
        assert shelf.keys() == ["one", "thesis.tex"]
    assert store.Store(tmp_path / "missing").keys() == []


def test_a_failure_is_kept_until_it_is_cleared(shelf):
    assert shelf.read_failure("two") is None
    shelf.write_failure("two", "first")
    shelf.write_failure("two", "Traceback\nlast")
    assert shelf.read_failure("two") == "Traceback\nlast"
    for _ in range(2):
        shelf.clear_failure("two")
    assert shelf.read_failure("two") is None


def test_one_process_at_a_time_works_on_a_run_and_its_death_frees_the_run(shelf):
    code = (
        "import sys, time; from pisces.runs.store import Store; lock = Store(sys.argv[1]).lock('one'); "
        "lock.acquire(); print('held', flush=True); time.sleep(600)"
    )
    holder = subprocess.Popen([sys.executable, "-c", code, shelf.folder], stdout=subprocess.PIPE)
    with holder:
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(filelock.Timeout):
            shelf.lock("one").acquire(timeout=0)
        with shelf.lock("two").acquire(timeout=0):
            holder.kill()
    with shelf.lock("one").acquire(timeout=10):
        pass


def test_a_kept_policy_that_draws_convolutions_acts_alike_however_often(run_with_everything):
    act = Greedy(store.load_policy(run_with_everything.folder))
    tasks = run_with_everything.training.config.tasks
    first = play(act, tasks)
    np.testing.assert_array_equal(play(act, tasks).action, first.action)
    np.testing.assert_array_equal(jump_step(first), run_with_everything.result.jump_step)


@pytest.mark.parametrize("name", ["new[1]", "what?", "all*"])
def test_a_path_that_tensorflow_takes_for_a_pattern_is_refused_before_anything_is_made(name, tmp_path):
    with pytest.raises(ValueError, match=r"it must have none of \* \? \[ \], TensorFlow's wildcards$"):
        store.open_run(tmp_path / name / "run", tiny.run_config(), 0)
    assert list(tmp_path.iterdir()) == []


def test_a_store_names_its_complete_runs(tmp_path, run_of_imitation):
    kept = store.Store(tmp_path / "store")
    assert kept.complete() == set()
    store.open_run(kept.run_folder("begun"), run_of_imitation.result.config, 0)
    store.open_run(kept.run_folder("ended"), run_of_imitation.result.config, 1)
    store.write_run(kept.run_folder("ended"), dataclasses.replace(run_of_imitation.result, seed=1))
    assert kept.complete() == {"ended"}
