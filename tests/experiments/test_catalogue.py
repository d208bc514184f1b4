"""Experiments are the paper's tables, cell by cell."""

import dataclasses
import subprocess
import sys

import pytest

from pisces.control.config import METHODS
from pisces.experiments import catalogue, jumping_cells
from pisces.experiments.catalogue import EXPERIMENTS, cells
from pisces.jumping.config import RunConfig
from pisces.jumping.presets import preset
from pisces.precision import FLOAT32, PRECISIONS
from pisces.task import COLORS, GRIDS


def by_place(experiment, **settings):
    return {(cell.row, cell.column): cell for cell in cells(experiment, **settings)}


def differences(config, other):
    """Names of the settings in which two configurations differ, those of their parts among them."""
    found = set()
    for field in dataclasses.fields(config):
        one, another = getattr(config, field.name), getattr(other, field.name)
        if dataclasses.is_dataclass(one) and dataclasses.is_dataclass(another):
            found |= differences(one, another)
        elif one != another:
            found.add(field.name)
    return found


@pytest.mark.parametrize("experiment", EXPERIMENTS)
def test_no_cell_and_no_configuration_is_there_twice(experiment):
    found = cells(experiment)
    assert len(by_place(experiment)) == len(found)
    assert len({(cell.config, cell.part) for cell in found}) == len(found)


def test_table_1_has_five_methods_on_three_grids():
    table = by_place("table1")
    assert len(table) == 5 * 3
    assert {column for _, column in table} == set(GRIDS)
    for (row, column), cell in table.items():
        assert (cell.config.method, cell.config.grid) == (row, column)
        assert cell.config.num_updates == 8000


def test_the_papers_numbers_are_shares_and_in_their_places():
    table = by_place("table1")
    assert (table["randconv-pse", "narrow"].paper_mean, table["randconv-pse", "narrow"].paper_std) == (
        pytest.approx(0.524),
        pytest.approx(0.058),
    )
    assert table["randconv", "random"].paper_mean == pytest.approx(0.713)
    assert table["dropout-l2", "wide"].paper_std == pytest.approx(0.022)
    every = [cell for experiment in EXPERIMENTS if experiment != "lqr" for cell in cells(experiment)]
    assert all(0 < cell.paper_mean <= 1 for cell in every if cell.paper_mean is not None)
    assert all(0 < cell.paper_std < cell.paper_mean for cell in every if cell.paper_std is not None)
    # The standard error of a mean of 100 runs is a tenth of their spread.
    assert table["randconv", "random"].paper_error == pytest.approx(0.0156)
    assert by_place("colors")["pse", "red"].paper_error == pytest.approx(0.019)


def test_table_g1_trains_on_both_colors_at_once_and_counts_them_apart():
    found = cells("colors")
    assert len(found) == 8 and len({cell.config for cell in found}) == 4
    assert all(cell.config.colors == ("red", "green") and cell.part == cell.column for cell in found)
    assert by_place("colors")["randconv", "red"].paper_mean == pytest.approx(0.062)


def test_conjectures_differ_from_table_g1_in_one_setting_each():
    table = by_place("colors")
    found = {
        place: differences(cell.config, table[place[0], cell.part].config)
        for place, cell in by_place("conjectures").items()
    }
    assert found == {
        (method, f"{name}, {color}"): {setting}
        for method, name, setting in (
            ("randconv", "mixed colors", "kernels"),
            ("pse", "pairs of one color", "pairs"),
        )
        for color in ("red", "green")
    }
    for (method, _), cell in by_place("conjectures").items():
        assert cell.paper_mean == table[method, cell.part].paper_mean


def test_the_metric_between_red_tasks_only_is_tried_for_the_methods_that_embed_one():
    found, table = by_place("red-only"), by_place("colors")
    assert list(found) == [
        (method, color) for method in ("pse", "randconv-pse") for color in ("red", "green")
    ]
    for place, cell in found.items():
        assert differences(cell.config, table[place].config) == {"pairs"}
        assert (cell.part, cell.paper_mean) == (place[1], table[place].paper_mean)


