"""Commands about one run: what they say, and what they refuse."""

import dataclasses
import json
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from processors import needs_bfloat16

from pisces.cli import main, runs
from pisces.jumping import presets
from pisces.runs import archive, kinds, store
from pisces.task import NUM_TASKS, all_tasks, judge, splits

TRAINING = ["train", "--grid", "wide", "--method", "pse", "--steps", "2", "--seed", "1"]


@pytest.fixture(scope="module")
def trained(call, tmp_path_factory):
    """A short training in a fresh process: its folder and what it said."""
    folder = tmp_path_factory.mktemp("cli") / "run"
    return folder, call(*TRAINING, "--out", folder)


def test_training_says_what_it_has_reached_and_nothing_else(trained):
    folder, process = trained
    assert process.returncode == 0
    lines = process.stdout.splitlines()
    assert [len(line) for line in lines[:11]] == [26] * 11
    assert re.fullmatch(r"solved \d+ of 268 unseen tasks \(\d+\.\d%\), \d+ of 18 training tasks", lines[12])
    assert re.fullmatch(r"2 updates in \d+ s, in (float32|mixed_bfloat16)", lines[13])
    assert lines[14:] == [f"kept in {folder}"]
    # The progress bar alone is on standard error: no warning of TensorFlow, TF-Agents or absl.
    for piece in re.split(r"[\r\n]+", process.stderr.strip()):
        assert re.match(r"\s*\d+%\|.*\d/2 \[", piece), piece


def test_what_was_trained_is_evaluated_alike_in_a_fresh_process(trained, call):
    folder, process = trained
    evaluated = call("evaluate", folder)
    assert (evaluated.returncode, evaluated.stderr) == (0, "")
    assert evaluated.stdout.splitlines() == process.stdout.splitlines()[:13]


def test_evaluation_as_json_has_the_share_and_each_task(trained, said):
    folder, _ = trained
    values = json.loads(said("evaluate", folder, "--json"))
    result = store.read_run(folder)
    assert values == {"test_share": result.test_share, "solved": result.solved.astype(int).tolist()}
    assert len(values["solved"]) == NUM_TASKS


def test_the_board_shows_high_floors_above_and_training_tasks_by_letter(trained, said, monkeypatch):
    folder, _ = trained
    solved = np.array([task.floor_height >= 15 for task in all_tasks()])
    monkeypatch.setattr(judge, "evaluate", lambda act, tasks: solved)
    lines = said("evaluate", folder).splitlines()
    training = splits.training_tasks("wide")
    for height, line in zip(range(20, 9, -1), lines[:11], strict=True):
        columns = [task for task in all_tasks() if task.floor_height == height]
        assert line == "".join(
            ("T" if task in training else "#") if height >= 15 else ("t" if task in training else ".")
            for task in columns
        )
    # Six of eleven floor heights are solved: 156 of the 286 tasks, 12 of the 18 trained on.
    assert lines[12] == "solved 144 of 268 unseen tasks (53.7%), 12 of 18 training tasks"


def test_training_into_the_folder_of_a_complete_run_shows_its_result_again(trained, said):
    folder, process = trained
    assert said(*TRAINING, "--out", folder) == process.stdout


@needs_bfloat16
def test_training_takes_reading_precision_and_a_folder_for_tensorboard(tmp_path, monkeypatch):
    # In bfloat16, which most processors are slow in, the whole network would take minutes.
    whole, small = presets.preset, {"batch_size": 8, "feature_size": 8}
    monkeypatch.setattr(
        presets, "preset", lambda *some, **more: dataclasses.replace(whole(*some, **more), **small)
    )
    words = [*TRAINING[:-1], "2", "--reading", "reference", "--precision", "mixed_bfloat16"]
    run, events = tmp_path / "run", tmp_path / "events"
    assert main([*words, "--out", str(run), "--tensorboard", str(events)]) == 0
    assert list(events.glob("events.out.tfevents.*"))
    chosen, seed = store.read_settings(run)
    assert (chosen.precision, chosen.embedding.loss, chosen.num_updates, seed) == (
        "mixed_bfloat16",
        "symmetric-cme",
        2,
        2,
    )


