"""The table of settings says what the configuration says."""

import dataclasses

import pytest

from pisces.jumping.presets import METHODS, preset
from pisces.jumping.settings import NOT_USED, settings_table


def table_of(*methods: str, reading: str = "reference"):
    return settings_table([preset(method, grid="wide", reading=reading) for method in methods])


def test_it_holds_the_values_of_table_g3_for_randconv_and_pses():
    shown = table_of("randconv", "randconv-pse")
    assert list(shown.columns) == ["randconv", "randconv-pse", "source"]
    assert shown.loc["learning rate of Adam"].tolist() == ["0.007", "0.0026", "G.3 to G.5"]
    assert shown.loc["weight α of that loss"].tolist()[:2] == [NOT_USED, "5"]
    # Temperature 0.5 in the table.
    assert shown.loc["inverse temperature λ"].tolist()[:2] == [NOT_USED, "2"]
    assert shown.loc["RandConv: size of the kernel"].tolist() == ["2 × 2", "2 × 2", "G.2"]


def test_the_two_readings_differ_in_the_rows_that_say_so_and_nowhere_else():
    paper, reference = (table_of("randconv-pse", reading=reading) for reading in ("paper", "reference"))
    differs = paper["randconv-pse"] != reference["randconv-pse"]
    assert differs.equals(paper["source"] == "reading")
    assert paper.loc["coupling weights: scale β", "randconv-pse"] == "0.01"
    assert reference.loc["coupling weights: scale β", "randconv-pse"] == "off"


def test_a_setting_that_no_run_uses_has_no_row():
    assert "dropout rate" not in table_of("randconv").index
    assert "metric" not in table_of("randconv").index
    assert table_of("dropout-l2", "randconv").loc["dropout rate"].tolist()[:2] == ["0.3", NOT_USED]


@pytest.mark.parametrize("method", METHODS)
def test_every_method_has_a_table_of_texts(method):
    shown = table_of(method)
    assert shown.map(lambda value: isinstance(value, str) and value).all(axis=None)


def test_the_schedule_of_the_learning_rate_and_the_shift_of_images_are_told():
    shown = table_of("recipe", "randconv")
    assert shown.loc["decay of the learning rate"].tolist()[:2] == [
        "cosine to 0 in 2000 updates",
        "× 0.999 per 4 updates",
    ]
    assert shown.loc["random shift, pixels at most"].tolist()[1:] == [NOT_USED, "this run"]


def test_a_changed_setting_changes_the_table():
    config = preset("randconv-pse", grid="wide", reading="paper")
    changed = dataclasses.replace(config, num_updates=17)
    assert settings_table([changed]).loc["updates", "randconv-pse"] == "17"


CONVOLUTIONS = [
    {"kernel_size": 5},
    {"skip_probability": 0.4},
    {"num_action_passes": 2},
    {"kernels": "constant"},
]
EMBEDDINGS = [
    {"metric": "pi-bisimulation"},
    {"loss": "symmetric-cme"},
    {"discount": 0.5},
    {"contrastive_weight": 0.1},
    {"inverse_temperature": 7.0},
    {"affinity_scale": None},
    {"embedding_size": 17},
    {"policy_error": 0.1},
    {"pairs": "one color"},
]


def test_every_setting_that_changes_a_run_is_told():
    config = preset("randconv-pse", grid="wide", reading="paper")
    assert config.rand_conv is not None and config.embedding is not None
    changes = [
        {"grid": "narrow"},
        {"colors": ("red", "green")},
        {"precision": "mixed_bfloat16"},
        {"learning_rate": 0.1},
        {"learning_rate_decay": 0.9},
        {"updates_per_epoch": 3},
        {"schedule": "cosine"},
        {"num_updates": 17},
        {"batch_size": 18},
        {"l2_coefficient": 0.1},
        {"dropout_rate": 0.1},
        {"feature_size": 17},
        {"max_shift": 3},
        {"max_shift": 3, "shift_margin": 1},
        {"rand_conv": None},
        {"embedding": None},
        *({"rand_conv": dataclasses.replace(config.rand_conv, **one)} for one in CONVOLUTIONS),
        *({"embedding": dataclasses.replace(config.embedding, **one)} for one in EMBEDDINGS),
    ]
    tables = [settings_table([dataclasses.replace(config, **one)]).to_csv() for one in ({}, *changes)]
    assert len(set(tables)) == len(tables)
    told = {name for one in changes for name in one}
    assert told == {field.name for field in dataclasses.fields(config)} - {"method", "report_interval"}
    for part, settings in ((config.rand_conv, CONVOLUTIONS), (config.embedding, EMBEDDINGS)):
        assert {field.name for field in dataclasses.fields(part)} == {
            name for one in settings for name in one
        }


@pytest.mark.parametrize("methods", [(), ("randconv", "randconv")])
def test_no_run_and_two_runs_of_one_method_are_refused(methods):
    with pytest.raises(ValueError, match="configs have the methods"):
        table_of(*methods)
