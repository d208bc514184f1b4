"""A run is made as its kind asks for, and kept where it is told."""

import numpy as np
import pytest
import tiny

from pisces.lab import store
from pisces.lab.making import make


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