def test_learning_rates_are_tried_with_and_without_the_metric():
    found, table = by_place("learning-rates"), by_place("table1")
    for (method, column), cell in found.items():
        assert differences(cell.config, table[method, "wide"].config) <= {"learning_rate"}
        assert cell.config.learning_rate == float(column)
    rates = {
        method: [cell.config.learning_rate for (row, _), cell in found.items() if row == method]
        for method in ("randconv", "randconv-pse")
    }
    assert rates["randconv-pse"] == [5e-4, 1e-3, 2.6e-3, 4e-3, 7e-3, 1.2e-2]
    assert rates["randconv"] == [1e-4, 4.7e-4, *rates["randconv-pse"]]
    assert {cell.config.learning_rate for cell in cells("table2")} <= set(rates["randconv"])


def test_discounts_run_from_no_look_ahead_to_that_of_the_paper():
    found, table = by_place("discounts"), by_place("table1")
    for (method, column), cell in found.items():
        grid, discount = column.split(", ")
        assert differences(cell.config, table[method, grid].config) <= {"discount"}
        assert cell.config.embedding.discount == float(discount)
    assert [column for method, column in found if method == "pse"] == [
        f"{grid}, {discount}" for grid in ("wide", "random") for discount in (0, 0.5, 0.9, 0.99)
    ]


def test_the_recipe_counts_on_tasks_that_nothing_was_chosen_by_and_on_all():
    found = by_place("recipe", precision=FLOAT32)
    assert {method for method, _ in found} == {"recipe", "recipe-pse", "recipe-still", "recipe-still-pse"}
    for (method, column), cell in found.items():
        place, *rest = column.split(", ")
        grid, colors = ("wide", COLORS) if place in COLORS else (place, ())
        expected = preset(method, grid=grid, reading="paper")
        assert cell.config == dataclasses.replace(expected, colors=colors) and cell.paper_mean is None
        assert cell.part == (None if rest == ["all unseen"] else place if colors else "reported")
    assert {column.split(", ")[0] for _, column in found} == {*GRIDS, *COLORS}


@pytest.mark.parametrize("grid", ["wide", "narrow"])
def test_an_ingredient_is_one_difference(grid):
    found, table = by_place("ingredients"), by_place("table1")
    assert all(cell.part == "reported" for cell in found.values())
    assert found["randconv-pse", f"{grid}, paper"].config == table["randconv-pse", grid].config
    changes = {}
    for (method, column), cell in found.items():
        if column.startswith(grid) and method != "randconv-pse":
            kind = method.replace("recipe-still", "recipe").replace("recipe", "recipe-still")
            changed = differences(cell.config, found[kind, f"{grid}, whole"].config)
            changes[method, column.removeprefix(f"{grid}, ")] = changed - {"method"}
    assert changes == {
        ("recipe-pse", "not moved"): {"max_shift", "shift_margin"},
        ("recipe-pse", "frame moves"): {"shift_margin"},
        ("recipe-still-pse", "whole"): set(),
        ("recipe-still-pse", "both directions"): {"loss"},
        ("recipe", "not moved"): {"max_shift", "shift_margin"},
        ("recipe", "frame moves"): {"shift_margin"},
        ("recipe-still", "whole"): set(),
        ("recipe-still", "no random convolutions"): {"rand_conv"},
        ("recipe-still", "slow decay"): {"schedule"},
        ("recipe-still", "3x3 kernel"): {"kernel_size"},
    }


def test_suboptimal_policies_err_from_never_to_half_the_time():
    table = by_place("suboptimality")
    errors = [cell.config.embedding.policy_error for (_, column), cell in table.items() if "paper" in column]
    assert errors == [0, 0.1, 0.2, 0.3, 0.4, 0.5]
    paper, released = table["randconv-pse", "paper, error 0.5"], table["randconv-pse", "reference, error 0.5"]
    assert differences(paper.config, table["randconv-pse", "paper, error 0.0"].config) == {"policy_error"}
    assert released.config.embedding.affinity_scale is None
    assert (
        table["randconv-pse", "paper, error 0.0"].config == by_place("table1")["randconv-pse", "wide"].config
    )


