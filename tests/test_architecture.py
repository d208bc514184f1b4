"""The layers of the package, as a table, against the imports that are there."""

import ast
import collections
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
RENDERING = {"dm_control", "mujoco"}
DRAWING = {"matplotlib", "cycler", "PIL", "IPython"}

# The chapters that have a room, in the order of the book.
CHAPTERS = [path.stem[3:] for path in sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))]

LIGHT_JUMPING = {f"pisces.jumping.{name}" for name in ("config", "metrics", "presets", "result", "settings")}
BELOW_CHAPTERS = {
    "pisces.acting",
    *("pisces.task", "pisces.metric", "pisces.mdp", "pisces.learn", "pisces.imitation", "pisces.jumping"),
    *("pisces.control", "pisces.control.pairs", "pisces.control.run", "pisces.control.training"),
    *("pisces.runs", "pisces.experiments"),
    *LIGHT_JUMPING,
}

# What each room may import: other rooms of the package, and packages of others. The longest name counts.
ROOMS: dict[str, tuple[set[str], set[str]]] = {
    "pisces": (set(), {"gymnasium"}),
    "pisces.__main__": ({"pisces.cli"}, set()),
    "pisces.checks": (set(), set()),
    "pisces.doctor": (set(), {"packaging"}),
    "pisces.precision": ({"pisces.checks"}, set()),
    "pisces.saved_policy": (set(), LEARNING),
    "pisces.acting": (set(), NUMERIC | LEARNING),
    "pisces.task": ({"pisces.checks"}, NUMERIC),
    "pisces.task.gym_env": ({"pisces.checks", "pisces.task"}, NUMERIC | {"gymnasium"}),
    "pisces.task.tf_env": ({"pisces.task"}, NUMERIC | LEARNING),
    "pisces.task.benchmark": ({"pisces.task", "pisces.task.gym_env"}, NUMERIC | {"gymnasium"}),
    "pisces.metric": ({"pisces.checks"}, NUMERIC | {"scipy", "ot"}),
    "pisces.mdp": ({"pisces.checks", "pisces.metric"}, NUMERIC),
    "pisces.learn": ({"pisces.doctor", "pisces.task", "pisces.metric"}, NUMERIC | LEARNING),
    "pisces.drawing": ({"pisces.doctor", "pisces.task"}, NUMERIC | DRAWING),
    "pisces.imitation": (
        {"pisces.checks", "pisces.saved_policy", "pisces.acting", "pisces.metric", "pisces.learn"},
        NUMERIC | LEARNING,
    ),
    "pisces.jumping": (
        {
            "pisces",
            "pisces.acting",
            "pisces.checks",
            "pisces.precision",
            "pisces.task",
            "pisces.task.tf_env",
            "pisces.metric",
            "pisces.learn",
        }
        | LIGHT_JUMPING,
        NUMERIC | LEARNING | {"pandas", "tqdm"},
    ),
    "pisces.jumping.config": (
        {"pisces.checks", "pisces.precision", "pisces.task", "pisces.jumping.metrics"},
        set(),
    ),
    "pisces.jumping.metrics": ({"pisces.metric"}, NUMERIC),
    "pisces.jumping.presets": ({"pisces.checks", "pisces.task", "pisces.jumping.config"}, set()),
    "pisces.jumping.result": ({"pisces.jumping.config"}, NUMERIC),
    "pisces.jumping.settings": ({"pisces.jumping.config"}, {"pandas"}),
    "pisces.lqr": (
        {"pisces.checks", "pisces.learn", "pisces.lqr.config", "pisces.lqr.system"}
        | {"pisces.lqr.observation", "pisces.lqr.pairs", "pisces.lqr.result"},
        NUMERIC | LEARNING,
    ),
    "pisces.lqr.config": ({"pisces.checks"}, set()),
    "pisces.lqr.result": ({"pisces.lqr.config", "pisces.lqr.system"}, NUMERIC),
    "pisces.lqr.system": (set(), NUMERIC | {"scipy"}),
    "pisces.lqr.observation": ({"pisces.lqr.config", "pisces.lqr.system"}, NUMERIC),
    "pisces.lqr.pairs": (
        {"pisces.metric", "pisces.lqr.config", "pisces.lqr.system", "pisces.lqr.observation"},
        NUMERIC,
    ),
    # Who renders must not load TensorFlow: MuJoCo is imported in the process that does.
    "pisces.control": (
        {"pisces.checks", "pisces.doctor", "pisces.precision", "pisces.control.videos"},
        NUMERIC | RENDERING,
    ),
    "pisces.control.videos": ({"pisces.checks"}, NUMERIC | {"PIL"}),
    "pisces.control.gym_env": ({"pisces.checks", "pisces.control"}, NUMERIC | {"gymnasium"}),
    "pisces.control.tf_env": ({"pisces.control"}, NUMERIC | LEARNING),
    "pisces.control.pairs": ({"pisces.checks", "pisces.control", "pisces.metric"}, NUMERIC),
    "pisces.control.network": ({"pisces.control"}, NUMERIC | LEARNING),
    "pisces.control.policy": ({"pisces.control.network"}, NUMERIC | LEARNING),
    "pisces.control.agent": (
        {"pisces.control", "pisces.control.network", "pisces.control.policy"},
        LEARNING,
    ),
    "pisces.control.builder": (
        {"pisces.learn", "pisces.control", "pisces.control.network", "pisces.control.agent"},
        NUMERIC | LEARNING,
    ),
    "pisces.control.checkpoint": (set(), NUMERIC | LEARNING),
    "pisces.control.training": (
        {"pisces.checks", "pisces.control", "pisces.control.pairs", "pisces.control.policy"}
        | {"pisces.control.builder", "pisces.control.checkpoint"},
        NUMERIC | LEARNING | {"tqdm"},
    ),
    "pisces.control.run": ({"pisces.control", "pisces.control.pairs", "pisces.control.training"}, LEARNING),
    "pisces.control.expert_training": (
        {"pisces.checks", "pisces.control", "pisces.control.tf_env"},
        NUMERIC | LEARNING | {"tqdm"},
    ),
    # A sweep's parent loads no TensorFlow: `making` and `probes` import who trains where they train.
    "pisces.runs": (
        {"pisces", "pisces.checks", "pisces.doctor", "pisces.precision", "pisces.saved_policy"}
        | LIGHT_JUMPING
        | {"pisces.jumping", "pisces.lqr", "pisces.lqr.config", "pisces.lqr.result", "pisces.runs.engine"}
        | {"pisces.control", "pisces.control.builder", "pisces.control.run"},
        NUMERIC | {"filelock", "pyarrow", "tqdm"},
    ),
    "pisces.runs.engine": (set(), {"joblib", "distributed"}),
    "pisces.experiments": (
        {"pisces.checks", "pisces.precision", "pisces.task", *LIGHT_JUMPING, "pisces.jumping"}
        | {"pisces.lqr.config", "pisces.control"}
        | {"pisces.runs", "pisces.drawing"},
        NUMERIC | {"pandas", "scipy"},
    ),
    **{
        f"pisces.chapters.{chapter}": (
            {f"pisces.chapters.{earlier}" for earlier in CHAPTERS[:place]} | BELOW_CHAPTERS,
            NUMERIC | LEARNING | {"gymnasium", "pandas", "pyarrow", "scipy", "sklearn", "tqdm", "umap"},
        )
        for place, chapter in enumerate(CHAPTERS)
    },
    **{
        f"pisces.chapters.{chapter}.figures": (
            {f"pisces.chapters.{earlier}.figures" for earlier in CHAPTERS[:place]}
            | {"pisces.drawing", "pisces.task", "pisces.metric", "pisces.mdp"},
            NUMERIC | DRAWING | {"pandas"},
        )
        for place, chapter in enumerate(CHAPTERS)
    },
    "pisces.chapters": (set(), set()),
    "pisces.chapters.policy_similarity.figures_mdp": (
        {"pisces.drawing", "pisces.metric", "pisces.mdp"},
        NUMERIC | DRAWING,
    ),
    "pisces.cli": (
        {"pisces", "pisces.doctor", "pisces.precision", "pisces.task", "pisces.task.benchmark"}
        | {"pisces.acting", "pisces.control", "pisces.control.expert_training"}
        | {
            *LIGHT_JUMPING,
            "pisces.jumping",
            "pisces.lqr",
            "pisces.lqr.config",
            "pisces.runs",
            "pisces.runs.engine",
        }
        | {"pisces.experiments", "pisces.drawing", "pisces.chapters.what_makes_it_work"}
        | {"pisces.chapters.what_would_you_do_today", "pisces.chapters.distracting_control"},
        NUMERIC,
    ),
}

