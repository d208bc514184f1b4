"""Makes the front page's figure: agents that learned from the same tasks play the one that the reader makes.

Nothing in it is staged. All agents are committed runs of the same seed, and a rule chooses the task to begin
with: see `chosen_race`. An agent walks until it first jumps, so `jump_step` of a run is enough to play its
episodes: `_static/front.js` does so. Without JavaScript there is a film of the first task, on paper a still.
"""

import dataclasses
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import game
import numpy as np
from PIL import Image

from pisces import task
from pisces.drawing import show
from pisces.drawing.style import GREEN, METHODS, TASKS, VERMILION
from pisces.jumping.result import RunResult
from pisces.task.judge import NO_JUMP
from pisces.task.splits import NUM_TRAINING_TASKS

GRID = "wide"
FAIL, SUCCEEDS = ("dropout-l2", "randconv"), "randconv-pse"
WAYS = {
    "dropout-l2": "imitates",
    "randconv": "imitates through random filters",
    "randconv-pse": "the same, with similarity embeddings",
}
"""How each method learns, in few words."""

FILM, STILL, LESSONS, DATA = "race.gif", "race.png", "lessons.png", "front_data.js"
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
        runs: The agents, all of one seed: those of `FAIL`, then that of `SUCCEEDS`.
    """

    task: task.Task
    runs: tuple[RunResult, ...]

    @property
    def seed(self) -> int:
        """That of all runs."""
        return self.runs[0].seed

    @property
    def jumps(self) -> tuple[int, ...]:
        """Step at which each agent first jumps, `NO_JUMP` if never."""
        return tuple(int(run.jump_step[task.task_index(self.task)]) for run in self.runs)

    @property
    def right_jump(self) -> int:
        """The only right step to jump."""
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
    *failing, succeeding = (by_method[method][seeds[0]] for method in (*FAIL, SUCCEEDS))
    shares = {
        method: np.mean([run.solved for run in of_method.values()], axis=0)
        for method, of_method in by_method.items()
    }
    advantage = shares[SUCCEEDS] - np.max([shares[method] for method in FAIL], axis=0)
    is_told = succeeding.is_test & succeeding.solved & ~np.any([run.solved for run in failing], axis=0)
    if not is_told.any():
        raise ValueError(f"runs of seed {seeds[0]} have no task that {SUCCEEDS} alone solves")
    best = int(np.where(is_told, advantage, -np.inf).argmax())
    return Race(succeeding.config.tasks[best], (*failing, succeeding))


def episodes(race: Race) -> np.ndarray:
    """Plays the task as the agents did.

    Returns:
        uint8 `[3, T, 60, 60, 3]`, upright pictures: the agents that fail, then the one that succeeds.

    Raises:
        ValueError: If one of the first does not fail, or the last does not get across.
    """
    action = np.full((len(race.jumps), task.EPISODE_LENGTH), task.RIGHT)
    for row, jump in enumerate(race.jumps):
        if jump != NO_JUMP:
            action[row, jump:] = task.JUMP
    played = task.replay([race.task] * len(race.jumps), action, record_frames=True)
    if played.is_success.tolist() != [False] * len(FAIL) + [True]:
        raise ValueError(
            f"race has jumps {race.jumps} in {race.task}: the last agent is not the only one to get across"
        )
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


def data(race: Race) -> dict[str, Any]:
    """What `_static/front.js` needs to play all tasks, ready for JSON.

    Returns:
        What `game.rules` has, and

        - start: Number of the task to open on.
        - training: Numbers of the tasks that the agents were trained on.
        - agents: Label, colour, and `jump_step`, a character for each task (`game.jump_text`).
        - marks: Pixels and colour of the signs at the end of a game.
        - film: How fast it runs, how often it is exposed in a still, and where the signs are.
        - colors: Those of tasks on a board.
    """
    return game.rules() | {
        "start": task.task_index(race.task),
        "training": np.flatnonzero(~race.runs[0].is_test).tolist(),
        "agents": [
            dataclasses.asdict(METHODS[run.config.method]) | {"jump_step": game.jump_text(run.jump_step)}
            for run in race.runs
        ],
        "marks": {
            "passes": {"rows": TICK, "color": GREEN},
            "crashes": {"rows": CROSS, "color": VERMILION},
        },
        "film": {
            "frames_per_second": FRAMES_PER_SECOND,
            "exposure_every": EXPOSURE_EVERY,
            "mark_row": MARK_ROW,
            "mark_scale": MARK_SCALE,
        },
        "colors": _board_colors(),
    }


def page(race: Race) -> str:
    """What `book/intro.md` includes: the figure with its words, as HTML.

    What is hidden in it needs JavaScript, which shows it.
    """
    how = [_how(jump - race.right_jump) if jump != NO_JUMP else "never jumps" for jump in race.jumps]
    sides = ("left", "middle", "right")
    panels = "".join(_panel(run, side, way) for run, side, way in zip(race.runs, sides, how, strict=True))
    return f"""<link rel="stylesheet" href="../_static/front.css">
