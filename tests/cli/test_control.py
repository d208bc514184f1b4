"""Commands about distracting control: what they say, keep and refuse."""

import dataclasses
import itertools
import re
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest
import tiny
from PIL import Image

from pisces.chapters.distracting_control import recording
from pisces.cli import control, main
from pisces.control import config, expert_training
from pisces.control.backgrounds import SEEDS
from pisces.control.expert import Expert
from pisces.control.run import opened
from pisces.runs import store

TRAINING = ["train-control", "--task", "cartpole-swingup", "--method", "drq-pse", "--updates", "2"]


@pytest.fixture
def small(monkeypatch, rendering):
    """The miniature, as small as a test needs it."""
    of_preset = ("method", "task", "backgrounds", "trains_before_still", "precision", "pse")
    settings = vars(tiny.control_config(num_test_episodes=2, num_evaluation_episodes=1))
    scale = {name: value for name, value in settings.items() if name not in of_preset}
    monkeypatch.setitem(config.SCALES, "miniature", scale)
    monkeypatch.setitem(config.METHODS, "drq-pse", {"pse": tiny.pse_config(num_pairs=1)})


def test_training_says_what_it_earns_before_both_kinds_of_backgrounds(small, tmp_path, capsys):
    folder = tmp_path / "run"
    words = [*TRAINING, "--out", str(folder), "--precision", "float32", "--seed", "3"]
    assert main(words) == 0
    lines = capsys.readouterr().out.splitlines()
    for line, what in zip(lines, ("training", "test"), strict=False):
        assert re.fullmatch(rf"return before {what} backgrounds: \d+ ± \d+ \(2 episodes\)", line)
    assert re.fullmatch(r"2 updates in \d+ s, in float32", lines[2])
    assert re.fullmatch(r"memory: \d+\.\d GiB at most, without renderers", lines[3])
    assert lines[4:] == [f"kept in {folder}"]
    result = store.read_run(folder)
    assert (result.config.method, result.config.num_updates, result.seed) == ("drq-pse", 2, 3)
    assert lines[1].startswith(f"return before test backgrounds: {result.score:.0f} ")
    # What is complete is read, not made again.
    assert main(words) == 0
    assert capsys.readouterr().out.splitlines()[:2] == lines[:2]


@pytest.mark.parametrize(("platform", "unit"), [("linux", 1024), ("darwin", 1)])
def test_the_peak_of_memory_is_in_bytes(platform, unit, monkeypatch):
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr("resource.getrusage", lambda _: SimpleNamespace(ru_maxrss=3))
    assert control._peak_memory() == 3 * unit


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (["--task", "fly"], "task is 'fly'; it must be one of ball-in-cup-catch, "),
        (["--scale", "giant"], "scale is 'giant'; it must be one of paper, miniature"),
        (["--backgrounds", "videos"], "folder of videos is None; it must be given for backgrounds videos"),
        (["--videos", "here"], "folder of videos is 'here'; it must be None for procedural"),
        (["--updates", "0"], "num_updates is 0; it must be an integer of at least 1"),
        (["--task", "walker-walk"], "task is 'walker-walk'; it must be one of ball-in-cup-catch, cartpole"),
    ],
)
def test_what_cannot_be_trained_is_one_line(change, message, capsys):
    assert main([*TRAINING, *change]) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"pisces train-control: {message}") and said.count("\n") == 1


def test_an_agent_may_be_trained_before_a_plain_background_and_judged_before_videos(small, tmp_path):
    folder = tmp_path / "run"
    assert main([*TRAINING, "--train-still", "--out", str(folder)]) == 0
    made = store.read_run(folder)
    assert made.config.trains_before_still and made.config.backgrounds == "procedural"
    assert made.config.pse is not None and np.isfinite(made.test_return).all()