@pytest.mark.parametrize("precision", ["float32", "mixed_bfloat16"])
def test_training_has_the_precision_of_the_machine_or_of_the_run_that_it_goes_on_with(
    tmp_path, monkeypatch, precision
):
    chosen = presets.preset("pse", grid="wide", reading="paper")
    monkeypatch.setattr("pisces.precision.native_precision", lambda: precision)
    assert runs._in_precision(chosen, "auto", None).precision == precision
    assert runs._in_precision(chosen, "auto", tmp_path / "new").precision == precision
    for begun in ("float32", "mixed_bfloat16"):
        store.open_run(tmp_path / begun, dataclasses.replace(chosen, precision=begun), 0)
        assert runs._in_precision(chosen, "auto", tmp_path / begun).precision == begun
        assert runs._in_precision(chosen, "float32", tmp_path / begun).precision == "float32"
    store.open_run(tmp_path / "other", dataclasses.replace(chosen, num_updates=1), 0)
    assert runs._in_precision(chosen, "auto", tmp_path / "other").precision == precision


@pytest.fixture(scope="module")
def colored(tmp_path_factory):
    """The folder of a run on red and green tasks, of one update."""
    folder = tmp_path_factory.mktemp("colored") / "run"
    words = ["--method", "dropout-l2", "--table", "G.4", "--steps", "1"]
    assert main(["train", "--grid", "wide", *words, "--out", str(folder)]) == 0
    return folder


def test_a_run_on_two_colors_has_a_board_for_each(colored, said, monkeypatch):
    tasks = [*all_tasks("red"), *all_tasks("green")]
    solved = np.array([task.color == "green" or task.floor_height >= 15 for task in tasks])
    monkeypatch.setattr(judge, "evaluate", lambda act, some: solved if list(some) == tasks else None)
    lines = said("evaluate", colored).splitlines()
    assert len(lines) == 2 * (1 + 11 + 1) + 2
    assert lines[0] == "red" and lines[13] == "green"
    assert set("".join(lines[1:7])) == {"#", "T"} and set("".join(lines[7:12])) == {".", "t"}
    assert set("".join(lines[14:25])) == {"#", "T"}
    assert lines[12] == "solved 144 of 268 unseen tasks (53.7%), 12 of 18 training tasks"
    assert lines[25] == "solved 268 of 268 unseen tasks (100.0%), 18 of 18 training tasks"
    assert lines[27] == "solved 412 of 536 unseen tasks (76.9%), 30 of 36 training tasks"


def test_a_run_plays_in_the_colors_that_it_knows(colored, trained, said, refused):
    assert re.search(r"(fails|gets across) after \d+ steps", said("play", colored, "--color", "green"))
    assert refused("play", colored) == (
        "pisces play: --color is None; for this run it must be one of red, green"
    )
    assert refused("play", trained[0], "--color", "red") == (
        "pisces play: --color is 'red'; for this run it must be left out"
    )


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--method", "PSE"], "method is 'PSE'; it must be one of dropout-l2, pse, randconv, randconv-pse, "),
        (["--grid", "wild"], "grid is 'wild'; it must be one of wide, narrow, random"),
        (["--reading", "code"], "reading is 'code'; it must be one of paper, reference"),
        (["--steps", "0"], "num_updates is 0; it must be an integer of at least 1"),
        (["--seed", "-1"], "seed is -1; it must be an integer from 0 to 4294967295"),
        (["--table", "G.9"], "table is 'G.9'; it must be None or one of G.3, G.4, G.5"),
        (["--table", "G.5"], "method is 'pse'; it must be one of randconv-pse, randconv-psm-l2, "),
        (["--precision", "half"], "precision is 'half'; it must be one of auto, float32, mixed_bfloat16"),
        (["--steps", "many"], "argument --steps: invalid int value: 'many'"),
        (["--speed", "9"], "unrecognized arguments: --speed 9"),
    ],
)
def test_a_wrong_setting_of_a_training_is_one_line(words, message, refused):
    said = refused(*TRAINING, *words)
    assert said.removeprefix("pisces: ").removeprefix("pisces train: ").startswith(message)


def test_a_training_without_grid_or_method_is_refused(refused):
    assert refused("train") == "pisces train: the following arguments are required: --grid, --method"


