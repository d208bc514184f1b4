"""A setting that cannot be run is refused in one line, and one that can survives being written down."""

import dataclasses
import json

import pytest

from pisces.jumping.config import EmbeddingConfig, RandConvConfig, RunConfig
from pisces.jumping.presets import METHODS, READINGS, TABLES, preset
from pisces.task import all_tasks, training_tasks

RUN = RunConfig(method="mine", grid="wide", learning_rate=1e-3)
MOVED = dataclasses.replace(RUN, max_shift=8)
RAND_CONV = RandConvConfig()
CME = EmbeddingConfig(
    metric="psm",
    loss="cme",
    contrastive_weight=1.0,
    discount=0.9,
    inverse_temperature=2.0,
    affinity_scale=0.1,
)
L2 = EmbeddingConfig(metric="psm", loss="l2", contrastive_weight=1.0, discount=0.9)

COUNT = "an integer of at least 1"
WEIGHT = "a finite number of at least 0"
POSITIVE = "a finite number above 0"
INVALID = [
    (RUN, "grid", "wild", "one of wide, narrow, random"),
    (RUN, "learning_rate", 0.0, POSITIVE),
    (RUN, "learning_rate", float("nan"), POSITIVE),
    (RUN, "learning_rate", float("inf"), POSITIVE),
    (RUN, "learning_rate", "fast", POSITIVE),
    (RUN, "learning_rate_decay", 0.0, "in (0, 1]"),
    (RUN, "learning_rate_decay", 1.1, "in (0, 1]"),
    (RUN, "updates_per_epoch", 0, COUNT),
    (RUN, "num_updates", 0, COUNT),
    (RUN, "num_updates", 2.5, COUNT),
    (RUN, "batch_size", 0, "an even integer of at least 2"),
    (RUN, "batch_size", 7, "an even integer of at least 2"),
    (RUN, "l2_coefficient", -1e-9, WEIGHT),
    (RUN, "dropout_rate", 1.0, "in [0, 1)"),
    (RUN, "dropout_rate", -0.1, "in [0, 1)"),
    (RUN, "feature_size", 0, COUNT),
    (RUN, "rand_conv", {"kernel_size": 2}, "None or of class RandConvConfig"),
    (RUN, "embedding", "psm", "None or of class EmbeddingConfig"),
    (RUN, "report_interval", 0, COUNT),
    (RUN, "schedule", "linear", "one of exponential, cosine"),
    (RUN, "max_shift", -1, "an integer of at least 0"),
    (RUN, "shift_margin", 1, "0 where no image is moved"),
    (MOVED, "shift_margin", -1, "an integer from 0 to 29"),
    (MOVED, "shift_margin", 30, "an integer from 0 to 29"),
    (MOVED, "shift_margin", 0.5, "an integer from 0 to 29"),
    (RUN, "colors", ["red"], "a tuple of red and green, none twice"),
    (RUN, "colors", ("blue",), "a tuple of red and green, none twice"),
    (RUN, "colors", ("red", "red"), "a tuple of red and green, none twice"),
    (RUN, "precision", "float16", "one of float32, mixed_bfloat16"),
    (RAND_CONV, "kernel_size", 0, COUNT),
    (RAND_CONV, "skip_probability", 1.5, "in [0, 1]"),
    (RAND_CONV, "num_action_passes", 0, COUNT),
    (RAND_CONV, "kernels", "frozen", "one of fresh, constant, mixing"),
    (CME, "metric", "bisimulation", "one of psm, pi-bisimulation, pi-bisimulation-endless"),
    (CME, "loss", "CME", "one of cme, symmetric-cme, l2"),
    (CME, "contrastive_weight", -1.0, WEIGHT),
    (CME, "discount", 1.0, "in [0, 1)"),
    (CME, "policy_error", 0.6, "in [0, 0.5]"),
    (CME, "inverse_temperature", None, POSITIVE),
    (CME, "inverse_temperature", 0.0, POSITIVE),
    (CME, "affinity_scale", 0.0, f"None or {POSITIVE}"),
    (CME, "embedding_size", 0, f"None or {COUNT}"),
    (CME, "pairs", "all", "one of any, one color, red"),
    (L2, "inverse_temperature", 1.0, "None for loss l2"),
    (L2, "affinity_scale", 0.01, "None for loss l2"),
]


