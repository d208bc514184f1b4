"""The code of the recipes runs, from the top of the page to its end."""

import ast
import re
from importlib.util import find_spec
from pathlib import Path

import pytest

TEXT = (Path(__file__).parents[1] / "book" / "recipes.md").read_text(encoding="utf-8")
RECIPES = dict(re.findall(r"^### (.+?)$(.*?)(?=^##|\Z)", TEXT, re.M | re.S))
BLOCKS = re.findall(r"^```python\n(.*?)^```$", TEXT, re.M | re.S)


def packages(code: str) -> set[str]:
    imported = {node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Import)}
    names = {alias.name for node in imported for alias in node.names}
    return {name.split(".")[0] for name in names}


def test_the_code_fits_on_the_page():
    assert all(len(line) <= 88 for code in BLOCKS for line in code.splitlines())


def test_the_code_of_the_recipes_runs_in_the_order_of_the_page():
    names: dict = {}
    for code in BLOCKS:
        if not all(map(find_spec, packages(code))) or "minari." in code and not find_spec("minari"):
            continue
        exec(compile(code, "recipes.md", "exec"), names)
    assert names["distance"].shape == (2, 2)
    assert names["losses"].shape == names["plain_losses"].shape == (50, 2)
    assert names["losses"][0, 0] == names["plain_losses"][0, 0]  # before the first update
    assert len(names["demonstration"]) == 13 and names["demonstration"].reward.sum() == -13
    assert 0 < names["agreement"] < 1
    assert names["observation"].shape == (2, 60, 60) and names["observations"].shape == (4, 60, 60)
    np, parallel = names["np"], names["parallel_observations"]
    np.testing.assert_array_equal(parallel, [names["games"].reset()[0][0]] * 2)
    assert -1 < names["mean_return"].result() < 156
    assert names["training"].num_updates_done == 1
    assert names["data"].num_tasks == 4
    assert names["action"].shape == (20,)


def test_only_the_recipes_of_minari_need_a_package_that_is_not_installed():
    needed = set().union(*map(packages, BLOCKS))
    assert {name for name in needed if not find_spec(name)} <= {"minari"}


def test_an_embedding_of_ones_own_trains():
    names: dict = {}
    [last] = [index for index, code in enumerate(BLOCKS) if "class RewardEmbedding" in code]
    exec("\n".join(BLOCKS[1 : last + 1]), names)
    np, demonstration = names["np"], names["Demonstration"]
    shown = [demonstration(np.ones((n, 2)), np.arange(n) % 2, reward=np.ones(n)) for n in (2, 3)]
    own = names["RewardEmbedding"](
        discount=0.5,
        inverse_temperature=1.0,
        affinity_scale=None,
        contrastive_weight=1.0,
        embedding_size=None,
    )
    network = names["encoder"](filters=(), feature_size=4, seed=0)
    settings = {"num_actions": 2, "learning_rate": 1e-3, "batch_size": 4, "seed": 0}
    assert names["Imitator"](shown, encoder=network, pse=own, **settings).train(1).shape == (1, 2)


@pytest.mark.parametrize("recipe", RECIPES)
def test_every_recipe_answers_a_question(recipe):
    assert recipe.startswith("... ") and recipe.endswith("?")
    assert "```" in RECIPES[recipe]
