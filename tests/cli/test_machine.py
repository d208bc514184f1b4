"""The speed of this machine is measured, and what is wrong with it is said."""

import json

from pisces import doctor
from pisces.cli import main


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