def test_a_folder_that_cannot_hold_the_run_is_refused(trained, refused, tmp_path):
    folder, _ = trained
    (tmp_path / "file").write_text("")
    another = [*TRAINING[:-1], "7", "--out"]
    assert "which holds another run" in refused(*another, folder)
    assert "which holds something else" in refused(*another, tmp_path)
    assert "which holds something else" in refused(*another, tmp_path / "file")
    assert "Not a directory" in refused(*another, tmp_path / "file" / "run")
    assert "File exists" in refused(*another, tmp_path / "run", "--tensorboard", tmp_path / "file")


def test_a_folder_without_permission_is_refused(refused, tmp_path, monkeypatch):
    def forbidden(path, *_, **__):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "mkdir", forbidden)
    message = refused(*TRAINING, "--out", tmp_path / "run")
    assert message == f"pisces train: [Errno 13] Permission denied: '{tmp_path / 'run'}'"


@pytest.mark.parametrize("command", ["evaluate", "play"])
def test_a_broken_run_folder_is_named_in_one_line(command, trained, refused, tmp_path):
    missing = tmp_path / "missing"
    assert refused(command, missing) == f"pisces {command}: folder is {str(missing)!r}, which has no run.json"
    (tmp_path / "run.json").write_text("{")
    assert f"folder is {str(tmp_path)!r}, whose run.json is broken" in refused(command, tmp_path)
    (tmp_path / "run.json").write_text((trained[0] / "run.json").read_text())
    assert refused(command, tmp_path).endswith("which has no result.json")
    (tmp_path / "result.json").write_text((trained[0] / "result.json").read_text())
    assert "whose policy is broken" in refused(command, tmp_path)


def test_the_expert_plays_in_the_terminal(said):
    played = said("play", "--obstacle", 25, "--floor", 15)
    assert played.endswith("gets across after 56 steps, return 156\n")
    assert "\x1b" not in played  # no terminal, no film
    assert said("play", "--color", "green").endswith("gets across after 56 steps, return 254\n")


def test_the_expert_plays_in_a_gif(said, tmp_path):
    file = tmp_path / "expert.gif"
    line = said("play", "--gif", file, "--color", "red", "--fps", 20)
    assert line == f"{file}: gets across after 56 steps, return 156\n"
    with Image.open(file) as film:
        assert film.format == "GIF"
        assert film.info["duration"] == 50


def test_the_policy_of_a_run_plays_in_a_gif(trained, said, tmp_path):
    file = tmp_path / "policy.gif"
    line = said("play", trained[0], "--obstacle", 20, "--gif", file)
    assert re.fullmatch(rf"{re.escape(str(file))}: (fails|gets across) after \d+ steps, return \d+\n", line)
    with Image.open(file) as film:
        assert film.format == "GIF"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--obstacle", "3"], "obstacle_position is 3; it must be an integer from 14 to 47"),
        (["--floor", "41"], "floor_height is 41; it must be an integer from 0 to 40"),
        (["--color", "blue"], "color is 'blue'; it must be None or one of "),
        (["--fps", "0"], "--fps is 0.0; it must be from 0.01 to 50"),
        (["--fps", "0.001", "--gif", "slow.gif"], "--fps is 0.001; it must be from 0.01 to 50"),
        (["--gif", "missing/expert.gif"], "[Errno 2] No such file or directory: 'missing/expert.gif'"),
    ],
)
def test_a_wrong_setting_of_a_game_is_one_line(words, message, refused, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert refused("play", *words).startswith(f"pisces play: {message}")


@pytest.mark.parametrize("command", ["evaluate", "play"])
@pytest.mark.parametrize("kind", ["lqr", "control"])
def test_a_run_of_another_kind_has_no_policy_for_the_jumping_task(command, kind, refused, tmp_path):
    result = next(iter(archive.read(archive.packaged(kinds.KINDS[kind]), kind=kinds.KINDS[kind]).values()))
    store.open_run(tmp_path / "run", result.config, result.seed)
    store.write_run(tmp_path / "run", result, None)
    said = refused(command, tmp_path / "run")
    assert said.endswith(f"a run of {kind}; it must be one of the jumping task")


def test_a_gif_says_at_which_speed_it_runs_if_not_at_the_one_asked_for(said, tmp_path):
    lines = said("play", "--gif", tmp_path / "expert.gif", "--fps", 40).splitlines()
    assert lines[0].endswith("expert.gif: 33.3 frames per second, the nearest that a GIF can show")
