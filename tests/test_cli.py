"""The command line: what it says, where it says it, and with which status it ends."""

import dataclasses
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pisces import __version__, cli, doctor
from pisces.cli import main
from pisces.lab import archive, config, evaluate, experiments, store, sweep
from pisces.task import NUM_TASKS, all_tasks, splits

COMMAND = "from pisces.cli import main; raise SystemExit(main())"
TRAINING = ["train", "--grid", "wide", "--method", "pse", "--steps", "2", "--seed", "1"]


def call(*words, code=COMMAND):
    """Runs a fresh process as a user does: nothing silences TensorFlow beforehand."""
    environment = {name: value for name, value in os.environ.items() if name != "TF_CPP_MIN_LOG_LEVEL"}
    command = [sys.executable, "-c", code, *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, env=environment)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A short training in a fresh process: its folder and what it said."""
    folder = tmp_path_factory.mktemp("cli") / "run"
    return folder, call(*TRAINING, "--out", folder)


@pytest.fixture
def refused(capsys):
    """Runs a command that must fail, and gives the one line that it says."""

    def run(*words):
        try:
            status = main(list(map(str, words)))
        except SystemExit as end:  # argparse's own way out
            status = end.code
        output = capsys.readouterr()
        assert status == 2
        assert output.out == ""
        assert output.err.count("\n") == 1 and output.err.endswith("\n")
        return output.err.rstrip("\n")

    return run


@pytest.fixture
def said(capsys):
    """Runs a command that must succeed, and gives what it prints; it has nothing to say on standard error."""

    def run(*words):
        assert main(list(map(str, words))) == 0
        output = capsys.readouterr()
        assert output.err == ""
        return output.out

    return run


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["train", "--help"],
        ["--version"],
        ["play"],
        ["doctor"],
        ["status"],
        ["table", "table2"],
    ],
)
def test_commands_that_learn_nothing_load_no_tensorflow(arguments):
    code = (
        "import sys\nfrom pisces.cli import main\n"
        "try: main()\nexcept SystemExit as end: assert not end.code\n"
        "print('tensorflow' in sys.modules)"
    )
    output = call(*arguments, code=code)
    assert output.stderr == ""
    assert output.stdout.endswith("\nFalse\n")


def test_importing_pisces_loads_no_tensorflow():
    assert call(code="import sys, pisces; print('tensorflow' in sys.modules)").stdout == "False\n"


def test_the_version_is_that_of_the_package(capsys):
    with pytest.raises(SystemExit) as end:
        main(["--version"])
    assert not end.value.code
    assert capsys.readouterr().out == f"pisces {__version__}\n"


def test_training_says_what_it_has_reached_and_nothing_else(trained):
    folder, process = trained
    assert process.returncode == 0
    lines = process.stdout.splitlines()
    assert [len(line) for line in lines[:11]] == [26] * 11
    assert re.fullmatch(r"solved \d+ of 268 unseen tasks \(\d+\.\d%\), \d+ of 18 training tasks", lines[12])
    assert re.fullmatch(r"2 updates in \d+ s", lines[13])
    assert lines[14:] == [f"kept in {folder}"]
    # The progress bar alone is on standard error: no warning of TensorFlow, TF-Agents or absl.
    for piece in re.split(r"[\r\n]+", process.stderr.strip()):
        assert re.match(r"\s*\d+%\|.*\d/2 \[", piece), piece


def test_what_was_trained_is_evaluated_alike_in_a_fresh_process(trained):
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
    monkeypatch.setattr(evaluate, "evaluate", lambda act, tasks: solved)
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


def test_training_takes_reading_precision_and_a_folder_for_tensorboard(tmp_path, capsys):
    words = [*TRAINING[:-1], "2", "--reading", "paper", "--precision", "mixed_bfloat16"]
    run, events = tmp_path / "run", tmp_path / "events"
    assert main([*words, "--out", str(run), "--tensorboard", str(events)]) == 0
    assert list(events.glob("events.out.tfevents.*"))
    chosen, seed = store.read_settings(run)
    assert (chosen.precision, chosen.embedding.loss, chosen.num_updates, seed) == (
        "mixed_bfloat16",
        "cme",
        2,
        2,
    )


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--method", "PSE"], "method is 'PSE'; it must be one of dropout-l2, pse, randconv, randconv-pse, "),
        (["--grid", "wild"], "grid is 'wild'; it must be one of wide, narrow, random"),
        (["--reading", "code"], "reading is 'code'; it must be one of paper, reference"),
        (["--steps", "0"], "num_updates is 0; it must be an integer of at least 1"),
        (["--seed", "-1"], "seed is -1; it must be from 0 to 4294967295"),
        (["--precision", "half"], "precision is 'half'; it must be one of float32, mixed_bfloat16"),
        (["--steps", "many"], "argument --steps: invalid int value: 'many'"),
        (["--speed", "9"], "unrecognized arguments: --speed 9"),
    ],
)
def test_a_wrong_setting_of_a_training_is_one_line(words, message, refused):
    said = refused(*TRAINING, *words)
    assert said.removeprefix("pisces: ").removeprefix("pisces train: ").startswith(message)


def test_a_training_without_grid_or_method_is_refused(refused):
    assert refused("train") == "pisces train: the following arguments are required: --grid, --method"


def test_an_unknown_command_is_refused(refused):
    assert refused("learn").startswith("pisces: argument command: invalid choice: 'learn'")


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
        (["--fps", "0"], "--fps is 0.0; it must be above 0 and at most 50"),
        (["run", "--color", "red"], "--color is 'red'; the policy of a run knows grey tasks only"),
        (["--gif", "missing/expert.gif"], "[Errno 2] No such file or directory: 'missing/expert.gif'"),
    ],
)
def test_a_wrong_setting_of_a_game_is_one_line(words, message, refused, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert refused("play", *words).startswith(f"pisces play: {message}")


def test_the_speed_of_the_environment_is_measured(said, monkeypatch):
    rates = json.loads(said("bench", "env", "--json"))
    assert set(rates) == {"core_steps_per_second", "frames_per_second", "gymnasium_steps_per_second"}
    assert min(rates.values()) > 0
    monkeypatch.setattr("pisces.task.benchmark.measure", lambda: {"frames_per_second": 1234567.0})
    assert said("bench", "env") == "frames per second: 1,234,567\n"


def test_the_doctor_is_content_with_this_environment(said):
    assert said("doctor") == f"ok: {doctor.versions()}\n"


def test_the_doctor_ends_with_1_and_a_line_for_each_problem(monkeypatch, capsys):
    monkeypatch.setattr(doctor, "problems", lambda: ["gym is missing", "tf-keras is 2.19"])
    assert main(["doctor"]) == 1
    assert capsys.readouterr().out == "gym is missing\ntf-keras is 2.19\n"


def test_a_reader_who_leaves_early_is_told_nothing():
    process = subprocess.Popen(
        [sys.executable, "-c", COMMAND, "play"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    process.stdout.close()
    with process.stderr as errors:
        assert errors.read() == b""
    assert process.wait() == 141


def test_an_interruption_is_silent(monkeypatch, capsys):
    def interrupted():
        raise KeyboardInterrupt

    monkeypatch.setattr(doctor, "problems", interrupted)
    assert main(["doctor"]) == 130
    assert capsys.readouterr() == ("", "")


TINY = config.RunConfig(
    method="tiny",
    grid="wide",
    learning_rate=1e-2,
    num_updates=4,
    batch_size=8,
    feature_size=8,
    report_interval=2,
)
CELLS = [
    experiments.Cell(row="tiny", column="short", config=TINY, paper_mean=0.5, paper_std=0.25),
    experiments.Cell(row="tiny", column="long", config=dataclasses.replace(TINY, num_updates=6)),
]
UNKNOWN = "experiment is 'table9'; it must be one of {known}"
SWEEP_OF_ONE_CELL = """
from pisces import cli
from pisces.lab import config, experiments

