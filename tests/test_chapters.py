"""Every chapter runs.

Each may run in another process of the tests, see `conftest`, and those that take longest come first.
"""

import execution
import nbformat
import pytest

CHAPTERS = {path.stem: path for path in reversed(execution.chapters())}
WITH_RESULTS = [name for name, path in CHAPTERS.items() if "report.table(" in path.read_text()]


@pytest.mark.parametrize("name", WITH_RESULTS)
def test_its_tables_are_what_the_committed_runs_give(name):
    executed = nbformat.read(execution.execute(CHAPTERS[name], profile="book"), as_version=4)
    assert list(execution.shown_results(executed))


@pytest.mark.parametrize("name", CHAPTERS)
def test_it_runs_on_the_smoke_profile_and_its_claims_hold(name):
    executed = nbformat.read(execution.execute(CHAPTERS[name], profile="smoke"), as_version=4)
    assert executed.cells[-1].execution_count is not None
