"""The presets are the paper's tables."""

import pytest

from pisces.jumping.config import EmbeddingConfig, RandConvConfig, RunConfig
from pisces.jumping.presets import METHODS, OWN, TABLES, preset

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
    listed = list(dict.fromkeys(method for table, method in PAPER if table in ("G.3", "G.5")))
    assert list(METHODS) == [*listed, *OWN]
    for method in listed:
        table = "G.3" if ("G.3", method) in PAPER else "G.5"
        expected = preset(method, grid="wide", reading=reading, table=table)
        assert preset(method, grid="wide", reading=reading) == expected


def test_no_table_has_a_column_more():
    assert {(table, method) for table, methods in TABLES.items() for method in methods} == set(PAPER)


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
