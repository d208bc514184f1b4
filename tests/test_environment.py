"""pyproject, lock, conda and Binder files describe one environment, and one address is the repository's."""

import re
import tomllib
from importlib import metadata
from pathlib import Path

import colab
import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from pisces import doctor

ROOT = Path(__file__).parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PROJECT = PYPROJECT["project"]
LOCK_LINES = (ROOT / "requirements.lock").read_text().splitlines()
LOCK = {canonicalize_name(Requirement(line).name): Requirement(line) for line in LOCK_LINES}
ADDRESS = yaml.safe_load((ROOT / "_config.yml").read_text())["repository"]["url"]

REQUIREMENTS = [
    *PROJECT["dependencies"],
    *(line for extra in PROJECT["optional-dependencies"].values() for line in extra),
    *(line for group in PYPROJECT["dependency-groups"].values() for line in group if isinstance(line, str)),
    *PYPROJECT["build-system"]["requires"],
]


def locked_version(name: str) -> str:
    (specifier,) = LOCK[canonicalize_name(name)].specifier
    return specifier.version


def test_the_lock_pins_every_line_to_one_version():
    for requirement in LOCK.values():
        assert [specifier.operator for specifier in requirement.specifier] == ["=="], requirement


def test_the_lock_names_no_index_and_no_address():
    for line in LOCK_LINES:
        assert "://" not in line and not line.startswith("-")


@pytest.mark.parametrize("line", REQUIREMENTS)
def test_the_lock_satisfies_the_requirement(line):
    requirement = Requirement(line)
    assert requirement.specifier.contains(locked_version(requirement.name))


def test_the_installed_packages_are_the_locked_ones():
    for name, requirement in LOCK.items():
        if requirement.marker is None or requirement.marker.evaluate():
            assert metadata.version(name) == locked_version(name)


def test_tensorflow_and_tf_keras_are_locked_to_the_same_minor_version():
    tensorflow, keras = Version(locked_version("tensorflow")), Version(locked_version("tf-keras"))
    assert tensorflow.release[:2] == keras.release[:2]


def test_the_doctor_and_the_lock_ask_for_the_same_tf_agents():
    assert Requirement(doctor.TF_AGENTS).specifier.contains(locked_version("tf-agents"))
    assert doctor.TF_AGENTS in PYPROJECT["dependency-groups"]["agents"]


def test_the_doctor_the_extra_and_the_lock_ask_for_the_same_suite():
    suite = Requirement(doctor.SUITE)
    assert suite.specifier.contains(locked_version(suite.name))
    assert [doctor.SUITE] == PYPROJECT["dependency-groups"]["suite"]
    extra = [Requirement(line) for line in PROJECT["optional-dependencies"]["control"]]
    assert [one.specifier for one in extra if one.name == suite.name] == [suite.specifier]


def test_tf_agents_is_no_dependency_of_the_package_as_its_own_pins_cannot_be_met():
    assert "tf-agents" not in {Requirement(line).name for line in PROJECT["dependencies"]}


@pytest.mark.parametrize("name", colab.RUNTIME)
def test_the_package_is_content_with_what_colab_brings(name):
    dependencies = {Requirement(line).name: Requirement(line) for line in PROJECT["dependencies"]}
    assert dependencies[name].specifier.contains(colab.RUNTIME[name])
    assert SpecifierSet(PROJECT["requires-python"]).contains(colab.RUNTIME_PYTHON)


@pytest.mark.parametrize(
    ("name", "below", "why"),
    [
        ("gymnasium", "1.1.1", "there is no CliffWalking-v1, and before 1.1 no AutoresetMode"),
        ("matplotlib", "3.8.4", "axvspan returns a polygon"),
        ("scikit-learn", "1.5.2", "umap-learn 0.5.8 passes an argument that it does not have"),
        ("tensorboard", "2.19.0", "TensorFlow 2.20 cannot be installed beside it"),
        ("umap-learn", "0.5.7", "it passes scikit-learn 1.8 an argument that was removed"),
        ("wrapt", "2.1.2", "policies cannot be saved"),
    ],
)
def test_a_version_that_does_not_work_is_refused(name, below, why):
    dependencies = {Requirement(line).name: Requirement(line) for line in PROJECT["dependencies"]}
    assert not dependencies[name].specifier.contains(below), why


def test_conda_brings_a_supported_python_and_the_installer_and_nothing_else():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    python, pip = environment["dependencies"]
    assert pip == "pip"
    assert SpecifierSet(PROJECT["requires-python"]).contains(python.removeprefix("python="))


@pytest.mark.parametrize("name", ["Makefile", "postBuild"])
def test_make_and_binder_install_the_lock_alone_and_then_the_package(name):
    text = (ROOT / name).read_text()
    lock, package = re.findall(r"-m pip install (.*--no-deps.*)", text)
    assert "--no-deps -r requirements.lock" in lock
    assert re.search(r"--no-deps --no-build-isolation -e \.$", package)


def test_the_makefile_and_the_project_allow_the_same_pythons():
    allowed = SpecifierSet(PROJECT["requires-python"])
    text = (ROOT / "Makefile").read_text()
    low, high = re.search(r"\((\d, \d+)\) <= sys.version_info < \((\d, \d+)\)", text).groups()
    low, high = (version.replace(", ", ".") for version in (low, high))
    assert SpecifierSet(f">={low},<{high}") == allowed
    minors = [f"3.{minor}" for minor in range(20) if allowed.contains(f"3.{minor}")]
    classifiers = [line.split(" :: ")[-1] for line in PROJECT["classifiers"] if "Python :: 3." in line]
    assert classifiers == minors
    assert f"{', '.join(minors[:-1])} or {minors[-1]}" in text


def test_the_package_has_one_name_which_is_not_that_of_another_project():
    assert PROJECT["name"] == doctor.DISTRIBUTION == colab.PACKAGE != "pisces"
    readme = (ROOT / "README.md").read_text()
    assert f'pip install "{PROJECT["name"]}[dask] @' in readme and '"pisces[' not in readme


def test_the_version_is_the_same_everywhere():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    changelog = (ROOT / "CHANGELOG.md").read_text()
    assert citation["version"] == PROJECT["version"] == metadata.version(PROJECT["name"])
    assert re.search(r"^## (\S+)", changelog, re.MULTILINE).group(1) == PROJECT["version"]


def test_the_repository_has_one_address():
    owner = ADDRESS.removeprefix("https://github.com/")
    texts = {
        path.relative_to(ROOT).as_posix(): path.read_text()
        for folder in (ROOT, ROOT / "book", ROOT / "book" / "api")
        for path in folder.iterdir()
        if path.suffix in (".md", ".toml", ".cff", ".yml")
    }
    found = {name: set(re.findall(r"github\.com/([\w-]+/pisces)\b", text)) for name, text in texts.items()}
    assert {"pyproject.toml", "CITATION.cff", "README.md", "book/intro.md", "book/recipes.md"} <= {
        name for name, owners in found.items() if owners
    }
    assert set().union(*found.values()) == {owner}
