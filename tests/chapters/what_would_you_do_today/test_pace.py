"""When runs reach a share, by hand, and what that takes here."""

from types import SimpleNamespace

import numpy as np
import pytest

from pisces.chapters.what_would_you_do_today import pace
from pisces.chapters.what_would_you_do_today.pace import time_to


def run(seed, shares):
    return SimpleNamespace(
        config=SimpleNamespace(method="recipe", grid="wide", num_updates=400),
        seed=seed,
        update=np.array([100, 200, 300, 400]),
        solved_share=np.array(shares),
        seconds=20.0,
    )


def test_the_first_report_with_the_share_counts_even_if_it_is_lost_again():
    table = time_to([run(0, [0.1, 0.9, 0.5, 1.0]), run(3, [0.0, 0.2, 0.3, 0.8])], share=0.87)
    assert table.seed.tolist() == [0, 3]
    assert table.updates.tolist() == [200, np.inf]
    assert table.seconds.tolist() == [10.0, np.inf]
    assert time_to([run(3, [0.0, 0.2, 0.3, 0.8])], share=0.8).updates.tolist() == [400]


def test_what_committed_runs_take_is_measured_in_seconds_of_this_machine(monkeypatch):
    def milliseconds(configs, *, num_updates, num_rounds, precision):
        assert (num_updates, num_rounds, precision) == (100, 3, "float32")
        return [20.0 if config.embedding else 10.0 for config in configs]

    monkeypatch.setattr("pisces.jumping.benchmark.milliseconds_per_update", milliseconds)
    measured = pace.measure(precision="float32")
    paper, recipe, _ = measured.values()
    assert list(measured) == ["randconv-pse", "recipe", "recipe-still"]
    assert (paper["updates"], paper["seconds"], paper["times_as_fast"]) == (3500, 70, 1)
    assert (recipe["updates"], recipe["seconds"], recipe["times_as_fast"]) == (
        1200,
        12,
        pytest.approx(70 / 12),
    )
    assert [one["runs"] >= 5 for one in measured.values()] == [True] * 3


def test_what_is_measured_is_added_to_no_other_table(tmp_path):
    file, measured = tmp_path / "pace.csv", {"recipe": {"runs": 5, "seconds": 1.0}}
    pace.keep(file, measured, precision="float32")
    written = file.read_text()
    with pytest.raises(ValueError, match=r"^file is '.*pace.csv' with the columns .*; they must be \['proc"):
        pace.keep(file, {"recipe": {"runs": 5}}, precision="float32")
    assert file.read_text() == written
