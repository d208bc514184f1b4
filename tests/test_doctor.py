"""The doctor names each conflict in one line, and finds nothing wrong here."""

import subprocess
import sys
from importlib import metadata

import pytest

from pisces import doctor
from pisces.runs import archive
from pisces.runs.kinds import JUMPING


@pytest.fixture
def installed(monkeypatch):
    """Pretends that packages have other versions, or are missing where the version is None."""
    pretended: dict[str, str | None] = {}
    real = metadata.version

    def version(name: str) -> str:
        present = pretended[name] if name in pretended else real(name)
        if present is None:
            raise metadata.PackageNotFoundError(name)
        return present

    monkeypatch.setattr(metadata, "version", version)
    return pretended


def only_problem() -> str:
    found = doctor.problems()
    assert len(found) == 1
    return found[0]


def test_the_locked_environment_has_no_problem():
    assert doctor.problems() == []


def test_each_problem_is_one_line_of_its_own(installed):
    installed.update({"gym": None, "tf-agents": None, "wrapt": "1.14.0"})
    found = doctor.problems()
    assert len(found) == 3
    assert all("\n" not in line for line in found)


@pytest.mark.parametrize("name", ["gym", "tensorboard", "tensorflow-probability", "tensorflow", "tf-keras"])
def test_a_missing_package_is_named_with_the_command_that_installs_it(installed, name):
    installed[name] = None
    line = only_problem()
    assert line.startswith(f"{name} is missing: pip install '{name}")


def test_a_tensorflow_outside_the_range_is_named_with_the_range(installed):
    installed.update({"tensorflow": "2.19.1", "tf-keras": "2.19.0"})
    tensorflow, keras = doctor.problems()
    assert "tensorflow is 2.19.1" in tensorflow and ">=2.20" in tensorflow and "<2.22" in tensorflow
    assert "tf-keras is 2.19.0" in keras


def test_an_old_wrapt_is_a_problem_as_policies_cannot_be_saved_with_it(installed):
    installed["wrapt"] = "1.14.0"
    assert only_problem().startswith("wrapt is 1.14.0, Pisces needs >=2")


def test_tf_keras_of_another_minor_version_than_tensorflow_is_a_problem(installed):
    installed.update({"tensorflow": "2.21.0", "tf-keras": "2.20.1"})
    assert only_problem() == "tf-keras is 2.20.1, TensorFlow is 2.21.0: pip install 'tf-keras==2.21.*'"


def test_patch_versions_of_tensorflow_and_tf_keras_may_differ(installed):
    installed.update({"tensorflow": "2.21.0", "tf-keras": "2.21.3"})
    assert doctor.problems() == []


def test_missing_tf_agents_comes_with_the_command_that_ignores_its_pins(installed):
    installed["tf-agents"] = None
    assert only_problem() == "tf-agents is missing: pip install --no-deps tf-agents==0.19.0"


def test_another_tf_agents_is_a_problem(installed):
    installed["tf-agents"] = "0.18.0"
    assert only_problem().startswith("tf-agents is 0.18.0, Pisces needs ==0.19.0")


def test_an_unsupported_python_is_a_problem(monkeypatch):
    monkeypatch.setattr(doctor.platform, "python_version", lambda: "3.14.0")
    line = only_problem()
    assert "Python is 3.14.0" in line and "<3.14" in line


def test_keras_3_asked_for_in_the_environment_is_a_problem(monkeypatch):
    monkeypatch.setenv("TF_USE_LEGACY_KERAS", "0")
    assert "TF_USE_LEGACY_KERAS is '0'" in only_problem()


def test_learning_is_refused_where_keras_3_was_asked_for(monkeypatch):
    monkeypatch.setenv("TF_USE_LEGACY_KERAS", "0")
    with pytest.raises(ImportError, match="TF_USE_LEGACY_KERAS is '0'"):
        doctor.require_learning_environment()


def test_learning_is_allowed_here():
    doctor.require_learning_environment()


def test_what_distracting_control_lacks_is_one_line_with_one_command(installed):
    installed.update({"dm-control": None, "dm-env": "1.6", "lxml": None, "mujoco": "4.0.0"})
    assert doctor.control_problems() == [
        "pisces.control needs lxml>=5.3, mujoco==3.17.0, dm-control==1.0.50: "
        "pip install 'lxml>=5.3' mujoco==3.17.0 && pip install --no-deps dm-control==1.0.50"
    ]


def test_an_environment_without_distracting_control_has_no_problem(installed):
    installed.update({"dm-control": None, "mujoco": None})
    assert doctor.problems() == []


def test_another_project_of_the_same_name_is_a_problem(installed):
    installed["pisces"] = "0.4.5"
    line = only_problem()
    assert line.startswith("pisces is 0.4.5, another project") and "pip uninstall pisces" in line


def test_a_package_that_is_imported_but_not_installed_is_a_problem(installed):
    installed[doctor.DISTRIBUTION] = None
    assert only_problem().startswith("pisces-pse is missing")


def test_the_versions_have_the_form_of_those_kept_with_the_runs_of_the_book():
    # `pisces verify` compares the two lines.
    path = archive.packaged(JUMPING)
    kept = {run.provenance["versions"] for run in archive.read(path, kind=JUMPING).values()}
    names = [[part.split()[0] for part in line.split(", ")] for line in (*kept, doctor.versions())]
    assert all(line == names[0] for line in names)
    assert f"pisces {metadata.version(doctor.DISTRIBUTION)}," in doctor.versions()


def test_the_versions_are_one_line_that_names_tensorflow():
    line = doctor.versions()
    assert f"tensorflow {metadata.version('tensorflow')}" in line and "\n" not in line


def problems_after(*imports: str) -> str:
    code = "; ".join([*(f"import {name}" for name in imports), "from pisces import doctor"])
    return subprocess.run(
        [sys.executable, "-c", f"{code}; print(doctor.problems())"],
        env={"TF_CPP_MIN_LOG_LEVEL": "3", "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def test_tensorflow_imported_before_pisces_is_a_problem():
    assert "TensorFlow was imported before TF_USE_LEGACY_KERAS was set" in problems_after("tensorflow")


def test_tensorflow_imported_after_pisces_is_none():
    assert problems_after("pisces", "tensorflow") == "[]\n"


def test_looking_imports_no_tensorflow():
    code = "import sys; from pisces import doctor; doctor.problems(); print('tensorflow' in sys.modules)"
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert output == "False\n"
