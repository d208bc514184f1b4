"""The speed of this machine is measured, and what is wrong with it is said."""

import json

import pytest

from pisces import doctor, precision
from pisces.cli import main
from pisces.control.renderer import rendering_advice


def test_the_speed_of_the_environment_is_measured(said, monkeypatch):
    rates = json.loads(said("bench", "env", "--json"))
    assert set(rates) == {"core_steps_per_second", "frames_per_second", "gymnasium_steps_per_second"}
    assert min(rates.values()) > 0
    monkeypatch.setattr("pisces.task.benchmark.measure", lambda: {"frames_per_second": 1234567.0})
    assert said("bench", "env") == "frames per second: 1,234,567\n"


def test_the_speed_of_training_is_measured_in_each_precision_of_the_machine(said, refused, monkeypatch):
    monkeypatch.setattr("pisces.precision.native_precision", lambda: "mixed_bfloat16")
    rates = {"float32": 12.0, "mixed_bfloat16": 1234.0}
    monkeypatch.setattr(
        "pisces.jumping.benchmark.measure", lambda *, precision: {"updates_per_second": rates[precision]}
    )
    assert json.loads(said("bench", "train", "--json")) == {
        name: {"updates_per_second": rate} for name, rate in rates.items()
    }
    assert said("bench", "train") == (
        "float32:\n  updates per second: 12.00\nmixed_bfloat16:\n  updates per second: 1,234\n"
    )
    assert list(json.loads(said("bench", "train", "--precision", "float32", "--json"))) == ["float32"]
    message = "precision is 'half'; it must be one of auto, float32, mixed_bfloat16"
    assert refused("bench", "train", "--precision", "half") == f"pisces bench: {message}"


def test_how_long_the_recipe_takes_is_measured_beside_the_paper(said, monkeypatch):
    module = "pisces.chapters.what_would_you_do_today.pace"
    monkeypatch.setattr(f"{module}.measure", lambda *, precision: {"recipe": {precision: 12.3}})
    assert said("bench", "recipe", "--precision", "float32") == "recipe:\n  float32: 12.30\n"


def test_what_is_measured_of_the_recipe_is_kept_with_the_processor(said, refused, monkeypatch, tmp_path):
    measured = {"recipe": {"runs": 5, "seconds": 12.3456}, "recipe-still": {"runs": 7, "seconds": 2.0}}
    monkeypatch.setattr("pisces.chapters.what_would_you_do_today.pace.measure", lambda *, precision: measured)
    file = tmp_path / "pace.csv"
    for limit in ("", "AVX2"):
        if limit:
            monkeypatch.setenv("ONEDNN_MAX_CPU_ISA", limit)
        said("bench", "recipe", "--precision", "float32", "--out", file)
    head, *rows = file.read_text().splitlines()
    assert head == "processor,threads,limits,precision,method,runs,seconds" and len(rows) == 4
    assert rows[0].endswith(",,float32,recipe,5,12.346")
    assert rows[3].endswith(",ONEDNN_MAX_CPU_ISA=AVX2,float32,recipe-still,7,2.0")
    message = refused("bench", "env", "--out", file)
    assert message == f"pisces bench: --out is {str(file)!r}; it must be left out but for recipe"
    monkeypatch.delattr("pisces.chapters.what_would_you_do_today.pace.measure")
    for out in (tmp_path, tmp_path / "none" / "pace.csv"):
        message = refused("bench", "recipe", "--precision", "float32", "--out", out)
        assert message == f"pisces bench: --out is {str(out)!r}; it must be a file in a folder that exists"


@pytest.mark.parametrize("part", ["env", "control"])
def test_what_has_no_precision_takes_none(part, refused):
    message = refused("bench", part, "--precision", "float32")
    assert message == f"pisces bench: --precision is 'float32'; it must be left out for {part}"


def test_the_speed_of_distracting_control_is_measured(said, monkeypatch):
    rates = {"cartpole-swingup": {"decisions per second, paper, 84 pixels": 123.4}}
    monkeypatch.setattr("pisces.control.benchmark.measure", lambda: rates)
    assert said("bench", "control") == "cartpole-swingup:\n  decisions per second, paper, 84 pixels: 123.40\n"


def test_the_doctor_is_content_with_this_environment(said):
    *lines, rendering = said("doctor").splitlines()
    assert lines == [f"ok: {doctor.versions()}", precision.advice()]
    assert rendering == rendering_advice()


def test_the_doctor_ends_with_1_and_a_line_for_each_problem(monkeypatch, capsys):
    monkeypatch.setattr(doctor, "problems", lambda: ["gym is missing", "tf-keras is 2.19"])
    monkeypatch.setattr("pisces.cli.machine.rendering_advice", lambda: "rendering: none; install it")
    assert main(["doctor"]) == 1
    printed = capsys.readouterr().out
    assert printed == f"gym is missing\ntf-keras is 2.19\n{precision.advice()}\nrendering: none; install it\n"