cell = experiments.Cell(row="tiny", column="one", config=config.RunConfig.from_dict(%r))
experiments.EXPERIMENTS["tiny"] = lambda: [cell]
raise SystemExit(cli.main())
"""


@pytest.fixture(scope="module")
def tiny():
    """An experiment of two cells, beside those of the paper."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(experiments.EXPERIMENTS, "tiny", lambda: CELLS)
        yield


@pytest.fixture(scope="module")
def swept(tiny, tmp_path_factory):
    """The store of a sweep over both cells and two seeds."""
    folder = tmp_path_factory.mktemp("sweep") / "store"
    assert main(["sweep", "tiny", "--seeds", "0-1", "--workers", "2", "--store", str(folder)]) == 0
    return folder


def test_a_sweep_that_is_complete_says_so_at_once(swept, capsys):
    assert main(["sweep", "tiny", "--seeds", "0,1", "--store", str(swept)]) == 0
    output = capsys.readouterr()
    assert output.out == f"4 of 4 runs are complete in {swept}\n"
    assert "4/4" in output.err


def test_a_run_of_a_sweep_is_a_run_like_any_other(swept, said):
    key = sweep.RunSpec(TINY, 0).key
    assert "of 268 unseen tasks" in said("evaluate", swept / key)


def test_the_status_counts_what_is_done_of_what_is_wanted(swept, said):
    lines = said("status", "tiny", "--store", swept, "--seeds", "0-2").splitlines()
    assert len(lines) == 2
    assert re.fullmatch(r"tiny +tiny +short +2 of 3, \d+\.\d minutes per run", lines[0])
    values = json.loads(said("status", "--store", swept, "--seeds", "1", "--json"))
    assert set(values) == {"cells", "failures", "left_aside"}
    assert {row["experiment"] for row in values["cells"]} == set(experiments.EXPERIMENTS)
    mine = [row for row in values["cells"] if row["experiment"] == "tiny"]
    assert [(row["done"], row["wanted"], row["failed"]) for row in mine] == [(1, 1, 0)] * 2
    assert all(row["minutes"] > 0 for row in mine)
    assert {row["minutes"] for row in values["cells"] if row not in mine} == {None}


