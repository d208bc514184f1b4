"""Does a chapter run where Colab opens it? Each alone, in an environment that has TensorFlow but not Pisces.

A chapter is copied into an empty folder, away from the repository, and run to its end in profile "smoke". Its
own first cell installs the package, from this tree instead of GitHub. Everything happens in a virtual
environment of its own, which has the packages that Colab brings, or with `--system` those of the Python that
runs this, as in Colab's runtime image. In the end NumPy, TensorFlow and Keras must be what they were.

    python tests/colab.py [--system] [--package SOURCE] [CHAPTER ...]
"""

import argparse
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
import venv
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

RUNTIME = {
    "tensorflow": "2.20.0",
    "tf-keras": "2.20.1",
    "tensorflow-probability": "0.25.0",
    "numpy": "2.1.3",
}
"""What Colab brings and the package must be content with; a test holds `pyproject.toml` to it."""

RUNTIME_PYTHON = "3.13"
PACKAGE = "pisces-pse"
RUNNER = ("ipykernel", "nbclient")
EXECUTE = "from nbclient.cli import main; main()"
LIST = """import json
from importlib.metadata import distributions
print(json.dumps([[one.name, one.version] for one in distributions()]))"""


class ChapterError(Exception):
    """A chapter does not run in Colab; the message says why."""


def prepared(notebook: dict, *, package: str) -> dict:
    """The notebook with another source of the package, and with the profile "smoke".

    Args:
        notebook: As it is in the repository.
        package: What pip is to install in place of the repository on GitHub.

    Raises:
        ChapterError: If it has no cell that installs the package, or none with parameters.
    """
    notebook = json.loads(json.dumps(notebook))
    install, parameters = (_tagged(notebook, tag) for tag in ("install", "parameters"))
    source, num_found = re.subn(r"git\+https://\S+", lambda _: package, "".join(install["source"]))
    if num_found != 1:
        raise ChapterError("its first cell installs no package from GitHub")
    install["source"] = source
    parameters["source"] = "".join(parameters["source"]) + '\nprofile = "smoke"'
    return notebook


def check(chapter: Path, *, package: str, is_system: bool) -> str:
    """Runs a chapter as Colab would.

    Args:
        chapter: Path of the notebook.
        package: What its first cell installs.
        is_system: Takes the packages of this Python instead of installing `RUNTIME`.

    Returns:
        The packages that the chapter's first cell changed, to be told.

    Raises:
        ChapterError: If it fails, or changes a package of `RUNTIME`.
    """
    notebook = prepared(json.loads(chapter.read_text(encoding="utf-8")), package=package)
    with tempfile.TemporaryDirectory() as folder:
        environment = Path(folder, "environment")
        # Colab's Python cannot install pip, and has it.
        venv.create(environment, with_pip=not is_system, system_site_packages=is_system)
        python = environment / "bin" / "python"
        if not is_system:
            wanted = [*(f"{name}=={version}" for name, version in RUNTIME.items()), *RUNNER]
            _run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *wanted], folder)
        before = _versions(python, folder)
        _execute(notebook, Path(folder, "content", chapter.name), python)
        after = _versions(python, folder)
    if PACKAGE in before or PACKAGE not in after:
        raise ChapterError("the package is not what its first cell installed")
    return _changes(before, after)


def _changes(before: dict[str, str], after: dict[str, str]) -> str:
    """What became of packages that were there."""
    changed = {
        name: f"{name} {version} to {after.get(name, 'none')}"
        for name, version in before.items()
        if after.get(name) != version
    }
    touched = [changed[name] for name in RUNTIME if name in changed]
    if touched:
        raise ChapterError(f"its first cell changed {', '.join(touched)}")
    return ", ".join(changed.values())


def _tagged(notebook: dict, tag: str) -> dict:
    for cell in notebook["cells"]:
        if tag in cell["metadata"].get("tags", ()):
            return cell
    raise ChapterError(f"it has no cell tagged {tag}")


def _execute(notebook: dict, copy: Path, python: Path) -> None:
    """Runs a notebook as `copy`, in a new folder, with a kernel of this Python wherever others are named."""
    kernel = copy.parent / "jupyter" / "kernels" / "python3" / "kernel.json"
    kernel.parent.mkdir(parents=True)
    command = [str(python), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    kernel.write_text(json.dumps({"argv": command, "display_name": "Python 3", "language": "python"}))
    copy.write_text(json.dumps(notebook), encoding="utf-8")
    _run([python, "-c", EXECUTE, copy.name], copy.parent, JUPYTER_PATH=str(kernel.parents[2]))


def _run(command: Sequence[str | Path], folder: str | Path, **variables: str) -> str:
    # What the caller's environment says of Python is not for this one.
    variables = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")} | variables
    variables["PATH"] = os.pathsep.join((str(Path(command[0]).parent), os.environ["PATH"]))
    run = subprocess.run(command, cwd=folder, env=variables, check=False, text=True, capture_output=True)
    if run.returncode:
        raise ChapterError(f"{run.stdout}{run.stderr}")
    return run.stdout


def _versions(python: Path, folder: str) -> dict[str, str]:
    """The installed packages by their names, lower case with hyphens."""
    versions: dict[str, str] = {}
    for name, version in json.loads(_run([python, "-c", LIST], folder)):
        # The first one found is the one that is imported.
        versions.setdefault(re.sub(r"[-_.]+", "-", name).lower(), version)
    return versions


def main(arguments: list[str] | None = None) -> int:
    """Runs the chapters, and says of each how it went.

    Returns:
        The exit code: 0, or 1 if one does not run.
    """
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("chapters", nargs="*", metavar="CHAPTER", help="such as 01_jumping_task; else all")
    parser.add_argument("--system", action="store_true", help="use the packages of this Python")
    parser.add_argument("--package", default=str(ROOT), help="what pip installs; default: this tree")
    options = parser.parse_args(arguments)
    print(f"Python {platform.python_version()}; Colab has {RUNTIME_PYTHON}.", flush=True)
    failed = []
    for name in options.chapters or sorted(path.stem for path in (ROOT / "notebooks").glob("*.ipynb")):
        chapter = ROOT / "notebooks" / f"{name}.ipynb"
        try:
            changed = check(chapter, package=options.package, is_system=options.system)
            print(f"{name}: runs; changed packages: {changed or 'none'}", flush=True)
        except ChapterError as error:
            failed.append(name)
            print(f"{name}: {error}", flush=True)
    print(f"These do not run: {', '.join(failed)}" if failed else "All run.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
