"""The front page's picture: a failure and a success that committed runs really had."""

import dataclasses
from io import BytesIO

import front
import numpy as np
import pytest
from bs4 import BeautifulSoup
from PIL import Image

from pisces import task
from pisces.jumping.config import preset
from pisces.jumping.result import RunResult

TASKS = task.all_tasks()
RIGHT_JUMP = np.array([one.obstacle_position - task.JUMP_DISTANCE for one in TASKS])
IS_TEST = np.array([one in set(task.test_tasks("wide")) for one in TASKS])


def run(method: str, seed: int, jumps: dict[task.Task, int], grid: str = "wide") -> RunResult:
    """A run that solves everything but some tasks, in which it first jumps at another step."""
    jump_step = RIGHT_JUMP.copy()
    for one, step in jumps.items():
        jump_step[task.task_index(one)] = step
    return RunResult(
        config=preset(method, grid=grid, reading="reference"),
        seed=seed,
        solved_at=(jump_step == RIGHT_JUMP)[None],
        jump_step=jump_step,
        is_test=IS_TEST,
        update=np.array([8000]),
        imitation_loss=np.zeros(1),
        embedding_loss=np.zeros(1),
        seconds=1.0,
        provenance={},
    )


EARLY, EARLIER = task.Task(27, 12), task.Task(29, 12)  # an obstacle at 25 calls for a jump at 11
RACE = front.Race(EARLIER, seed=3, failing_jump=11, right_jump=15)


def test_the_task_is_the_one_whose_jump_a_training_task_calls_for_and_is_too_early_by_most():
    failing = run(front.FAILS, 3, {EARLY: 11, EARLIER: 11, task.Task(44, 12): 20})
    assert front.chosen_race([failing, run(front.SUCCEEDS, 3, {})]) == RACE


def test_it_is_first_of_all_the_task_on_which_the_methods_differ_most_over_all_seeds():
    runs = [run(front.FAILS, seed, {EARLY: 11} | ({EARLIER: 11} if seed == 3 else {})) for seed in (3, 4)]
    runs += [run(front.SUCCEEDS, seed, {}) for seed in (3, 4)]
    assert front.chosen_race(runs).task == EARLY


def test_the_seed_is_the_lowest_that_both_methods_have_on_the_grid():
    runs = [run(front.FAILS, seed, {EARLIER: 11}) for seed in (1, 3, 4)]
    runs += [
        run(front.SUCCEEDS, 4, {}),
        run(front.SUCCEEDS, 3, {}),
        run(front.SUCCEEDS, 1, {}, grid="narrow"),
    ]
    assert front.chosen_race(runs) == RACE


def test_no_training_task_no_task_that_both_fail_and_no_late_jump_is_chosen():
    trained, both, late = task.Task(30, 10), task.Task(28, 11), task.Task(24, 11)
    failing = run(front.FAILS, 0, {trained: 11, both: 11, late: 11})
    with pytest.raises(ValueError, match="runs of seed 0 have no task that randconv-pse alone solves"):
        front.chosen_race([failing, run(front.SUCCEEDS, 0, {both: 11})])


def test_runs_without_a_common_seed_are_an_error():
    with pytest.raises(ValueError, match="no seed of both dropout-l2 and randconv-pse on the wide grid"):
        front.chosen_race([run(front.FAILS, 0, {}), run(front.SUCCEEDS, 1, {})])


def test_both_episodes_begin_alike_and_end_with_a_cross_and_a_tick():
    pictures = front.episodes(RACE)
    assert pictures.shape == (2, task.EPISODE_LENGTH + 1, 60, 60, 3)
    assert (pictures[0, : RACE.failing_jump + 1] == pictures[1, : RACE.failing_jump + 1]).all()
    vermilion, green = (bytes.fromhex(color[1:]) for color in (front.VERMILION, front.GREEN))
    for episode, color in zip(pictures, (vermilion, green), strict=True):
        has_mark = (episode == tuple(color)).all(axis=-1).any(axis=(1, 2))
        assert has_mark[-1] and not has_mark[RACE.right_jump]


def test_a_race_that_does_not_end_so_is_refused():
    with pytest.raises(ValueError, match="not the only one to get across"):
        front.episodes(dataclasses.replace(RACE, failing_jump=15))


def test_the_film_runs_for_ever_and_the_still_has_its_last_moment():
    pictures = front.episodes(RACE)
    size = (2 * task.IMAGE_SIZE * front.SCALE, task.IMAGE_SIZE * front.SCALE)
    with Image.open(BytesIO(front.film(pictures))) as film:
        assert film.is_animated and film.info["loop"] == 0 and film.size == size
    still = np.array(front.still(pictures))
    assert still.shape[1::-1] == size
    assert (still >= np.concatenate(pictures[:, -1], axis=1).repeat(4, 0).repeat(4, 1)).all()


def test_the_page_says_in_words_what_the_pictures_show_and_can_be_stopped():
    soup = BeautifulSoup(front.page(RACE), "html.parser")
    assert all(len(picture["alt"].split()) > 4 for picture in soup("img"))
    text = soup.figcaption.get_text()
    assert "obstacle at 29, floor at 12" in text and "4 pixels too early" in text and "seed 3" in text
    assert soup.select_one('label input[type="checkbox"]')


def test_everything_that_the_page_shows_is_written(tmp_path):
    (tmp_path / "_static").mkdir()
    front.write(tmp_path, [run(front.FAILS, 3, {EARLIER: 11}), run(front.SUCCEEDS, 3, {})])
    page = tmp_path / "_front" / "race.html"
    for picture in BeautifulSoup(page.read_text(), "html.parser")("img"):
        assert (page.parent / picture["src"]).exists()
