"""What the figures of chapter 1 show is the data."""

import matplotlib.colors
import numpy as np
import pytest

from pisces.chapters.jumping_task import figures as draw
from pisces.drawing import style
from pisces.task import (
    EPISODE_LENGTH,
    JUMP,
    NUM_TASKS,
    RIGHT,
    Task,
    TaskBatch,
    all_tasks,
    demonstration,
    demonstrations,
    replay,
    splits,
)

ACROSS, RISING, SINKING, ON_FLOOR = range(4)


@pytest.fixture(scope="module")
def observation():
    return demonstration(Task(30, 12)).observation[24]


@pytest.fixture(scope="module")
def strips():
    return draw.film_strips(demonstrations([Task(20, 10), Task(45, 20)]))


def tries(tasks, moments):
    """Plays each task with a jump at each moment; returns tasks, moments and what happened."""
    batch = TaskBatch.of([task for _ in moments for task in tasks])
    moment = np.repeat(moments, len(tasks))
    is_jump = np.arange(EPISODE_LENGTH) == moment[:, None]
    return batch, moment, replay(batch, np.where(is_jump, JUMP, RIGHT))


def rgb(color):
    return matplotlib.colors.to_hex(color)


def marked(row):
    """Which panels of a row have a frame around them, in the colour of the jump."""
    jump = style.ACTIONS["jump"].color
    spines = [panel.spines["top"] for panel in row]
    return [spine.get_visible() and rgb(spine.get_edgecolor()) == jump.lower() for spine in spines]


def rows(figure, num_columns):
    panels = figure.axes
    return [panels[start : start + num_columns] for start in range(0, len(panels), num_columns)]


def image(panel):
    return np.asarray(panel.images[0].get_array())


def roles(figure, board=0):
    """What a board shows of each task: `[height, position]`, row 0 being the lowest floor."""
    (picture,) = figure.axes[board].images
    assert picture.origin == "lower"
    return np.asarray(picture.get_array())


def colors_in_legend(figure):
    (legend,) = figure.legends
    texts = (text.get_text() for text in legend.get_texts())
    return dict(zip(texts, (patch.get_facecolor() for patch in legend.get_patches()), strict=True))


def test_an_observation_is_drawn_as_both_its_frames_and_their_difference(observation):
    previous, current, change = (image(panel) for panel in draw.two_frames(observation).axes[:3])
    np.testing.assert_array_equal(previous, observation[..., 0])
    np.testing.assert_array_equal(current, observation[..., 1])
    np.testing.assert_array_equal(change, observation[..., 1] - observation[..., 0])


def test_the_axes_of_an_observation_count_pixels_and_run_upwards(observation):
    panels = draw.two_frames(observation).axes[:3]
    assert [panel.get_xlabel() for panel in panels] == ["x [px]"] * 3
    assert panels[0].get_ylabel() == "y [px]"
    assert all(panel.images[0].origin == "lower" for panel in panels)


def test_the_names_stand_beside_the_things_they_name(observation):
    panel = draw.two_frames(observation).axes[1]
    where = {text.get_text(): text.get_position() for text in panel.texts if text.get_text()}
    assert where.keys() == {"agent", "obstacle", "floor"}
    # The obstacle covers x 30 to 38, the floor is row 12; the agent's box begins at (24, 20).
    assert where["obstacle"][0] > 38 and 12 < where["obstacle"][1] < 22
    assert where["floor"][1] < 12
    assert where["agent"][0] == 26 and where["agent"][1] >= 30


def test_the_map_shows_one_moment_to_jump_per_obstacle_position():
    batch, moment, played = tries(all_tasks(), np.arange(EPISODE_LENGTH))
    figure = draw.jump_moments(batch, moment, played, obstacle_position=30, floor_height=12)
    board = image(figure.axes[1])
    position, across = np.nonzero(board == ACROSS)
    np.testing.assert_array_equal(position, np.arange(26))
    np.testing.assert_array_equal(across, 20 + position - 14)


def test_the_map_tells_how_a_jump_fails():
    # The right moment is 26; a jump at 1 lands before the obstacle; at 36 it has been walked into.
    batch, moment, played = tries([Task(40, 10)], [1, 25, 26, 27, 36])
    figure = draw.jump_moments(batch, moment, played, obstacle_position=40, floor_height=10)
    shown = image(figure.axes[1])[20, [1, 25, 26, 27, 36]]
    np.testing.assert_array_equal(shown, [ON_FLOOR, SINKING, ACROSS, RISING, ON_FLOOR])


def test_the_map_leaves_blank_what_was_not_tried():
    batch, moment, played = tries([Task(40, 10)], [26])
    figure = draw.jump_moments(batch, moment, played, obstacle_position=40, floor_height=10)
    assert np.ma.getmaskarray(figure.axes[1].images[0].get_array()).sum() == 26 * EPISODE_LENGTH - 1