# What figures may name besides, for a type checker, and not load: the classes of what they are handed.
DRAWN = {
    f"pisces.chapters.{chapter}.figures": (
        {f"pisces.chapters.{earlier}" for earlier in CHAPTERS[: place + 1]}
        | {"pisces.control", "pisces.jumping.result", "pisces.lqr.result"}
    )
    for place, chapter in enumerate(CHAPTERS)
}

NAMES_THAT_SAY_NOTHING = {"utils", "util", "helpers", "common", "misc", "tools"}


def room(module: str) -> str:
    return max((name for name in ROOMS if f"{module}.".startswith(f"{name}.")), key=len)


def imported(path: Path) -> tuple[set[str], set[str]]:
    """Modules that a file imports, anywhere in it, and those that it imports for a type checker alone.

    Of a package of the project, the module itself.
    """
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for_types = {
        node
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and ast.unparse(block.test).endswith("TYPE_CHECKING")
        for node in block.body
    }
    loaded = [node for node in ast.walk(tree) if node not in for_types]
    return _modules(path, loaded), _modules(path, for_types)


def _modules(path: Path, nodes) -> set[str]:
    found = set()
    for node in nodes:
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
    loaded, for_types = imported(MODULES[module])
    for name in loaded | for_types:
        top = name.split(".")[0]
        if top == "pisces":
            drawn = set() if name in loaded else DRAWN.get(home, set())
            assert room(name) in rooms | drawn | {home}, f"{module} must not know {name}"
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