@pytest.mark.parametrize("precision", PRECISIONS)
def test_all_cells_but_those_that_measure_it_have_the_precision_that_is_asked_for(precision):
    every = [cell for experiment in EXPERIMENTS for cell in cells(experiment, precision=precision)]
    fixed = {(cell.row, cell.column): cell.config.precision for cell in every if not cell.is_pooled}
    assert fixed == {
        ("randconv-pse", "paper"): "mixed_bfloat16",
        ("randconv-pse", "paper, float32"): "float32",
    }
    pooled = {cell.config for cell in every if cell.is_pooled and isinstance(cell.config, RunConfig)}
    assert {config.precision for config in pooled} == {precision}


@pytest.mark.parametrize("experiment", EXPERIMENTS)
def test_cells_count_the_same_runs_in_whatever_precision_more_are_made(experiment):
    one, other = (cells(experiment, precision=precision) for precision in PRECISIONS)
    assert [cell.variants for cell in one] == [cell.variants for cell in other]


def test_the_precision_is_the_machines_unless_another_is_asked_for(monkeypatch):
    for precision in PRECISIONS:
        monkeypatch.setattr("pisces.precision.native_precision", lambda one=precision: one)
        assert cells("table1") == cells("table1", precision=precision) == cells("table1", precision="auto")
    message = "^precision is 'half'; it must be one of auto, float32, mixed_bfloat16$"
    with pytest.raises(ValueError, match=message):
        cells("table1", precision="half")


def test_a_cell_counts_runs_of_either_precision_unless_it_measures_what_precision_is_worth():
    table = by_place("readings")
    single, mixed = (table["randconv-pse", column].config for column in ("paper, float32", "paper"))
    assert {single.precision, mixed.precision} == set(PRECISIONS)
    own = [list(table["randconv-pse", column].variants.values()) for column in ("paper, float32", "paper")]
    assert own == [[single], [mixed]]
    (cell,) = catalogue.select(cells("table1"), method="randconv-pse", column="wide")
    assert set(cell.variants.values()) == {single, mixed}


def test_the_loss_of_the_released_code_is_tried_on_every_grid():
    table, text = by_place("released"), by_place("table1")
    assert list(table) == [
        (method, grid)
        for method in ("pse", "randconv-pi-bisimulation-l2", "randconv-pse")
        for grid in ("wide", "narrow", "random")
    ]
    for place, cell in table.items():
        changed = differences(cell.config, text[place].config)
        contrastive = set() if place[0].endswith("l2") else {"affinity_scale", "loss"}
        assert changed == contrastive | {"discount"}
        assert (cell.paper_mean, cell.paper_std) == (text[place].paper_mean, text[place].paper_std)
    assert table["pse", "wide"].config == by_place("readings")["pse", "reference"].config


def test_the_rewards_of_the_released_code_are_tried_on_every_grid():
    table, released = by_place("endless"), by_place("released")
    assert [grid for _, grid in table] == ["wide", "narrow", "random"]
    for place, cell in table.items():
        assert differences(cell.config, released[place].config) == {"metric"}
        assert cell.paper_mean == released[place].paper_mean
    (wide,) = (cell for cell in table.values() if cell.column == "wide")
    reading = by_place("readings")["randconv-pi-bisimulation-l2", "reference, endless"]
    assert wide.config == reading.config


def test_table_2_crosses_metrics_with_losses():
    table = {
        (cell.config.embedding.metric, cell.config.embedding.loss): cell.paper_mean
        for cell in cells("table2")
    }
    assert table == {
        ("pi-bisimulation", "l2"): pytest.approx(0.414),
        ("pi-bisimulation", "cme"): pytest.approx(0.231),
        ("psm", "l2"): pytest.approx(0.175),
        ("psm", "cme"): pytest.approx(0.870),
    }
    assert all(cell.config.rand_conv is not None and cell.config.grid == "wide" for cell in cells("table2"))


