"""Makes the front page's picture: agents that learned from the same tasks play one that none has seen.

Nothing in it is staged. All agents are committed runs of the same seed, and a rule chooses the task: see
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
from pisces.task.judge import NO_JUMP
from pisces.task.splits import NUM_TRAINING_TASKS

GRID = "wide"
FAIL, SUCCEEDS = ("dropout-l2", "randconv"), "randconv-pse"

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
    """The same task played by several agents.

    Attributes:
        task: What they play; none was trained on it.
        seed: Of all runs.
        jumps: Step at which each of `FAIL` first jumps, `NO_JUMP` if never.
    """

    task: task.Task
    seed: int
    jumps: tuple[int, ...]

    @property
    def right_jump(self) -> int:
        """The only right step to jump, at which `SUCCEEDS` does."""
        return self.task.obstacle_position - task.JUMP_DISTANCE


def chosen_race(runs: Iterable[RunResult]) -> Race:
    """Chooses seed and task, by a rule.

    The seed is the lowest that all methods have. The task is unseen, and of those that the one method solves
    with this seed and the others do not, the one that tells the methods apart best over all seeds: by the
    share of runs that solve it, less that of the better of the others. Of equals the first on the board.

    Args:
        runs: Results of `FAIL` and `SUCCEEDS` on `GRID`, each of one configuration; others are left out.

    Raises:
        ValueError: If there is no such seed or task.
    """
    by_method: dict[str, dict[int, RunResult]] = {method: {} for method in (*FAIL, SUCCEEDS)}
    for run in runs:
        if run.config.grid == GRID and run.config.method in by_method:
            by_method[run.config.method][run.seed] = run
    seeds = sorted(set.intersection(*(set(of_method) for of_method in by_method.values())))
    if not seeds:
        raise ValueError(f"runs has no seed of {', '.join(FAIL)} and {SUCCEEDS} on the {GRID} grid")
    failing = [by_method[method][seeds[0]] for method in FAIL]
    succeeding = by_method[SUCCEEDS][seeds[0]]
    shares = {
        method: np.mean([run.solved for run in of_method.values()], axis=0)
        for method, of_method in by_method.items()
    }
    advantage = shares[SUCCEEDS] - np.max([shares[method] for method in FAIL], axis=0)
    is_told = succeeding.is_test & succeeding.solved & ~np.any([run.solved for run in failing], axis=0)
    if not is_told.any():
        raise ValueError(f"runs of seed {seeds[0]} have no task that {SUCCEEDS} alone solves")
    best = int(np.where(is_told, advantage, -np.inf).argmax())
    jumps = tuple(int(run.jump_step[best]) for run in failing)
    return Race(succeeding.config.tasks[best], seeds[0], jumps)


def episodes(race: Race) -> np.ndarray:
    """Plays the task as the agents did.

    Returns:
        uint8 `[3, T, 60, 60, 3]`, upright pictures: the agents that fail, then the one that succeeds.

    Raises:
        ValueError: If one of the first does not fail, or the last does not get across.
    """
    jumps = (*race.jumps, race.right_jump)
    action = np.full((len(jumps), task.EPISODE_LENGTH), task.RIGHT)
    for row, jump in enumerate(jumps):
        if jump != NO_JUMP:
            action[row, jump:] = task.JUMP
    played = task.replay([race.task] * len(jumps), action, record_frames=True)
    if played.is_success.tolist() != [False] * len(FAIL) + [True]:
        raise ValueError(f"race is {race}, in which the last agent is not the only one to get across")
    pictures = task.picture(played.frames)
    for row, is_success in enumerate(played.is_success):
        mark, color = (TICK, GREEN) if is_success else (CROSS, VERMILION)
        pictures[row, played.length[row] :] = _marked(pictures[row, played.length[row] :], mark, color)
    return pictures


def film(pictures: np.ndarray) -> bytes:
    """All episodes at once, side by side, as an endless GIF: a page shows a third in each of three places."""
    all_at_once = np.concatenate(tuple(pictures), axis=2)
    first, last = all_at_once[:1], all_at_once[-1:]
    frames = np.concatenate((first.repeat(FRAMES_BEFORE, 0), all_at_once, last.repeat(FRAMES_AFTER, 0)))
    return show.gif(frames, frames_per_second=FRAMES_PER_SECOND, scale=SCALE)


def still(pictures: np.ndarray) -> Image.Image:
    """All episodes as one picture with several exposures, for readers who want no motion, and for paper."""
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
    where = f"obstacle at {race.task.obstacle_position}, floor at {race.task.floor_height}"
    how = [_how(jump - race.right_jump) if jump != NO_JUMP else "never jumps" for jump in race.jumps]
    panels = [
        _panel(method, place, "Unseen: it crashes", f"The block {words} and hits the obstacle.")
        for method, place, words in zip(FAIL, ("left", "middle"), how, strict=True)
    ]
    panels.append(_panel(SUCCEEDS, "right", "Unseen: it passes", "The block jumps over the obstacle."))
    return f"""<figure class="pisces-race" id="front-page">
<div class="pisces-race-lessons">
<p><strong>Shown to all three</strong></p>
<img src="../_static/{LESSONS}" alt="{NUM_TRAINING_TASKS} small pictures of a block in front of an
obstacle, at the moment to jump. Obstacles stand at different places and floors at different heights.">
<p>{NUM_TRAINING_TASKS} variants, and when to jump</p>
</div>
{"".join(panels)}<label class="pisces-race-stop"><input type="checkbox"> Stop the film</label>
<figcaption>Three agents learn from the same {NUM_TRAINING_TASKS} variants of a game, then play one that
none has seen ({where}). One only imitates, and {how[0]}. The second sees its pictures through random
filters, which carries it far, but not here: it {how[1]}. The third also learns policy similarity
embeddings, and jumps when the obstacle is near enough. All are runs of this book, with seed {race.seed};
the task is the one that tells the methods apart best over all seeds.</figcaption>
</figure>
"""


def _how(late_by: int) -> str:
    """How an agent fails that jumps so many pixels after the right place."""
    pixels = f"{abs(late_by)} pixel{'s' * (abs(late_by) > 1)}"
    return f"jumps {pixels} too {'late' if late_by > 0 else 'early'}"


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
    return f"<div>\n<p><strong>{METHODS[method].label}</strong></p>\n{images}<p>{verdict}</p>\n</div>\n"


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