def test_the_paths_end_where_the_games_end_and_only_collisions_are_crossed_out():
    batch, moment, played = tries([Task(30, 12), Task(31, 12)], [10, 16, 20])
    figure = draw.jump_moments(batch, moment, played, obstacle_position=30, floor_height=12)
    lines = figure.axes[0].lines
    paths = [line for line in lines if line.get_linestyle() == "-"]
    crosses = {tuple(line.get_xydata()[0].tolist()) for line in lines if line.get_marker() == "x"}
    ends = {tuple(path.get_xydata()[-1].tolist()) for path in paths}
    # A jump at 10 has sunk to height 9 at 10 + 23; one at 20 has risen to 6 where it meets the side, at 26.
    assert crosses == {(33.0, 9.0), (26.0, 6.0)}
    assert ends == crosses | {(56.0, 0.0)}


def test_the_legend_of_the_map_names_every_fate_in_its_colour():
    batch, moment, played = tries([Task(30, 12)], [16])
    figure = draw.jump_moments(batch, moment, played, obstacle_position=30, floor_height=12)
    shown = {text: rgb(color) for text, color in colors_in_legend(figure).items()}
    assert shown == {look.label: look.color.lower() for look in draw.FATES}
    assert len(set(shown.values())) == 4


def test_paths_of_a_task_that_was_not_tried_are_refused():
    with pytest.raises(ValueError, match=r"\(31, 12\)"):
        draw.jump_moments(*tries([Task(30, 12)], [16]), obstacle_position=31, floor_height=12)


def test_each_strip_marks_the_frame_of_the_jump_and_no_other(strips):
    for row in rows(strips, 7):
        assert marked(row) == [False, False, True, False, False, False, False]


def test_the_frames_of_a_strip_are_those_of_the_steps_written_on_them(strips):
    for row, task in zip(rows(strips, 7), [Task(20, 10), Task(45, 20)], strict=True):
        film = demonstration(task).observation[..., 1]
        steps = [int(panel.texts[0].get_text()) for panel in row[1:]]
        jump = task.obstacle_position - 14
        assert steps == [jump - 6, jump, jump + 8, jump + 16, jump + 24, 55]
        for panel, step in zip(row[1:], steps, strict=True):
            np.testing.assert_array_equal(image(panel), film[step])


def test_strips_are_labelled_with_their_task(strips):
    labels = [row[0].get_ylabel() for row in rows(strips, 7)]
    assert labels == ["obstacle 20\nfloor 10", "obstacle 45\nfloor 20"]


def test_the_trail_of_the_agent_brightens_with_time(strips):
    trail = image(strips.axes[0])
    floor = 10
    # The agent walks one row above the floor before the jump at 6 and after landing at 38.
    assert 0 < trail[floor + 1, 3] < trail[floor + 1, 45] < 1


def test_only_several_grey_demonstrations_that_jump_make_strips():
    with pytest.raises(ValueError, match=r"\(56, 60, 60, 2\)"):
        draw.film_strips(demonstration(Task(20, 10)))
    with pytest.raises(ValueError, match=r"60, 60, 6\)"):
        draw.film_strips(demonstrations([Task(20, 10, "red")]))
    walk = demonstrations([Task(20, 10)])
    walk.action[:] = RIGHT
    with pytest.raises(ValueError, match="without a jump"):
        draw.film_strips(walk)


@pytest.mark.parametrize(("grid", "num_validation"), [("wide", 54), ("narrow", 45)])
def test_a_board_shows_18_training_tasks_and_their_neighbours(grid, num_validation):
    training, validation = splits.training_tasks(grid), splits.validation_tasks(grid)
    figure = draw.boards({grid: (training, validation)})
    num_tests, num_held_out, num_trained = np.bincount(roles(figure).ravel())
    assert (num_trained, num_held_out) == (18, num_validation)
    assert num_tests + num_held_out + num_trained == NUM_TASKS
    assert figure.axes[0].get_title() == f"{grid}: 18 training, {num_validation} validation"


def test_a_task_stands_at_its_obstacle_position_and_floor_height():
    figure = draw.boards({"one": ([Task(22, 20)], [Task(45, 10)])})
    shown = roles(figure)
    assert shown.shape == (11, 26)
    assert np.argwhere(shown == 2).tolist() == [[10, 2]]
    assert np.argwhere(shown == 1).tolist() == [[0, 25]]
    assert figure.axes[0].images[0].get_extent() == [19.5, 45.5, 9.5, 20.5]
    assert [line.get_xydata()[0].tolist() for line in figure.axes[0].lines] == [[22, 20]]


def test_a_training_task_that_was_drawn_twice_says_so():
    panel = draw.boards({"drawn": ([Task(30, 15), Task(30, 15), Task(31, 15)], [])}).axes[0]
    numbers = [(text.get_position(), text.get_text()) for text in panel.texts]
    assert numbers == [((30, 15), "2")]
    assert panel.get_title().startswith("drawn: 3 training")


def test_every_board_is_drawn_and_the_axes_count_pixels():
    figure = draw.boards(dict.fromkeys("abc", ([Task(30, 15)], [])))
    visible = [panel for panel in figure.axes if panel.get_visible()]
    assert [panel.get_title()[0] for panel in visible] == ["a", "b", "c"]
    assert figure.axes[2].get_xlabel() == "obstacle position [px]"
    assert figure.axes[2].get_ylabel() == "floor height [px]"


def test_a_task_beside_the_board_is_refused():
    with pytest.raises(ValueError, match="obstacle_position=46"):
        draw.boards({"beside": ([Task(46, 15)], [])})