def test_the_tables_share_the_run_that_both_list():
    one = by_place("table1")["randconv-pi-bisimulation-l2", "wide"]
    (other,) = (cell for cell in cells("table2") if cell.row == one.row)
    assert one.config == other.config


def test_readings_differ_from_the_text_in_one_setting_each_or_in_all():
    table = by_place("readings", precision="mixed_bfloat16")
    changed = {
        method: {
            column: differences(cell.config, table[method, "paper"].config)
            for (row, column), cell in table.items()
            if row == method
        }
        for method, _ in table
    }
    augmentations = {
        "paper": set(),
        "paper, 3x3 kernel": {"kernel_size"},
        "paper, constant kernel": {"kernels"},
        "paper, never skipped": {"skip_probability"},
    }
    losses = {
        "paper": set(),
        "reference": {"affinity_scale", "loss", "discount"},
        "paper, coupling off": {"affinity_scale"},
        "paper, both directions": {"loss"},
        "paper, discount 0.999": {"discount"},
    }
    assert changed["randconv"] == augmentations
    assert changed["pse"] == losses
    assert changed["randconv-pse"] == losses | augmentations | {"paper, float32": {"precision"}}
    assert changed["randconv-pi-bisimulation-l2"] == {
        "paper": set(),
        "reference": {"discount"},
        "reference, endless": {"discount", "metric"},
    }


def test_the_recipe_is_compared_with_the_papers_method_and_its_variants_with_what_they_change():
    for cell in cells("recipe"):
        other = cell.reference
        assert (other.column, other.part, other.config.grid) == (cell.column, cell.part, cell.config.grid)
        if other.row == "randconv-pse":
            assert other.config.num_updates == 8000 and other.config.colors == cell.config.colors
        elif cell.row.endswith("-pse"):
            assert cell.row == f"{other.row}-pse" and other.config.embedding is None
        else:
            assert differences(cell.config, other.config) == {"method", "shift_margin"}
    with_paper = {cell.row for cell in cells("recipe") if cell.reference.row == "randconv-pse"}
    assert with_paper == {"recipe", "recipe-still"}  # the latter in colours
    known = {(cell.config, cell.part) for name in ("recipe", "table1", "colors") for cell in cells(name)}
    assert {(cell.reference.config, cell.reference.part) for cell in cells("recipe")} - known == {
        (cell.config, "reported") for cell in cells("table1") if cell.row == "randconv-pse"
    }


def test_of_the_ingredients_every_cell_but_the_recipe_itself_is_compared_with_a_whole_recipe():
    alone = [(cell.row, cell.column) for cell in cells("ingredients") if cell.reference is None]
    assert alone == [("recipe-still", f"{grid}, whole") for grid in ("narrow", "wide")]
    for cell in cells("ingredients"):
        other = cell.reference
        if other is None:
            continue
        whole = preset(other.row, grid=cell.config.grid, reading="paper")
        assert differences(other.config, whole) <= {"precision"}
        assert other.part == cell.part == "reported"
        if cell.column.endswith("whole"):
            assert (cell.row, other.row) == ("recipe-still-pse", "recipe-still")
        else:
            has_metric = cell.config.embedding is not None
            assert other.row == "recipe-still" + "-pse" * has_metric


@pytest.mark.parametrize("experiment", ["table1", "recipe"])
def test_a_trial_is_shorter_and_otherwise_the_same(experiment):
    for trial, cell in zip(cells(experiment, num_updates=3), cells(experiment), strict=True):
        pairs = [(trial, cell)] + [(trial.reference, cell.reference)] * (cell.reference is not None)
        for short, whole in pairs:
            assert differences(short.config, whole.config) == {"num_updates"}
            assert short.config.num_updates == 3


