"""The layers of the package, as a table, against the imports that are there."""

import ast
import statistics
import subprocess
import sys
from pathlib import Path

import pytest

import pisces

PACKAGE = Path(pisces.__file__).parent
MODULES = {
    ".".join(("pisces", *path.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(".__init__"): path
    for path in sorted(PACKAGE.rglob("*.py"))
}

NUMERIC = {"numpy"}
LEARNING = {"tensorflow", "tensorflow_probability", "tf_keras", "tf_agents"}
DRAWING = {"matplotlib", "cycler", "PIL", "IPython"}

# What each room may import: other rooms of the package, and packages of others. The longest name counts.
ROOMS: dict[str, tuple[set[str], set[str]]] = {
    "pisces": (set(), {"gymnasium"}),
    "pisces.doctor": (set(), {"packaging"}),
    "pisces.task": ({"pisces.checks"}, NUMERIC),
    "pisces.task.gym_env": ({"pisces.checks", "pisces.task"}, NUMERIC | {"gymnasium"}),
    "pisces.task.tf_env": ({"pisces.task"}, NUMERIC | LEARNING),
    "pisces.task.benchmark": ({"pisces.task", "pisces.task.gym_env"}, NUMERIC | {"gymnasium"}),
    "pisces.metric": ({"pisces.checks"}, NUMERIC | {"scipy", "ot"}),
    "pisces.mdp": ({"pisces.metric"}, NUMERIC),
    "pisces.learn": ({"pisces.doctor", "pisces.task", "pisces.metric"}, NUMERIC | LEARNING),
    "pisces.lqr": (
        {"pisces.checks", "pisces.learn", "pisces.lqr.config", "pisces.lqr.system"}
        | {"pisces.lqr.observation", "pisces.lqr.pairs", "pisces.lqr.result"},
        NUMERIC | LEARNING,
    ),
    "pisces.imitation": (
        {"pisces.checks", "pisces.metric", "pisces.learn", "pisces.lab.evaluate", "pisces.lab.saved_policy"},
        NUMERIC | LEARNING,
    ),
    "pisces.checks": (set(), set()),
    "pisces.lqr.config": ({"pisces.checks"}, set()),
    "pisces.lqr.result": ({"pisces.lqr.config", "pisces.lqr.system"}, NUMERIC),
    "pisces.lqr.system": (set(), NUMERIC | {"scipy"}),
    "pisces.lqr.observation": ({"pisces.lqr.config", "pisces.lqr.system"}, NUMERIC),
    "pisces.lqr.pairs": (
        {"pisces.metric", "pisces.lqr.config", "pisces.lqr.system", "pisces.lqr.observation"},
        NUMERIC,
    ),
    "pisces.lab": (
        {"pisces", "pisces.checks", "pisces.doctor", "pisces.task", "pisces.task.tf_env", "pisces.metric"}
        | {"pisces.learn"}
        | {"pisces.lab.evaluate", "pisces.lab.stats", "pisces.lab.engine", "pisces.lab.units"}
        | {"pisces.lab.saved_policy"}
        | {"pisces.lqr", "pisces.lqr.config", "pisces.lqr.result"},
        NUMERIC | LEARNING | {"filelock", "joblib", "pandas", "pyarrow", "sklearn", "tqdm", "umap"},
    ),
    "pisces.lab.engine": (set(), {"joblib", "distributed"}),
    "pisces.lab.comparison": ({"pisces.task", "pisces.metric", "pisces.mdp"}, NUMERIC),
    "pisces.lab.evaluate": ({"pisces.task"}, NUMERIC | LEARNING),
    "pisces.lab.lakes": (
        {"pisces.imitation", "pisces.mdp", "pisces.metric"},
        NUMERIC | LEARNING | {"gymnasium", "scipy"},
    ),
    "pisces.lab.saved_policy": (set(), LEARNING),
    "pisces.lab.stats": (set(), NUMERIC | {"scipy"}),
    "pisces.lab.units": (set(), set()),
    "pisces.lab.theory": ({"pisces.metric"}, NUMERIC),
    "pisces.lab.report": ({"pisces.lab.figures", "pisces.lab.units"}, {"pandas"}),
    "pisces.lab.explore": (
        {"pisces", "pisces.task", "pisces.lab", "pisces.lab.figures"},
        NUMERIC | {"matplotlib"},
    ),
    "pisces.lab.show": ({"pisces.doctor"}, NUMERIC | DRAWING),
    "pisces.lab.figures": ({"pisces.task", "pisces.metric", "pisces.mdp"}, NUMERIC | DRAWING | {"pandas"}),
    "pisces.cli": (
        {"pisces", "pisces.doctor", "pisces.task", "pisces.task.benchmark"}
        | {"pisces.lab.evaluate"}
        | {"pisces.lab", "pisces.lab.engine", "pisces.lab.report", "pisces.lab.show", "pisces.lqr"},
        NUMERIC,
    ),
}

NAMES_THAT_SAY_NOTHING = {"utils", "util", "helpers", "common", "misc", "tools"}


def room(module: str) -> str:
    return max((name for name in ROOMS if f"{module}.".startswith(f"{name}.")), key=len)


def imported(path: Path) -> set[str]:
    """Modules that a file imports, anywhere in it; of a package of the project, the module itself."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name} imports relatively"
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {name if name in MODULES else node.module for name in names}
    return found


def functions(path: Path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


@pytest.mark.parametrize("module", MODULES)
def test_a_module_imports_only_what_its_layer_may_know(module):
    home = room(module)
    rooms, packages = ROOMS[home]
    for name in imported(MODULES[module]):
        top = name.split(".")[0]
        if top == "pisces":
            assert room(name) in rooms | {home}, f"{module} must not know {name}"
        else:
            allowed = top in packages or top in sys.stdlib_module_names
            assert allowed, f"{module} must not import {name}"


def test_the_table_of_layers_has_no_circle():
    def below(name: str, path: tuple[str, ...] = ()) -> None:
        assert name not in path, f"circle: {' -> '.join((*path, name))}"
        for other in ROOMS[name][0] - {name}:
            below(other, (*path, name))

    for name in ROOMS:
        below(name)


def test_the_table_names_no_room_that_is_not_there():
    assert set(ROOMS) <= set(MODULES)


@pytest.mark.parametrize("module", MODULES)
def test_a_module_is_short_and_so_are_its_functions(module):
    path = MODULES[module]
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400
    for function in functions(path):
        start = (
            function.body[1] if ast.get_docstring(function) and len(function.body) > 1 else function.body[0]
        )
        assert (function.end_lineno or 0) - start.lineno < 50, f"{module}.{function.name} is long"


def test_half_of_the_modules_have_at_most_180_lines():
    lengths = [len(path.read_text(encoding="utf-8").splitlines()) for path in MODULES.values()]
    assert statistics.median(lengths) <= 180


@pytest.mark.parametrize("module", MODULES)
def test_a_module_has_a_name_that_says_what_it_holds(module):
    assert not NAMES_THAT_SAY_NOTHING & set(module.split("."))


def test_the_world_the_mathematics_and_the_figures_load_no_tensorflow():
    light = [name for name in MODULES if not ROOMS[room(name)][1] & LEARNING]
    assert {"pisces.task", "pisces.metric", "pisces.cli", "pisces.lab.show", "pisces.lab.figures"} <= set(
        light
    )
    code = f"import sys, {', '.join(light)}; print('tensorflow' in sys.modules)"
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert output == "False\n"


def test_every_test_file_is_named_after_the_module_that_it_tests():
    tests = Path(__file__).parent
    for path in set(tests.glob("*/**/test_*.py")) - set(tests.glob("pages/**/test_*.py")):
        tested = ".".join(("pisces", *path.relative_to(tests).parts[:-1], path.stem.removeprefix("test_")))
        assert tested in MODULES, f"{path.relative_to(tests)} tests no module"
