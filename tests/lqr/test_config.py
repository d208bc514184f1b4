"""Settings: what is refused, and that they survive being stored."""

import pytest

from pisces.lqr.config import METHODS, LQRConfig, preset


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
def test_every_preset_is_read_back_as_it_was_stored(method, optimizer):
    config = preset(method, num_distractors=500, optimizer=optimizer)
    assert LQRConfig.from_dict(config.to_dict()) == config
    assert config.method == method


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"num_distractors": 3}, "num_distractors is 3; it must be an integer of at least num_states, 4"),
        ({"policy": "deep"}, "policy is 'deep'; it must be one of linear, two-layer, ensemble"),
        ({"learning_rate": float("nan")}, "learning_rate is nan; it must be a finite number above 0"),
        ({"hidden_size": 5}, "hidden_size is 5; it must be None for policy linear"),
        ({"aggregation": "cme"}, "aggregation is 'cme'; it must be None for policy linear"),
        ({"aggregation_weight": 1.0}, "aggregation_weight is 1.0; it must be 0 without an aggregation"),
        ({"affinity_scale": 1.0}, "affinity_scale is 1.0; it must be None but for aggregation cme"),
        ({"discount": 1.0}, r"discount is 1.0; it must be in \[0, 1\)"),
        ({"num_test": 0}, "num_test is 0; it must be an integer of at least 1"),
        ({"l1_weight": "much"}, "l1_weight is 'much'; it must be a finite number of at least 0"),
    ],
)
def test_settings_that_make_no_sense_are_refused(make_config, change, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        make_config(**change)


def test_aggregation_needs_two_environments(make_config):
    with pytest.raises(ValueError, match="^num_training is 1; it must be an integer of at least 2"):
        make_config("aggregation", num_training=1)


def test_an_ensemble_has_no_penalty(make_config):
    with pytest.raises(ValueError, match="^l1_weight is 1.0; it must be 0 for policy ensemble$"):
        make_config("ipo", l1_weight=1.0)


def test_an_unknown_method_or_setting_is_refused():
    with pytest.raises(ValueError, match="^method is 'best'; it must be one of linear, "):
        preset("best", num_distractors=500)
    with pytest.raises(ValueError, match="^config is not that of a run on the linear system: "):
        LQRConfig.from_dict({"method": "linear", "colour": "red"})