def test_the_table_has_our_numbers_beside_the_papers(swept, said):
    short, long = json.loads(said("table", "tiny", "--store", swept, "--json"))
    names = "method column n mean std low high interquartile_mean paper_mean paper_std".split()
    assert list(short) == list(long) == names
    scores = [store.read_run(swept / sweep.RunSpec(TINY, seed).key).test_share for seed in (0, 1)]
    assert (short["n"], short["mean"]) == (2, pytest.approx(np.mean(scores)))
    assert short["std"] == pytest.approx(abs(scores[0] - scores[1]) / np.sqrt(2))
    assert (short["paper_mean"], short["paper_std"]) == (0.5, 0.25)
    assert (long["paper_mean"], long["paper_std"]) == (None, None)
    head, *lines = said("table", "tiny", "--store", swept).splitlines()
    assert head.startswith("% of unseen tasks")
    assert lines[0].split()[:4] == ["tiny", "short", "2", f"{100 * np.mean(scores):.1f}"]
    assert lines[0].endswith("50.0 (25.0)")
    assert lines[1].endswith("–")


def test_the_table_without_a_store_is_of_the_results_that_come_with_pisces(
    swept, said, monkeypatch, tmp_path
):
    file = tmp_path / "runs.parquet"
    assert said("export", "--store", swept, "--out", file) == f"4 of 4 runs are new in {file}\n"
    assert said("export", "--store", swept, "--out", file) == f"0 of 4 runs are new in {file}\n"
    monkeypatch.setattr(archive, "packaged", lambda: file)
    assert said("table", "tiny", "--json") == said("table", "tiny", "--store", swept, "--json")


