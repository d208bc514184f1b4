"""The front page's figure: failures and successes that committed runs really had."""

from io import BytesIO
from pathlib import Path

import front
import game
import numpy as np
import pytest
import tiny
from bs4 import BeautifulSoup
from PIL import Image

from pisces import task
from pisces.experiments import catalogue, evidence
from pisces.jumping.presets import preset
from pisces.jumping.result import RunResult
from pisces.task.judge import NO_JUMP

STATIC = Path(front.__file__).parent / "_static"
TASKS = task.all_tasks()
RIGHT_JUMP = np.array([one.obstacle_position - task.JUMP_DISTANCE for one in TASKS])
IS_TEST = np.array([one in set(task.test_tasks("wide")) for one in TASKS])


def run(method: str, seed: int, jumps: dict[task.Task, int], grid: str = "wide") -> RunResult:
    """A run that solves everything but some tasks, in which it first jumps at another step."""
    jump_step = RIGHT_JUMP.copy()
    for one, step in jumps.items():
        jump_step[task.task_index(one)] = step
    return tiny.run_result(
        preset(method, grid=grid, reading="reference"),
        seed=seed,
        solved_at=(jump_step == RIGHT_JUMP)[None],
        jump_step=jump_step,
        is_test=IS_TEST,
    )


LATE, EARLY = task.Task(24, 12), task.Task(29, 12)  # an obstacle at 25 calls for a jump at 11
IMITATES, AUGMENTS = front.FAIL
TRAINED = np.flatnonzero(~IS_TEST).tolist()


def runs_of(seed: int, imitates=None, augments=None, succeeds=None) -> list[RunResult]:
    """A run of each method, with where it first jumps in tasks that it fails."""
    jumps = {IMITATES: imitates, AUGMENTS: augments, front.SUCCEEDS: succeeds}
    return [run(method, seed, where or {}) for method, where in jumps.items()]


RACE = front.Race(EARLY, runs=tuple(runs_of(3, {EARLY: 11, LATE: 12}, {EARLY: 16})))


def told(race: front.Race):
    """What a race says of itself, without its runs."""
    return race.task, race.seed, race.jumps


def test_the_task_is_one_that_the_last_method_alone_solves():
    only_one_fails = {LATE: 11}
    runs = runs_of(3, {EARLY: 11, **only_one_fails}, {EARLY: 16})
    assert told(front.chosen_race(runs)) == (EARLY, 3, (11, 16, 15))


def test_it_is_the_task_that_tells_the_methods_apart_best_over_all_seeds():
    both = {LATE: 11, EARLY: 11}
    runs = runs_of(3, both, both) + runs_of(4, {LATE: 11}, {LATE: 11}) + runs_of(5, {EARLY: 11}, {})
    assert front.chosen_race(runs).task == LATE


def test_a_task_that_one_of_the_others_mostly_solves_does_not_tell_the_methods_apart():
    runs = runs_of(3, {LATE: 11, EARLY: 11}, {LATE: 11, EARLY: 16})
    runs += runs_of(4, {LATE: 11, EARLY: 11}, {EARLY: 16}) + runs_of(5, {LATE: 11, EARLY: 11}, {EARLY: 16})
    assert told(front.chosen_race(runs)) == told(RACE)


def test_the_seed_is_the_lowest_that_all_methods_have_on_the_grid():
    runs = [*runs_of(3, {EARLY: 11}, {EARLY: 16}), *runs_of(4, {EARLY: 11}, {EARLY: 16})]
    runs += [*runs_of(1)[:2], run(front.SUCCEEDS, 1, {}, grid="narrow")]
    assert told(front.chosen_race(runs)) == told(RACE)


def test_no_training_task_and_no_task_that_all_fail_is_chosen():
    jumps = {task.Task(30, 10): 11, EARLY: 11}
    with pytest.raises(ValueError, match="runs of seed 0 have no task that randconv-pse alone solves"):
        front.chosen_race(runs_of(0, jumps, jumps, {EARLY: 11}))


def test_runs_without_a_common_seed_are_an_error():
    message = "no seed of dropout-l2, randconv and randconv-pse on the wide grid"
    with pytest.raises(ValueError, match=message):
        front.chosen_race([*runs_of(0)[:2], run(front.SUCCEEDS, 1, {})])


@pytest.fixture(scope="module")
def committed():
    """The runs of the book in each cell of the grid."""
    cells = catalogue.select(catalogue.cells("table1"), column=front.GRID)
    runs = evidence.gather(cells, is_live=False)
    return {cell.row: cell.counted(runs) for cell in cells}


@pytest.fixture(scope="module")
def race(committed):
    return front.chosen_race([run for runs in committed.values() for run in runs])


def test_in_the_committed_runs_no_agent_with_randconv_alone_solves_the_task_and_all_with_pses_do(
    committed, race
):
    solved = {
        method: [one.solved[task.task_index(race.task)] for one in runs] for method, runs in committed.items()
    }
    assert not any(solved["randconv"]) and all(solved["randconv-pse"])
    assert not any(solved["dropout-l2"]) and len(solved["randconv"]) >= 10


def test_the_page_opens_on_the_task_that_tells_the_committed_runs_apart(race):
    assert (race.task, race.seed) == (task.Task(43, 17), 0)
    assert TASKS[front.data(race)["start"]] == race.task