@pytest.mark.parametrize(("valid", "field", "value", "allowed"), INVALID)
def test_an_invalid_field_is_named_with_its_value_and_what_is_allowed(valid, field, value, allowed):
    with pytest.raises(ValueError) as caught:
        dataclasses.replace(valid, **{field: value})
    assert str(caught.value) == f"{field} is {value!r}; it must be {allowed}"


def test_every_field_but_the_name_is_checked():
    checked = {(type(valid), field) for valid, field, _, _ in INVALID}
    fields = {
        (kind, field.name)
        for kind in (RunConfig, RandConvConfig, EmbeddingConfig)
        for field in dataclasses.fields(kind)
    }
    assert fields - checked == {(RunConfig, "method")}


def test_a_metric_that_compares_no_policies_takes_no_error():
    with pytest.raises(ValueError, match=r"^policy_error is 0.1; it must be 0 for metric pi-bisimulation$"):
        dataclasses.replace(L2, metric="pi-bisimulation", policy_error=0.1)


@pytest.mark.parametrize("seed", [0, 7])
def test_each_color_has_its_own_tasks_to_train_on_and_to_be_tested_on(seed):
    both = dataclasses.replace(RUN, grid="random", colors=("green", "red"))
    red = training_tasks("random", seed=seed, color="red")
    assert both.training_tasks(seed)[18:] == red
    assert both.tasks == (*all_tasks("green"), *all_tasks("red"))
    assert RUN.tasks == all_tasks()
    assert RUN.training_tasks(seed) == training_tasks("wide")


@pytest.mark.parametrize("table", TABLES)
def test_a_configuration_in_colors_survives_json(table):
    chosen = preset("randconv-pse", grid="random", reading="paper", table=table)
    assert RunConfig.from_dict(json.loads(json.dumps(chosen.to_dict()))) == chosen


def test_a_choice_of_pairs_is_written_down_and_its_default_is_not():
    one_color = dataclasses.replace(RUN, embedding=dataclasses.replace(CME, pairs="one color"))
    values = one_color.to_dict()
    assert values["embedding"]["pairs"] == "one color" and RunConfig.from_dict(values) == one_color
    assert "pairs" not in dataclasses.replace(RUN, embedding=CME).to_dict()["embedding"]


@pytest.mark.parametrize(("field", "value"), [("schedule", "cosine"), ("max_shift", 9), ("shift_margin", 1)])
def test_what_the_paper_does_without_is_written_down_where_it_is_used(field, value):
    changed = dataclasses.replace(MOVED, **{field: value})
    assert changed.to_dict()[field] == value and RunConfig.from_dict(changed.to_dict()) == changed
    assert field not in RUN.to_dict()


def test_pairs_of_red_need_red_tasks():
    red = dataclasses.replace(CME, pairs="red")
    assert dataclasses.replace(RUN, embedding=red, colors=("red", "green")).embedding == red
    for colors in ((), ("green",)):
        with pytest.raises(ValueError, match=r"^colors is \(.*\); it must be a tuple with red, as pairs are"):
            dataclasses.replace(RUN, embedding=red, colors=colors)


@pytest.mark.parametrize("reading", READINGS)
@pytest.mark.parametrize("method", METHODS)
def test_a_configuration_survives_json(method, reading):
    chosen = preset(method, grid="random", reading=reading)
    assert RunConfig.from_dict(json.loads(json.dumps(chosen.to_dict()))) == chosen


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"momentum": 0.9}, "momentum"),
        ({"rand_conv": {"size": 2}}, "size"),
        ({"embedding": {"metric": "psm"}}, "loss"),
        ({"embedding": 3}, "mapping"),
        ({"num_updates": "many"}, "num_updates is 'many'"),
    ],
)
def test_a_dictionary_with_an_unknown_missing_or_invalid_field_is_refused(change, named):
    with pytest.raises(ValueError, match=named) as caught:
        RunConfig.from_dict(RUN.to_dict() | change)
    assert "\n" not in str(caught.value)


def test_a_dictionary_without_a_required_field_is_refused():
    values = RUN.to_dict()
    del values["learning_rate"]
    with pytest.raises(ValueError, match="learning_rate"):
        RunConfig.from_dict(values)


def test_what_is_no_dictionary_is_no_configuration():
    with pytest.raises(ValueError, match="config is not that of a run"):
        RunConfig.from_dict(7)  # type: ignore[arg-type]
