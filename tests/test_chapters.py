"""Every chapter runs, and what it claims holds.

Each may run in another process of the tests, see `conftest`, and those that take longest come first. One that
shows results is executed as the book is, the others on the smoke profile; `make book` and `make book
PROFILE=smoke` execute all of them on one.
"""

import execution
import nbformat
import pytest

CHAPTERS = {path.stem: path for path in reversed(execution.chapters())}
WITH_RESULTS = {name for name, path in CHAPTERS.items() if "report.table(" in path.read_text()}


@pytest.mark.parametrize("name", sorted(CHAPTERS, key=lambda name: name not in WITH_RESULTS))
def test_it_runs_and_its_claims_hold(name):
    profile = "book" if name in WITH_RESULTS else "smoke"
    executed = nbformat.read(execution.execute(CHAPTERS[name], profile=profile), as_version=4)
    assert executed.cells[-1].execution_count is not None
    assert any(execution.shown_results(executed)) == (name in WITH_RESULTS)
