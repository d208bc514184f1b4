"""The check of chapters in Colab's environment: what it runs is the chapter, and what it finds it says."""

import json

import build
import colab
import pytest

CHAPTERS = [path.stem for path in build.chapters()]


def source(notebook: dict, tag: str) -> str:
    return "".join(colab._tagged(notebook, tag)["source"])


@pytest.mark.parametrize("name", CHAPTERS)
def test_a_chapter_is_run_as_it_is_but_for_the_source_of_the_package_and_the_profile(name):
    committed = json.loads((colab.ROOT / "notebooks" / f"{name}.ipynb").read_text(encoding="utf-8"))
    run = colab.prepared(committed, package="/the/tree")
    assert "pip install --quiet /the/tree\n" in source(run, "install")
    assert "--no-deps tf-agents==" in source(run, "install")
    assert source(run, "parameters") == source(committed, "parameters") + '\nprofile = "smoke"'
    changed = [one for one, other in zip(run["cells"], committed["cells"], strict=True) if one != other]
    assert len(changed) == 2


def test_a_notebook_without_a_cell_that_installs_is_refused():
    cells = [{"metadata": {"tags": [tag]}, "source": ["x = 1"]} for tag in ("install", "parameters")]
    with pytest.raises(colab.ChapterError, match="installs no package from GitHub"):
        colab.prepared({"cells": cells}, package=".")
    with pytest.raises(colab.ChapterError, match="no cell tagged parameters"):
        colab.prepared({"cells": cells[:1]}, package=".")


def test_a_changed_numpy_is_an_error_and_another_changed_package_is_told():
    before = {"numpy": "2.1.3", "pillow": "11.0", "wrapt": "1.17"}
    assert colab._changes(before, before | {"wrapt": "2.0", colab.PACKAGE: "0.1"}) == "wrapt 1.17 to 2.0"
    with pytest.raises(colab.ChapterError, match=r"changed numpy 2\.1\.3 to 2\.4"):
        colab._changes(before, before | {"numpy": "2.4", "wrapt": "2.0"})
    with pytest.raises(colab.ChapterError, match=r"changed numpy 2\.1\.3 to none"):
        colab._changes(before, {})


def test_what_a_failing_command_prints_is_told(tmp_path):
    with pytest.raises(colab.ChapterError, match="no such chapter"):
        colab._run([colab.sys.executable, "-c", "import sys; sys.exit('no such chapter')"], tmp_path)
