"""A run for a page: the whole loop, or nothing where nothing renders."""

import pytest

from pisces.chapters.distracting_control import short_training
from pisces.control.renderer import RendererError


def test_it_goes_through_the_whole_loop(rendering):
    result = short_training.train(num_updates=2, num_reports=2, seed=5)
    assert result is not None and result.seed == 5
    assert result.config.backgrounds == "still" and result.config.precision == "float32"
    assert result.num_updates.tolist() == [1, 2]
    assert result.num_decisions.tolist() == [251, 252]
    assert result.held_out_return.shape == (2, 2)


@pytest.mark.parametrize("error", [RendererError("no graphics library renders"), ImportError("no mujoco")])
def test_where_nothing_renders_there_is_no_run(monkeypatch, error):
    def opened(config, seed):
        raise error

    monkeypatch.setattr(short_training, "opened", opened)
    assert short_training.train(num_updates=2) is None
