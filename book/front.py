"""Makes the front page's picture: two agents that learned from the same tasks play one that neither has seen.

Nothing in it is staged. Both agents are committed runs of the same seed, and a rule chooses the task: see
`chosen_race`. An agent walks until it first jumps, so `jump_step` of a run is enough to play its episode.
"""

import dataclasses
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from PIL import Image

from pisces import task
from pisces.drawing import show
from pisces.drawing.style import GREEN, METHODS, VERMILION
from pisces.jumping.result import RunResult
from pisces.task.splits import NUM_TRAINING_TASKS

GRID = "wide"
FAILS, SUCCEEDS = "dropout-l2", "randconv-pse"

FILM, STILL, LESSONS = "race.gif", "race.png", "lessons.png"
FRAMES_PER_SECOND = 16
FRAMES_BEFORE, FRAMES_AFTER = 8, 32
EXPOSURE_EVERY = 8
SCALE = 4
CROSS = ("#.....#", ".#...#.", "..#.#..", "...#...", "..#.#..", ".#...#.", "#.....#")
TICK = ("......#", ".....#.", "....#..", "#..#...", ".##....", ".#.....", ".......")
MARK_ROW, MARK_SCALE = 6, 2


@dataclasses.dataclass(frozen=True)
class Race:
    """The same task played by two agents.

    Attributes:
        task: What they play; neither was trained on it.
        seed: Of both runs.
        failing_jump: Step at which the agent that fails first jumps.
        right_jump: Step at which the other one jumps, the only right one.
    """

    task: task.Task
    seed: int
    failing_jump: int
    right_jump: int


def chosen_race(runs: Iterable[RunResult]) -> Race:
    """Chooses seed and task, by a rule.

    The seed is the lowest that both methods have. The task is one that the one run solves and the other does
    not, as it jumps too early, where a training task calls for a jump. Of these, it is the task on which the
    methods differ most over all seeds, then that with the jump that is too early by most pixels, then the
    first on the board.

    Args:
        runs: Results of `FAILS` and `SUCCEEDS` on `GRID`, each of one configuration; others are left out.

    Raises:
        ValueError: If there is no such seed or task.
    """
    by_method: dict[str, dict[int, RunResult]] = {FAILS: {}, SUCCEEDS: {}}
    for run in runs:
        if run.config.grid == GRID and run.config.method in by_method:
            by_method[run.config.method][run.seed] = run
    seeds = sorted(by_method[FAILS].keys() & by_method[SUCCEEDS].keys())
    if not seeds:
        raise ValueError(f"runs has no seed of both {FAILS} and {SUCCEEDS} on the {GRID} grid")
    failing, succeeding = (by_method[method][seeds[0]] for method in (FAILS, SUCCEEDS))
    shares = {
        method: np.mean([run.solved for run in of_method.values()], axis=0)
        for method, of_method in by_method.items()
    }
    advantage = shares[SUCCEEDS] - shares[FAILS]
    right_jump = np.array([one.obstacle_position - task.JUMP_DISTANCE for one in failing.config.tasks])
    learned_jumps = right_jump[~failing.is_test]
    is_told = failing.is_test & ~failing.solved & succeeding.solved
    too_early_by = right_jump - failing.jump_step
    is_told &= np.isin(failing.jump_step, learned_jumps) & (too_early_by > 0)
    if not is_told.any():
        raise ValueError(f"runs of seed {seeds[0]} have no task that {SUCCEEDS} alone solves")
    best = max(np.flatnonzero(is_told), key=lambda index: (advantage[index], too_early_by[index], -index))
    return Race(failing.config.tasks[best], seeds[0], int(failing.jump_step[best]), int(right_jump[best]))


def episodes(race: Race) -> np.ndarray:
    """Plays the task as both agents did.

    Returns:
        uint8 `[2, T, 60, 60, 3]`, upright pictures: the agent that fails, then the one that succeeds.

    Raises:
        ValueError: If the first does not fail, or the second does not get across.
    """
    action = np.full((2, task.EPISODE_LENGTH), task.RIGHT)
    action[0, race.failing_jump :] = action[1, race.right_jump :] = task.JUMP
    played = task.replay([race.task] * 2, action, record_frames=True)
    if played.is_success.tolist() != [False, True]:
        raise ValueError(f"race is {race}, in which the second agent is not the only one to get across")
    pictures = task.picture(played.frames)
    for row, (mark, color) in enumerate(((CROSS, VERMILION), (TICK, GREEN))):
        pictures[row, played.length[row] :] = _marked(pictures[row, played.length[row] :], mark, color)
    return pictures