def test_the_page_plays_to_what_the_committed_runs_solved(race):
    data = front.data(race)
    for agent, run in zip(data["agents"], race.runs, strict=True):
        jumps = np.array([ord(character) - ord("0") for character in agent["jump_step"]])
        action = np.where(jumps[:, None] == np.arange(task.EPISODE_LENGTH), task.JUMP, task.RIGHT)
        np.testing.assert_array_equal(task.replay(TASKS, action).is_success, run.solved)
    assert [agent["label"] for agent in data["agents"]] == ["Dropout + l2", "RandConv", "RandConv + PSEs"]
    assert data["training"] == TRAINED and len(TRAINED) == 18
    assert len(game.script(data)) < 4000


def test_episodes_begin_alike_and_end_with_crosses_and_a_tick():
    pictures = front.episodes(RACE)
    assert pictures.shape == (3, task.EPISODE_LENGTH + 1, 60, 60, 3)
    assert (pictures[:, : min(RACE.jumps) + 1] == pictures[:1, : min(RACE.jumps) + 1]).all()
    vermilion, green = (bytes.fromhex(color[1:]) for color in (front.VERMILION, front.GREEN))
    for episode, color in zip(pictures, (vermilion, vermilion, green), strict=True):
        has_mark = (episode == tuple(color)).all(axis=-1).any(axis=(1, 2))
        assert has_mark[-1] and not has_mark[RACE.right_jump]


def test_an_agent_may_fail_by_never_jumping():
    race = front.Race(EARLY, runs=tuple(runs_of(3, {EARLY: 11}, {EARLY: NO_JUMP})))
    assert front.episodes(race).shape[0] == 3
    assert "the second never jumps" in words(front.page(race), "figcaption")


def test_a_race_that_does_not_end_so_is_refused():
    with pytest.raises(ValueError, match="not the only one to get across"):
        front.episodes(front.Race(EARLY, runs=tuple(runs_of(3, {EARLY: 11}))))


def test_the_film_runs_for_ever_and_the_still_has_its_last_moment():
    pictures = front.episodes(RACE)
    size = (3 * task.IMAGE_SIZE * front.SCALE, task.IMAGE_SIZE * front.SCALE)
    with Image.open(BytesIO(front.film(pictures))) as film:
        assert film.is_animated and film.info["loop"] == 0 and film.size == size
    still = np.array(front.still(pictures))
    assert still.shape[1::-1] == size
    assert (still >= np.concatenate(pictures[:, -1], axis=1).repeat(4, 0).repeat(4, 1)).all()


def words(html: str, selector: str) -> str:
    """The text of the parts of a page, joined, with single spaces."""
    parts = BeautifulSoup(html, "html.parser").select(selector)
    return " | ".join(" ".join(part.get_text().split()) for part in parts)


def test_the_page_says_in_words_what_the_pictures_show_and_can_be_stopped():
    page = front.page(RACE)
    soup = BeautifulSoup(page, "html.parser")
    assert all(len(picture["alt"].split()) > 4 for picture in soup("img"))
    caption = words(page, "figcaption")
    assert "obstacle 29, floor 12" in caption and "seed 3" in caption
    assert "the first agent jumps 4 pixels too early, the second jumps 1 pixel too late" in caption
    assert words(page, ".pisces-race-verdict") == (
        "Crashes: jumps 4 pixels too early | Crashes: jumps 1 pixel too late | Gets across"
    )
    assert soup.select_one('noscript label input[type="checkbox"]')


def test_the_page_counts_the_unseen_tasks_that_each_agent_solves():
    page = front.page(RACE)
    solved = "Solves {} of 268 unseen tasks"
    assert words(page, ".pisces-race-score") == " | ".join(solved.format(count) for count in (266, 267, 268))
    assert words(page, ".pisces-race-task") == "Obstacle 29, floor 12: none of the three has seen this task."


def test_what_needs_javascript_is_hidden_until_it_runs():
    soup = BeautifulSoup(front.page(RACE), "html.parser")
    needy = soup.select(".pisces-race :is(button, input[type=range], .pisces-race-key)")
    assert len(needy) == 8
    assert all(one.find_parent(hidden=True) for one in needy)


def test_sliders_have_the_sides_of_the_board_and_ticks_where_the_agents_were_trained():
    soup = BeautifulSoup(front.page(RACE), "html.parser")
    sides = {"Obstacle": task.TASK_OBSTACLE_POSITIONS, "Floor": task.TASK_FLOOR_HEIGHTS}
    trained = [TASKS[index] for index in TRAINED]
    for place, (slider, (name, side)) in enumerate(
        zip(soup.select("input[type=range]"), sides.items(), strict=True)
    ):
        assert slider.parent.get_text().split() == [name, slider["value"]] == [name, ("29", "12")[place]]
        assert (slider["min"], slider["max"]) == (str(side[0]), str(side[-1]))
        ticks = {int(tick["value"]) for tick in soup.find(id=slider["list"])("option")}
        assert ticks == {(one.obstacle_position, one.floor_height)[place] for one in trained}


def test_everything_that_the_page_shows_is_written(tmp_path):
    (tmp_path / "_static").mkdir()
    front.write(tmp_path, runs_of(3, {EARLY: 11}, {EARLY: 16}))
    page = tmp_path / "_front" / "race.html"
    soup = BeautifulSoup(page.read_text(), "html.parser")
    shown = [(page.parent / picture["src"]).resolve() for picture in soup("img")]
    assert all(picture.exists() for picture in shown) and len(set(shown)) == 3
    named = [one.get("src") or one["href"] for one in soup.select("script, link")]
    for file in map(Path, named):
        assert file.parent == Path("../_static")
        assert (page.parent / file).exists() or (STATIC / file.name).exists()