def test_a_trial_is_an_experiment_of_its_own(swept, said):
    rows = json.loads(said("table", "tiny", "--store", swept, "--steps", "6", "--json"))
    assert [row["n"] for row in rows] == [2, 2]  # with 6 updates both cells are the same runs
    rows = json.loads(said("table", "tiny", "--store", swept, "--steps", "5", "--json"))
    assert [(row["n"], row["mean"]) for row in rows] == [(0, None)] * 2


def test_what_cannot_be_made_is_reported_everywhere(swept, tmp_path, capsys):
    folder = tmp_path / "store"
    shutil.copytree(swept, folder)
    key = sweep.RunSpec(TINY, 0).key
    (folder / key / "result.json").write_text("{")
    store.Store(folder).write_failure(key, "Traceback\nValueError: because")
    words = ["--seeds", "0-1", "--store", str(folder)]
    assert main(["sweep", "tiny", *words]) == 1
    output = capsys.readouterr()
    assert output.out == f"3 of 4 runs are complete in {folder}\n"
    assert re.search(f"^failed: {key}: ValueError: folder is .*whose result.json is broken", output.err, re.M)
    assert main(["status", "tiny", *words]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].endswith("1 failed")
    assert lines[2] == f"failed: {key}: ValueError: because"
    assert lines[3].startswith(f"left aside: {key}: ValueError: folder is ")
    assert main(["export", "--store", str(folder), "--out", str(tmp_path / "out.parquet")]) == 0
    output = capsys.readouterr()
    assert output.out.startswith("3 of 3 runs are new in ")
    assert output.err.startswith(f"left aside: {key}: ")


def test_an_interrupted_sweep_says_how_to_go_on_and_nothing_else(tmp_path):
    folder = tmp_path / "store"
    command = [
        sys.executable,
        "-c",
        SWEEP_OF_ONE_CELL % TINY.to_dict(),
        "sweep",
        "tiny",
        "--store",
        str(folder),
    ]
    environment = {name: value for name, value in os.environ.items() if name != "TF_CPP_MIN_LOG_LEVEL"}
    process = subprocess.Popen(
        command, stderr=subprocess.PIPE, text=True, start_new_session=True, env=environment
    )
    while not store.Store(folder).keys():
        assert process.poll() is None
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    *bar, last = re.split(r"[\r\n]+", said.strip())
    assert last == f"stopped; the same command goes on with what is in {folder}"
    for piece in filter(None, bar):
        assert re.match(r"\s*\d+%\|.*\d/5 \[", piece), piece


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["sweep", "table9"], UNKNOWN),
        (["status", "table9"], UNKNOWN),
        (["table", "table9"], UNKNOWN),
        (["sweep", "table1", "--workers", "0"], "num_workers is 0; it must be at least 1"),
        (["sweep", "table1", "--steps", "0"], "num_updates is 0; it must be an integer of at least 1"),
        (
            ["sweep", "table1", "--seeds", "4-0"],
            "argument --seeds: is '4-0'; it must be such as 0-4 or 0,3,7-9",
        ),
        (
            ["sweep", "table1", "--seeds", "one"],
            "argument --seeds: is 'one'; it must be such as 0-4 or 0,3,7-9",
        ),
        (
            ["sweep", "table1", "--seeds", "0,"],
            "argument --seeds: is '0,'; it must be such as 0-4 or 0,3,7-9",
        ),
        (["sweep"], "the following arguments are required: EXPERIMENT"),
    ],
)
def test_a_mistake_about_experiments_is_one_line(words, complaint, refused, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    known = ", ".join(experiments.EXPERIMENTS)
    assert refused(*words) == f"pisces {words[0]}: {complaint.format(known=known)}"
    assert list(tmp_path.iterdir()) == []


def test_seeds_are_read_as_numbers_and_ranges():
    parsed = cli._parser().parse_args(["sweep", "table1", "--seeds", "7-9,0,3,8"])
    assert parsed.seeds == [0, 3, 7, 8, 9]
    assert cli._parser().parse_args(["sweep", "table1"]).seeds == [0, 1, 2, 3, 4]