def film(pictures: np.ndarray) -> bytes:
    """Both episodes at once, side by side, as an endless GIF: a page shows one half in each of two places."""
    both = np.concatenate(tuple(pictures), axis=2)
    frames = np.concatenate((both[:1].repeat(FRAMES_BEFORE, 0), both, both[-1:].repeat(FRAMES_AFTER, 0)))
    return show.gif(frames, frames_per_second=FRAMES_PER_SECOND, scale=SCALE)


def still(pictures: np.ndarray) -> Image.Image:
    """Both episodes as one picture with several exposures, for readers who want no motion, and for paper."""
    exposed = np.concatenate((pictures[:, ::EXPOSURE_EVERY], pictures[:, -1:]), axis=1)
    return _enlarged(np.concatenate(tuple(exposed.max(axis=1)), axis=1))


def lessons() -> Image.Image:
    """The training tasks, each at the moment to jump: a row for each floor, the highest on top."""
    tasks = sorted(task.training_tasks(GRID), key=lambda one: (-one.floor_height, one.obstacle_position))
    jump = [one.obstacle_position - task.JUMP_DISTANCE for one in tasks]
    pictures = task.picture(task.demonstrations(tasks).observation[range(len(tasks)), jump, ..., -1])
    num_rows = len({one.floor_height for one in tasks})
    rows = np.split(pictures, num_rows)
    return _enlarged(np.concatenate([np.concatenate(tuple(row), axis=1) for row in rows]), scale=2)


def page(race: Race) -> str:
    """What `book/intro.md` includes: the pictures with their words, as HTML."""
    pixels = race.right_jump - race.failing_jump
    wrong = f"{pixels} pixel{'s' * (pixels > 1)} too early"
    where = f"obstacle at {race.task.obstacle_position}, floor at {race.task.floor_height}"
    crash, success = f"The block jumps {wrong} and hits the obstacle.", "The block jumps over the obstacle."
    return f"""<figure class="pisces-race" id="front-page">
<div class="pisces-race-lessons">
<p><strong>Shown to both</strong></p>
<img src="../_static/{LESSONS}" alt="{NUM_TRAINING_TASKS} small pictures of a block in front of an
obstacle, at the moment to jump. Obstacles stand at different places and floors at different heights.">
<p>{NUM_TRAINING_TASKS} variants, and when to jump</p>
</div>
{_panel(FAILS, "left", "Unseen: it crashes", crash)}
{_panel(SUCCEEDS, "right", "Unseen: it passes", success)}
<label class="pisces-race-stop"><input type="checkbox"> Stop the film</label>
<figcaption>Two agents learn from the same {NUM_TRAINING_TASKS} variants of a game, then play one that
neither has seen ({where}). One only imitates, and jumps {wrong}: where a variant that it was shown calls
for a jump. The other also learns policy similarity embeddings, from randomly filtered pictures, and jumps
when the obstacle is near enough. Both are runs of this book, with seed {race.seed}.</figcaption>
</figure>
"""


def write(folder: Path, runs: Iterable[RunResult]) -> None:
    """Writes the pictures and what the front page includes.

    Args:
        folder: The book's folder.
        runs: See `chosen_race`.
    """
    race = chosen_race(runs)
    pictures = episodes(race)
    static = folder / "_static"
    (static / FILM).write_bytes(film(pictures))
    still(pictures).save(static / STILL, optimize=True)
    lessons().save(static / LESSONS, optimize=True)
    (folder / "_front").mkdir(exist_ok=True)
    (folder / "_front" / "race.html").write_text(page(race), encoding="utf-8")


def _panel(method: str, side: str, verdict: str, alt: str) -> str:
    images = "".join(
        f'<img class="pisces-race-{kind} pisces-race-{side}" src="../_static/{file}" alt="{alt}">\n'
        for kind, file in (("film", FILM), ("still", STILL))
    )
    return f"<div>\n<p><strong>{METHODS[method].label}</strong></p>\n{images}<p>{verdict}</p>\n</div>"


def _marked(pictures: np.ndarray, mark: tuple[str, ...], color: str) -> np.ndarray:
    """Pictures `[n, 60, 60, 3]` with a sign at the top."""
    is_set = np.array([[character == "#" for character in line] for line in mark])
    is_set = is_set.repeat(MARK_SCALE, 0).repeat(MARK_SCALE, 1)
    height, width = is_set.shape
    left = (task.IMAGE_SIZE - width) // 2
    marked = pictures.copy()
    marked[:, MARK_ROW : MARK_ROW + height, left : left + width][:, is_set] = tuple(bytes.fromhex(color[1:]))
    return marked


def _enlarged(pixels: np.ndarray, scale: int = SCALE) -> Image.Image:
    return Image.fromarray(pixels.repeat(scale, 0).repeat(scale, 1))
