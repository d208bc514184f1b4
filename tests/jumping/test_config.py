"""The presets are the paper's tables, and a setting that cannot be run is refused in one line."""

import dataclasses
import json

import pytest

from pisces.jumping import config
from pisces.jumping.config import EmbeddingConfig, RandConvConfig, RunConfig, preset
from pisces.task import all_tasks, training_tasks

# Agarwal et al. (2021), app. G, column by column: learning rate, l2 coefficient, dropout rate, RandConv,
# metric, loss ("l2" or "cme"), temperature, alpha.
PAPER = {
    ("G.3", "dropout-l2"): (4e-3, 4.3e-4, 0.3, False, None, None, None, None),
    ("G.3", "pse"): (3.2e-3, 1e-5, 0.0, False, "psm", "cme", 1.0, 10),
    ("G.3", "randconv"): (7e-3, 0.0, 0.0, True, None, None, None, None),
    ("G.3", "randconv-pse"): (2.6e-3, 0.0, 0.0, True, "psm", "cme", 0.5, 5),
    ("G.4", "dropout-l2"): (4e-3, 4.3e-4, 0.3, False, None, None, None, None),
    ("G.4", "pse"): (6e-3, 7e-5, 0.0, False, "psm", "cme", 0.5, 5),
    ("G.4", "randconv"): (5e-3, 0.0, 0.0, True, None, None, None, None),
    ("G.4", "randconv-pse"): (2.6e-3, 0.0, 0.0, True, "psm", "cme", 0.5, 5),
    ("G.5", "randconv-pse"): (4e-3, 0.0, 0.0, True, "psm", "cme", 1.0, 5),
    ("G.5", "randconv-psm-l2"): (5e-4, 0.0, 0.0, True, "psm", "l2", None, 0.1),
    ("G.5", "randconv-pi-bisimulation-cme"): (4.7e-4, 0.0, 0.0, True, "pi-bisimulation", "cme", 0.5, 0.1),
    ("G.5", "randconv-pi-bisimulation-l2"): (1e-4, 0.0, 0.0, True, "pi-bisimulation", "l2", None, 1e-6),
}

# Where the text and the released code part: form of CME, beta, gamma.
READINGS = {"paper": ("cme", 0.01, 0.99), "reference": ("symmetric-cme", None, 0.999)}


def paper_config(table, method, grid, reading):
    column = PAPER[table, method]
    learning_rate, l2, dropout, has_rand_conv, metric, loss, temperature, alpha = column
    form, beta, gamma = READINGS[reading]
    embedding = None
    if loss is not None:
        is_contrastive = loss == "cme"
        embedding = EmbeddingConfig(
            metric=metric,
            loss=form if is_contrastive else "l2",
            contrastive_weight=alpha,
            discount=gamma,
            inverse_temperature=1 / temperature if is_contrastive else None,
            affinity_scale=beta if is_contrastive else None,
            embedding_size=64 if is_contrastive else None,
        )
    # Table G.2 and the text: what all methods share.
    return RunConfig(
        method=method,
        grid=grid,
        colors=("red", "green") if table == "G.4" else (),
        learning_rate=learning_rate,
        learning_rate_decay=0.999,
        updates_per_epoch=4,
        num_updates=2000 * 4,
        batch_size=256,
        l2_coefficient=l2,
        dropout_rate=dropout,
        feature_size=256,
        rand_conv=RandConvConfig(kernel_size=2, skip_probability=0.1, num_action_passes=5)
        if has_rand_conv
        else None,
        embedding=embedding,
    )


@pytest.mark.parametrize("reading", ["paper", "reference"])
@pytest.mark.parametrize(("table", "method"), PAPER)
def test_a_preset_is_its_column_of_the_paper(table, method, reading):
    expected = paper_config(table, method, "narrow", reading)
    assert preset(method, grid="narrow", reading=reading, table=table) == expected


@pytest.mark.parametrize("reading", ["paper", "reference"])
def test_without_a_table_a_method_has_the_values_of_table_1_and_else_of_the_ablation(reading):
    assert list(config.METHODS) == list(
        dict.fromkeys(method for table, method in PAPER if table in ("G.3", "G.5"))
    )
    for method in config.METHODS:
        table = "G.3" if ("G.3", method) in PAPER else "G.5"
        expected = preset(method, grid="wide", reading=reading, table=table)
        assert preset(method, grid="wide", reading=reading) == expected


def test_no_table_has_a_column_more():
    assert {(table, method) for table, methods in config.TABLES.items() for method in methods} == set(PAPER)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"method": "PSE"}, r"^method is 'PSE'; it must be one of dropout-l2, pse, "),
        (
            {"table": "G.3", "method": "randconv-psm-l2"},
            r"^method is 'randconv-psm-l2'; it must be one of .*pse$",
        ),
        ({"grid": "wild"}, r"^grid is 'wild'; it must be one of wide, narrow, random$"),
        ({"reading": "code"}, r"^reading is 'code'; it must be one of paper, reference$"),
        ({"table": "1"}, r"^table is '1'; it must be None or one of G.3, G.4, G.5$"),
    ],
)
def test_an_unknown_word_is_named_with_what_is_allowed(arguments, message):
    with pytest.raises(ValueError, match=message):
        preset(**({"method": "pse", "grid": "wide", "reading": "paper"} | arguments))


RUN = RunConfig(method="mine", grid="wide", learning_rate=1e-3)
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


@pytest.mark.parametrize("table", config.TABLES)
def test_a_configuration_in_colors_survives_json(table):
    chosen = preset("randconv-pse", grid="random", reading="paper", table=table)
    assert RunConfig.from_dict(json.loads(json.dumps(chosen.to_dict()))) == chosen


def test_a_choice_of_pairs_is_written_down_and_its_default_is_not():
    one_color = dataclasses.replace(RUN, embedding=dataclasses.replace(CME, pairs="one color"))
    values = one_color.to_dict()
    assert values["embedding"]["pairs"] == "one color" and RunConfig.from_dict(values) == one_color
    assert "pairs" not in dataclasses.replace(RUN, embedding=CME).to_dict()["embedding"]


def test_pairs_of_red_need_red_tasks():
    red = dataclasses.replace(CME, pairs="red")
    assert dataclasses.replace(RUN, embedding=red, colors=("red", "green")).embedding == red
    for colors in ((), ("green",)):
        with pytest.raises(ValueError, match=r"^colors is \(.*\); it must be a tuple with red, as pairs are"):
            dataclasses.replace(RUN, embedding=red, colors=colors)


@pytest.mark.parametrize("reading", config.READINGS)
@pytest.mark.parametrize("method", config.METHODS)
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
