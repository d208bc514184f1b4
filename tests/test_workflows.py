"""Continuous integration: it calls what is there, is allowed little, and ends."""

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / ".github" / "workflows"
WORKFLOWS = {path.stem: yaml.safe_load(path.read_text()) for path in sorted(FOLDER.glob("*.yml"))}
TARGETS = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))

workflow = pytest.mark.parametrize("name", WORKFLOWS)


def commands(name: str) -> list[str]:
    jobs = WORKFLOWS[name]["jobs"].values()
    return [step["run"] for job in jobs for step in job["steps"] if "run" in step]


@workflow
def test_every_target_that_it_makes_is_in_the_makefile(name):
    for command in commands(name):
        for target in re.findall(r"\bmake ([\w-]+)", command):
            assert target in TARGETS, command


@workflow
def test_every_file_and_chapter_that_it_names_is_there(name):
    for command in commands(name):
        written = set(re.findall(r"> (\S+)", command))
        for path in set(re.findall(r"[\w./]+\.(?:py|md|toml)\b|\.ci/\w+", command)) - written:
            assert (ROOT / path).exists(), path
        for chapter in re.findall(r"CHAPTERS=(\w+)", command):
            assert (ROOT / "notebooks" / f"{chapter}.ipynb").exists()


@workflow
def test_it_may_only_read_unless_a_job_asks_for_more(name):
    assert WORKFLOWS[name]["permissions"] == {"contents": "read"}


@workflow
def test_every_job_ends_before_half_a_working_day(name):
    for job in WORKFLOWS[name]["jobs"].values():
        assert job["timeout-minutes"] <= 120


def test_the_weekly_run_reports_the_failure_of_any_of_its_jobs():
    jobs = WORKFLOWS["weekly"]["jobs"]
    needs = jobs["report"]["needs"]
    assert set(needs) == jobs.keys() - {"report"}
    # The names stand before the results in the order of `needs`.
    assert f"({', '.join(needs)}: $FAILED)" in jobs["report"]["steps"][0]["run"]


def test_the_fast_tests_are_there_and_so_is_the_weekly_run_of_them_with_the_lowest_versions():
    makefile = (ROOT / "Makefile").read_text().replace("\\\n", "")
    fast = re.search(r"^FAST = (.*)$", makefile, re.MULTILINE).group(1).split()
    assert fast and all((ROOT / path).exists() for path in fast)
    assert re.search(r"--resolution lowest-direct .*\$\(FAST\)$", makefile, re.DOTALL | re.MULTILINE)
    assert any(command.startswith("make test-floors") for command in commands("weekly"))


def test_a_release_has_the_pages_the_pdf_and_the_results():
    (archive,) = [command for command in commands("release") if "mkdir release" in command]
    for content in ("_build html", "book results", "_build/pisces.pdf"):
        assert content in archive
