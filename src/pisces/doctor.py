"""Can this environment run Pisces? One line for each conflict.

What the package needs is read from its own metadata, so it is written down in `pyproject.toml` only. This
module adds what metadata cannot say: TF-Agents, whose own pins are stale, comes without its dependencies, and
so may the DM Control Suite; tf-keras must be of TensorFlow's minor version; and TensorFlow chooses its Keras
when it is first imported. Looking imports no TensorFlow.
"""

import os
import platform
import shlex
import sys
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version

DISTRIBUTION = "pisces-pse"
"""What is installed, in whose metadata it stands what the package needs."""

NAMESAKE = "pisces"
"""The distribution of another project that has a package of the same name."""

TF_AGENTS = "tf-agents==0.19.0"
"""The release that the agents are written for; its dependencies must not be resolved."""

SUITE = "dm-control==1.0.50"
"""The DM Control Suite of `pisces.control`; one of its own dependencies does not install on Python 3.13."""


def problems() -> list[str]:
    """What keeps this environment from running Pisces.

    Returns:
        One line for each conflict, with the command that mends it where there is one; empty if all is well.
    """
    found = [*_name_problems(), *_python_problems(), *_package_problems(), *_agents_problems()]
    return [*found, *_keras_problems(), *_import_order_problems()]


def require_learning_environment() -> None:
    """Stops an import of the learner that could only fail later and less clearly.

    Raises:
        ImportError: If TF-Agents, or the Keras that it needs, is not there: the first conflict.
    """
    for problem in (*_agents_problems(), *_keras_problems(), *_import_order_problems()):
        raise ImportError(f"{problem}; `pisces doctor` looks for more")


def control_problems() -> list[str]:
    """What keeps this environment from simulating the tasks of `pisces.control`, which needs an extra.

    Returns:
        At most one line, with the command that mends it all.
    """
    suite = Requirement(SUITE)
    needed = [one for one in _requirements("control") if one.name != suite.name]
    lacking = [f"{one.name}{one.specifier}" for one in needed if not _is_met(one)]
    commands = [shlex.join(["pip", "install", *lacking])] if lacking else []
    if not _is_met(suite):
        lacking.append(SUITE)
        commands.append(f"pip install --no-deps {SUITE}")
    return [f"pisces.control needs {', '.join(lacking)}: {' && '.join(commands)}"] if lacking else []


def versions() -> str:
    """The versions that decide what the results are, in one line."""
    names = ("tensorflow", "tf-keras", "tf-agents", "tensorflow-probability", "numpy")
    # By its own name, under which runs are kept: one line for one environment.
    own = [f"Python {platform.python_version()}", f"pisces {_version(DISTRIBUTION)}"]
    return ", ".join([*own, *(f"{name} {_version(name)}" for name in names)])


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _name_problems() -> list[str]:
    """Another project's package in the place of this one, or this one imported without being installed."""
    found = []
    namesake = _version(NAMESAKE)
    if namesake is not None:
        found.append(
            f"{NAMESAKE} is {namesake}, another project whose package has the same name: "
            f"pip uninstall {NAMESAKE}, then install Pisces again"
        )
    if _version(DISTRIBUTION) is None:
        found.append(f"{DISTRIBUTION} is missing, and with it what Pisces needs: install its folder with pip")
    return found


def _python_problems() -> list[str]:
    if _version(DISTRIBUTION) is None:
        return []
    allowed = metadata.metadata(DISTRIBUTION)["Requires-Python"]
    present = platform.python_version()
    if SpecifierSet(allowed).contains(present, prereleases=True):
        return []
    return [f"Python is {present}, Pisces needs {allowed}"]


def _package_problems() -> list[str]:
    """Dependencies that are missing or outside their range."""
    found = []
    for requirement in _requirements():
        present = _version(requirement.name)
        command = f"pip install '{requirement.name}{requirement.specifier}'"
        if present is None:
            found.append(f"{requirement.name} is missing: {command}")
        elif not requirement.specifier.contains(present, prereleases=True):
            found.append(f"{requirement.name} is {present}, Pisces needs {requirement.specifier}: {command}")
    return found


def _requirements(extra: str = "") -> list[Requirement]:
    """What the package depends on here, or what an extra of it adds to that."""
    if _version(DISTRIBUTION) is None:
        return []
    found = [Requirement(line) for line in metadata.requires(DISTRIBUTION) or ()]
    always = [one for one in found if one.marker is None or one.marker.evaluate({"extra": ""})]
    if not extra:
        return always
    return [
        one for one in found if one not in always and one.marker and one.marker.evaluate({"extra": extra})
    ]


def _is_met(requirement: Requirement) -> bool:
    present = _version(requirement.name)
    return present is not None and requirement.specifier.contains(present, prereleases=True)


def _agents_problems() -> list[str]:
    """TF-Agents is no dependency of the package, as its own dependencies cannot be installed."""
    wanted = Requirement(TF_AGENTS)
    present = _version(wanted.name)
    command = f"pip install --no-deps {TF_AGENTS}"
    if present is None:
        return [f"tf-agents is missing: {command}"]
    if not wanted.specifier.contains(present):
        return [f"tf-agents is {present}, Pisces needs {wanted.specifier}: {command}"]
    return []


def _keras_problems() -> list[str]:
    """tf-keras reaches into TensorFlow and works with the same minor version only."""
    tensorflow, keras = _version("tensorflow"), _version("tf-keras")
    if tensorflow is None or keras is None or Version(tensorflow).release[:2] == Version(keras).release[:2]:
        return []
    wanted = f"{Version(tensorflow).major}.{Version(tensorflow).minor}"
    return [f"tf-keras is {keras}, TensorFlow is {tensorflow}: pip install 'tf-keras=={wanted}.*'"]


def _import_order_problems() -> list[str]:
    """TF-Agents needs Keras 2, which TensorFlow takes if a variable is set before its first import."""
    value = os.environ.get("TF_USE_LEGACY_KERAS")
    if value not in ("1", "true", "True"):
        return [f"TF_USE_LEGACY_KERAS is {value!r}, TF-Agents needs 1: set it before Python starts"]
    tensorflow = sys.modules.get("tensorflow")
    # TensorFlow puts the folder of the Keras it has chosen on its own path.
    if tensorflow is None or any("tf_keras" in Path(folder).parts for folder in tensorflow.__path__):
        return []
    return [
        "TensorFlow was imported before TF_USE_LEGACY_KERAS was set, so it took Keras 3: "
        "restart Python and import pisces first"
    ]