<figure class="pisces-race" id="front-page" aria-label="Three agents play the same task"
style="{_style({"passes": GREEN, "crashes": VERMILION, **_board_colors()})}">
<p class="pisces-race-how" hidden><strong>Drag the obstacle</strong>, sideways or up and down: all three
agents play that task.</p>
{panels}{_controls(race)}<noscript>
<label class="pisces-race-stop"><input type="checkbox"> Stop the film</label></noscript>
<div class="pisces-race-lessons">
<p><strong>Shown to all three</strong></p>
<img src="../_static/{LESSONS}" alt="{NUM_TRAINING_TASKS} small pictures of a block in front of an
obstacle, at the moment to jump. Obstacles stand at different places and floors at different heights.">
<p>{NUM_TRAINING_TASKS} tasks, and when to jump</p>
</div>
<figcaption>All three agents learned from the same {NUM_TRAINING_TASKS} tasks. The first only imitates, the
second sees its pictures through random filters, and the third also learns policy similarity embeddings. The
task to begin with ({_where(race.task)}) is the one that tells the methods apart best over all seeds: the
first agent {how[0]}, the second {how[1]}, and the third {how[2]}. All games are recorded runs of this book,
with seed {race.seed}; an agent that lands before the obstacle is shown walking on. More methods and seeds are
there to <a href="explore.html">explore</a>.</figcaption>
</figure>
<script src="../_static/{DATA}"></script>
<script src="../_static/game.js"></script>
<script src="../_static/front.js"></script>
"""


def _where(one: task.Task) -> str:
    return f"obstacle {one.obstacle_position}, floor {one.floor_height}"


def _how(late_by: int) -> str:
    """When an agent jumps, from how many pixels that is after the right place."""
    if not late_by:
        return "jumps at the right moment"
    pixels = f"{abs(late_by)} pixel{'s' * (abs(late_by) > 1)}"
    return f"jumps {pixels} too {'late' if late_by > 0 else 'early'}"


def write(folder: Path, runs: Iterable[RunResult]) -> None:
    """Writes the pictures, the data of the figure, and what the front page includes.

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
    (static / DATA).write_text(game.script(data(race)), encoding="utf-8")
    (folder / "_front").mkdir(exist_ok=True)
    (folder / "_front" / "race.html").write_text(page(race), encoding="utf-8")


def _board_colors() -> dict[str, str]:
    return {role: TASKS[role].color for role in ("solved", "unsolved", "training")}


def _style(colors: dict[str, str]) -> str:
    """Colours as variables of CSS."""
    return "; ".join(f"--{name}: {color}" for name, color in colors.items())


def _panel(run: RunResult, side: str, how: str) -> str:
    """The place of an agent: who it is, its game, how that ends, and how many tasks it solves."""
    look, is_across = METHODS[run.config.method], run.config.method == SUCCEEDS
    alt = f"The block {how} and {'gets across' if is_across else 'hits the obstacle'}."
    film, still = (
        f'<img class="pisces-race-{kind} pisces-race-{side}" src="../_static/{file}" alt="{alt}">'
        for kind, file in (("film", FILM), ("still", STILL))
    )
    end, verdict = ("passes", "Gets across") if is_across else ("crashes", f"Crashes: {how}")
    score = f"Solves {np.sum(run.solved & run.is_test)} of {np.sum(run.is_test)} unseen tasks"
    return f"""<div class="pisces-race-agent" style="{_style({"method": look.color})}">
<p class="pisces-race-name"><strong>{look.label}</strong> <span>{WAYS[run.config.method]}</span></p>
<div class="pisces-race-picture">{still}<noscript>{film}</noscript></div>
<p class="pisces-race-verdict" data-end="{end}">{verdict}</p>
<p class="pisces-race-score">{score}</p>
</div>
"""


def _controls(race: Race) -> str:
    """Which task is played, what the maps show, and all that a reader can choose without a pointer."""
    keys = {"solved": "solved", "unsolved": "not solved", "training": "trained on", "here": "played"}
    legend = "\n".join(
        f'<span><span class="pisces-race-key pisces-race-{key}"></span> {text}</span>'
        for key, text in keys.items()
    )
    trained = task.training_tasks(GRID)
    obstacles, floors = ({one.obstacle_position for one in trained}, {one.floor_height for one in trained})
    return f"""<p class="pisces-race-legend" hidden>
<span>All {task.NUM_TASKS} tasks by obstacle and floor:</span>
{legend}</p>
<p class="pisces-race-task">{_where(race.task).capitalize()}: none of the three has seen this task.</p>
<div class="pisces-race-controls" role="group" aria-label="The task to play" hidden>
{_slider("obstacle", task.TASK_OBSTACLE_POSITIONS, race.task.obstacle_position, obstacles)}
{_slider("floor", task.TASK_FLOOR_HEIGHTS, race.task.floor_height, floors)}
<div><button type="button" class="pisces-race-play">Play</button>
<button type="button" class="pisces-race-back">First task</button></div>
</div>
"""


def _slider(name: str, places: range, place: int, trained: set[int]) -> str:
    """A slider along a side of the board, with a tick wherever there are training tasks."""
    ticks = "".join(f'<option value="{tick}"></option>' for tick in sorted(trained))
    return f"""<label>{name.capitalize()} <span aria-hidden="true">{place}</span>
<input type="range" class="pisces-race-{name}" min="{places[0]}" max="{places[-1]}" value="{place}"
list="front-{name}-ticks"></label><datalist id="front-{name}-ticks">{ticks}</datalist>"""


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