def test_an_expert_of_a_file_teaches_the_task_that_it_was_made_for(small, monkeypatch, tmp_path, capsys):
    file = tmp_path / "expert.npz"
    kernels, biases = (np.zeros((6, 2), np.float32),), (np.zeros(2, np.float32),)
    Expert(kernels, biases, {"task": "reacher-easy"}).save(file)
    words = [*TRAINING, "--precision", "float32", "--expert", str(file)]
    assert main(words) == 2
    said = capsys.readouterr().err
    assert "expert is one of task 'reacher-easy'; it must be one of 'cartpole-swingup'" in said
    acted, act = [], Expert.act
    monkeypatch.setattr(Expert, "act", lambda self, seen: acted.append(self.kernels[0]) or act(self, seen))
    assert main([*words, "--task", "reacher-easy"]) == 0
    assert acted and not np.any(acted)
    assert main([*words, "--task", "reacher-easy", "--method", "drq"]) == 2
    said = capsys.readouterr().err
    assert re.search(r"expert is that with digest [0-9a-f]{12}; it must be None without pse$", said)


def test_a_run_that_is_kept_does_not_go_on_with_another_expert(small, tmp_path, capsys):
    words = [*TRAINING, "--task", "reacher-easy", "--out", str(tmp_path / "run"), "--expert"]
    for place, expected in enumerate((0, 2)):
        file = tmp_path / f"{place}.npz"
        kernels, biases = (np.zeros((6, 2), np.float32),), (np.full(2, place, np.float32),)
        Expert(kernels, biases, {"task": "reacher-easy"}).save(file)
        assert main([*words, str(file)]) == expected
    assert "run', which holds another run" in capsys.readouterr().err


def test_a_run_that_is_kept_does_not_go_on_before_other_videos(small, tmp_path, capsys):
    words = [*TRAINING, "--backgrounds", "videos", "--out", str(tmp_path / "run"), "--videos"]
    for color, expected in (("red", 0), ("blue", 2)):
        for split, name in itertools.product(SEEDS, ("a", "b")):
            (video := tmp_path / color / split / name).mkdir(parents=True)
            Image.new("RGB", (32, 32), color).save(video / "0.png")
        assert main([*words, str(tmp_path / color)]) == expected
    assert "which holds another run" in capsys.readouterr().err


def test_another_expert_than_the_configuration_names_is_refused(small):
    other = Expert((np.zeros((6, 2), np.float32),), (np.zeros(2, np.float32),), {"task": "reacher-easy"})
    chosen = config.preset("drq-pse", "reacher-easy", "miniature")
    assert chosen.pse is not None
    named = dataclasses.replace(chosen, pse=dataclasses.replace(chosen.pse, expert="0" * 12))
    message = f"expert is that with digest {other.digest}; it must be that with 000000000000"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"), opened(named, 0, expert=other):
        pass


def test_an_expert_is_kept_where_it_is_told(physics, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(expert_training, "_NUM_RANDOM", 20)
    monkeypatch.setattr(expert_training, "_NUM_EPISODES", 1)
    file = tmp_path / "one"
    words = ["train-expert", "--task", "reacher-easy", "--decisions", "22", "--out", str(file)]
    assert main(words) == 0
    made = Expert.read(file)
    (earned,) = made.notes["returns"]
    assert capsys.readouterr().out.splitlines() == [
        f"return after 22 decisions: {earned:.0f}",
        f"kept in {file}",
    ]
    for out in (tmp_path, tmp_path / "none" / "one"):
        words[-1] = str(out)
        assert main(words) == 2
        assert capsys.readouterr().err == (
            f"pisces train-expert: --out is {words[-1]!r}; it must be a file in a folder that exists\n"
        )


def test_commands_need_no_module_that_some_systems_lack():
    code = "import sys; sys.modules['resource'] = None; from pisces.cli import main; main(['play'])"
    subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)


def test_the_expert_is_recorded_where_it_is_told(rendering, tmp_path, said, monkeypatch):
    monkeypatch.setattr(recording.record, "__kwdefaults__", {"seed": 0, "size": 16})
    file = tmp_path / "new" / "recording.npz"
    assert said("record-expert", "--out", file) == (
        f"cartpole-swingup: 125 decisions, return 857, kept in {file}\n"
    )
    np.testing.assert_array_equal(recording.read(file).action, recording.read(recording.packaged()).action)
