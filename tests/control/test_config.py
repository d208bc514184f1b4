"""Settings: the paper's values, what is refused, and that they survive being stored."""

import pytest
import tiny

from pisces.control import expert
from pisces.control.config import METHODS, SCALES, ControlConfig, preset
from pisces.control.tasks import TASKS


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("task", TASKS)
def test_every_preset_is_read_back_as_it_was_stored(method, scale, task):
    config = preset(method, task, scale)
    assert ControlConfig.from_dict(config.to_dict()) == config
    assert (config.method, config.task) == (method, task)
    assert (config.pse is None) == ("pse" not in method)
    assert config.pse is None or (config.pse.videos == "overlay") == (method == "drq-pse-thirty")
    assert (config.overlay_weight is None) == ("overlay" not in method)
    assert config.overlay_moves == (method == "drq-moving-overlay")


def test_the_paper_scale_has_the_values_of_appendix_i():
    config = preset("drq-pse", "cartpole-swingup", "paper", backgrounds="videos")
    expected = {
        "size": 84,
        "num_filters": 32,
        "feature_size": 50,
        "mlp_width": 1024,
        "num_target_crops": 2,
        "num_crops": 2,
        "crop_padding": 4,
        "batch_size": 512,
        "replay_capacity": 100_000,
        "num_seed_decisions": 1000,
        "updates_per_decision": 1,
        "learning_rate": 1e-3,
        "target_rate": 0.01,
        "target_update_period": 2,
        "actor_update_period": 2,
        "initial_temperature": 0.1,
        "discount": 0.99,
        "min_log_std": -10,
        "max_log_std": 2,
        "num_test_episodes": 100,
    }
    assert {name: getattr(config, name) for name in expected} == expected
    pse = config.pse
    assert (pse.contrastive_weight, pse.inverse_temperature, pse.affinity_scale) == (1, 10, 0.1)
    assert (pse.embedding_size, pse.num_anchors, pse.num_candidates) == (256, 128, None)
    assert config.num_decisions * TASKS["cartpole-swingup"].action_repeat == 500_000


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"task": "fly"}, "task is 'fly'; it must be one of ball-in-cup-catch, .*"),
        ({"task": ["fly"]}, r"task is \['fly'\]; it must be one of ball-in-cup-catch, .*"),
        ({"backgrounds": "noise"}, "backgrounds is 'noise'; it must be one of still, procedural, videos"),
        ({"videos": "0" * 12}, "videos is '000000000000'; it must be None for backgrounds procedural"),
        (
            {"backgrounds": "videos", "videos": "here"},
            "videos is 'here'; it must be None or 12 hexadecimal digits",
        ),
        ({"precision": "half"}, "precision is 'half'; it must be one of float32, mixed_bfloat16"),
        ({"size": 15}, "size is 15; it must be an integer of at least 16"),
        ({"num_strided": 3}, "num_strided is 3; it must be one of 1, 2"),
        ({"num_strided": 2, "size": 22}, "size is 22; it must be an integer of at least 23"),
        ({"sees_changes": 1}, "sees_changes is 1; it must be True or False"),
        ({"overlay_moves": True}, "overlay_moves is True; it must be False without overlay_weight"),
        ({"trains_before_still": 1}, "trains_before_still is 1; it must be True or False"),
        (
            {"trains_before_still": True, "backgrounds": "still"},
            "trains_before_still is True; it must be False for backgrounds still",
        ),
        ({"overlay_weight": 1}, "overlay_weight is 1; it must be None or a number between 0 and 1"),
        ({"num_test_episodes": 0}, "num_test_episodes is 0; it must be an integer of at least 1"),
        ({"replay_capacity": 2}, "replay_capacity is 2; it must be an integer of at least 3"),
        ({"num_crops": 0}, "num_crops is 0; it must be an integer of at least 1"),
        ({"batch_size": 1.5}, "batch_size is 1.5; it must be an integer of at least 1"),
        ({"crop_padding": -1}, "crop_padding is -1; it must be an integer of at least 0"),
        ({"learning_rate": float("inf")}, "learning_rate is inf; it must be a finite number above 0"),
        ({"initial_temperature": 0}, "initial_temperature is 0; it must be a finite number above 0"),
        ({"target_rate": 0.0}, r"target_rate is 0.0; it must be in \(0, 1\]"),
        ({"discount": 1.0}, r"discount is 1.0; it must be in \[0, 1\)"),
        ({"min_log_std": -40}, r"min_log_std is -40; it must be in \[-30, 30\]"),
        ({"max_log_std": -10}, "max_log_std is -10; it must be above min_log_std, -10.0, and at most 30"),
        ({"pse": {}}, "pse is {}; it must be None or of class PSEConfig"),
    ],
)
def test_settings_that_make_no_sense_are_refused(change, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        tiny.control_config(**change)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"contrastive_weight": -1}, "contrastive_weight is -1; it must be a finite number of at least 0"),
        ({"inverse_temperature": 0}, "inverse_temperature is 0; it must be a finite number above 0"),
        ({"affinity_scale": 0}, "affinity_scale is 0; it must be None or a finite number above 0"),
        ({"discount": -0.1}, r"discount is -0.1; it must be in \[0, 1\)"),
        ({"reach": "critic"}, "reach is 'critic'; it must be one of convolutions, actor"),
        ({"videos": "test"}, "videos is 'test'; it must be one of training, overlay"),
        ({"num_pairs": 0}, "num_pairs is 0; it must be an integer of at least 1"),
        ({"expert": "mine"}, "expert is 'mine'; it must be None or 12 hexadecimal digits"),
        ({"learning_rate": 0}, "learning_rate is 0; it must be None or a finite number above 0"),
        (
            {"num_candidates": 3},
            "num_candidates is 3; it must be None or an integer of at least num_anchors, 4",
        ),
    ],
)
def test_embedding_settings_that_make_no_sense_are_refused(change, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        tiny.pse_config(**change)


def test_one_background_has_no_pairs_to_embed():
    with pytest.raises(ValueError, match="^pse is .*; it must be None for backgrounds still$"):
        tiny.control_config(backgrounds="still", pse=tiny.pse_config())


def test_a_preset_names_the_expert_that_comes_with_the_package():
    pse = preset("drq-pse", "cartpole-swingup", "miniature").pse
    assert pse is not None and pse.expert == expert.packaged("cartpole-swingup").digest
    pse = preset("drq-pse", "walker-walk", "miniature").pse
    assert pse is not None and pse.expert is None


def test_a_preset_of_another_name_is_refused():
    for arguments, name in (
        (
            ("ppo", "reacher-easy", "paper"),
            "method is 'ppo'; it must be one of drq, .*, drq-pse",
        ),
        (("drq", "fly", "paper"), "task is 'fly'; it must be one of"),
        (("drq", "reacher-easy", "huge"), "scale is 'huge'; it must be one of paper, miniature"),
    ):
        with pytest.raises(ValueError, match=f"^{name}"):
            preset(*arguments)


def test_a_stored_setting_that_is_not_known_is_refused():
    values = tiny.control_config().to_dict() | {"color": 1}
    with pytest.raises(ValueError, match="^config is not that of a run of distracting control"):
        ControlConfig.from_dict(values)


def test_the_decisions_of_a_run_are_the_random_ones_and_those_with_updates():
    assert tiny.control_config(num_updates=7, updates_per_decision=2).num_decisions == 5 + 4