def test_table_h1_has_the_costs_of_the_paper_and_two_methods_that_it_has_not():
    table = by_place("lqr")
    assert len(table) == 6 * 3
    assert all(
        cell.config.method == row and str(cell.config.num_distractors) == column
        for (row, column), cell in table.items()
    )
    assert (table["ipo", "500"].paper_mean, table["ipo", "500"].paper_std) == (32.6, 5.0)
    assert table["ipo", "500"].paper_error == pytest.approx(0.5)
    assert table["aggregation", "10000"].paper_mean == 0.02
    assert {row for (row, _), cell in table.items() if cell.paper_mean is None} == {"linear", "cme"}
    assert {cell.config.num_steps for cell in cells("lqr", num_updates=7)} == {7}


def test_methods_of_distracting_control_are_trained_before_a_still_background_and_judged_before_others():
    table = cells("control")
    found = [(one.row, one.column, one.config.backgrounds, one.config.trains_before_still) for one in table]
    assert found == [
        ("drq", "still", "still", False),
        ("drq", "moving", "procedural", False),
        *((method, "still, then moving", "procedural", True) for method in METHODS if "thirty" not in method),
    ]
    assert [one.reference for one in table] == [None, None, None, *[table[2]] * 3]
    assert {cell.config.task for cell in table} == {"cartpole-swingup"}
    assert all(cell.paper_mean is None for cell in table)


def test_two_tasks_of_distracting_control_differ_in_the_task_alone():
    carried, second = catalogue.select(cells("control"), column="still, then moving"), cells("ball-in-cup")
    first = [cell for cell in carried if cell.row != "drq-overlay"]
    assert [(one.row, one.column) for one in second] == [(one.row, one.column) for one in first]
    assert [one.reference for one in second] == [None, *[second[0]] * 2]
    assert {one.config.task for one in second} == {"ball-in-cup-catch"}
    for one, other in zip(first, second, strict=True):
        its_own = {"task"} if one.config.pse is None else {"task", "expert"}
        assert differences(one.config, other.config) == its_own


def test_more_videos_change_nothing_but_what_the_pairs_show():
    (cell,) = cells("more-videos")
    *_, compared = cells("control")
    assert (cell.row, cell.column) == ("drq-pse-thirty", compared.column)
    assert (cell.reference.row, cell.reference.config) == (compared.row, compared.config)
    assert differences(cell.config, compared.config) == {"method", "videos"}


def test_a_new_grid_needs_no_number_of_the_paper():
    code = (
        "from pisces import task; from pisces.task import splits\n"
        "task.GRIDS = splits.GRIDS = (*task.GRIDS, 'new')\n"
        "splits._FIXED_GRIDS['new'] = splits._FIXED_GRIDS['wide']\n"
        "from pisces.cli import experiments\n"
        "print(*sorted({cell.config.grid for cell in experiments.catalogue.cells('recipe')}))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert found == "narrow new random wide\n"


def test_unknown_experiments_and_empty_trials_are_refused():
    allowed = "table1, .*, ingredients, lqr, control, more-videos, ball-in-cup"
    with pytest.raises(ValueError, match=f"^experiment is 'table9'; it must be one of {allowed}$"):
        cells("table9")
    with pytest.raises(ValueError, match="^num_updates is 0; it must be an integer of at least 1$"):
        cells("table1", num_updates=0)


def test_cells_are_selected_by_row_and_column():
    table = cells("table1")
    assert catalogue.select(table) == table
    (one,) = catalogue.select(table, method="pse", column="narrow")
    assert (one.row, one.column) == ("pse", "narrow")
    assert {cell.row for cell in catalogue.select(table, column="wide")} == {cell.row for cell in table}
    with pytest.raises(ValueError, match="^method is 'psm'; it must be one of 'dropout-l2', 'pse', "):
        catalogue.select(table, method="psm")
    with pytest.raises(ValueError, match="^column is 'reference'; it must be one of 'paper', 'pap"):
        catalogue.select(cells("readings"), method="randconv", column="reference")


def test_the_reading_of_the_tables_is_one_of_those_measured():
    assert jumping_cells.TABLE_READING in {cell.column for cell in cells("readings")}