def test_no_room_holds_more_than_a_third_of_the_package():
    sizes = collections.Counter()
    for module, path in MODULES.items():
        sizes[".".join(module.split(".")[:2])] += len(path.read_text(encoding="utf-8").splitlines())
    assert max(sizes.values()) <= sizes.total() / 3


def test_every_chapter_has_a_room_and_every_room_a_chapter():
    rooms = {path.parent.name for path in PACKAGE.glob("chapters/*/__init__.py")}
    assert rooms == set(CHAPTERS)
    assert all(f"pisces.chapters.{chapter}.figures" in MODULES for chapter in CHAPTERS)


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


def test_the_world_the_mathematics_and_the_figures_load_no_tensorflow_and_no_mujoco():
    light = [name for name in MODULES if not ROOMS[room(name)][1] & LEARNING]
    assert {"pisces.task", "pisces.metric", "pisces.cli", "pisces.drawing", *LIGHT_JUMPING} <= set(light)
    assert "pisces.control.world" in light
    code = f"import sys, {', '.join(light)}; print({{'tensorflow', 'mujoco'}} & set(sys.modules))"
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert output == "set()\n"


def test_every_test_file_is_named_after_the_module_that_it_tests():
    tests = Path(__file__).parent
    for path in set(tests.glob("*/**/test_*.py")) - set(tests.glob("pages/**/test_*.py")):
        tested = ".".join(("pisces", *path.relative_to(tests).parts[:-1], path.stem.removeprefix("test_")))
        assert tested in MODULES, f"{path.relative_to(tests)} tests no module"
