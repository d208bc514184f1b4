import numpy as np
import pytest

from pisces.task import (
    State,
    Task,
    TaskBatch,
    background_frames,
    initial_state,
    picture,
    render,
    stack_frames,
    text_picture,
)


def at(left, bottom):
    """The state of one game with the agent at the given place."""
    zero = np.zeros(1, np.int64)
    return State(np.array([left]), np.array([bottom]), zero, zero, zero > 0, zero > 0)


def drawn(window):
    """Pixels as text, the highest row first as on a screen: agent and lines #, obstacle o, empty dots."""
    return ["".join({0.0: ".", 0.5: "o", 1.0: "#"}[value] for value in row) for row in window[::-1]]


def test_the_first_frame_is_drawn_as_worked_by_hand():
    batch = TaskBatch.of([Task(20, 10)])
    expected = np.zeros((60, 60), np.float32)
    expected[10:20, 0:5] = 1.0  # The agent on the floor, at the left border.
    expected[10:20, 20:29] = 0.5
    expected[0, :] = expected[59, :] = expected[:, 0] = expected[:, 59] = 1.0
    expected[10, :] = 1.0
    frame = render(batch, initial_state(batch))
    assert frame.dtype == np.float32
    np.testing.assert_array_equal(frame, expected[None])


def test_the_obstacle_hides_the_agent_and_the_floor_line_hides_both():
    # The agent at x = 17, 2 above the floor at 10: columns 17 to 21, rows 12 to 21. The obstacle: columns
    # 20 to 28, rows 10 to 19. The window shows columns 15 to 30, rows 8 to 23.
    frame = render(TaskBatch.of([Task(20, 10)]), at(17, 12))[0]
    assert drawn(frame[8:24, 15:31]) == [
        "................",
        "................",
        "..#####.........",
        "..#####.........",
        *["..###ooooooooo.."] * 8,
        ".....ooooooooo..",
        "################",
        "................",
        "................",
    ]


def test_what_sticks_out_of_the_image_is_not_drawn():
    # At x = 56 four of five columns are inside, at height 40 + 16 four of ten rows; the border hides one.
    frame = render(TaskBatch.of([Task(14, 40)]), at(56, 56))[0]
    assert drawn(frame[54:60, 54:60]) == ["######", *["..####"] * 3, ".....#", ".....#"]
    assert frame[1:40].sum() == 2 * 39  # Below the floor there is nothing but the border.


def test_a_coloured_frame_is_upside_down_and_has_the_obstacle_in_its_channel():
    tasks = [Task(20, 10, "red"), Task(20, 10, "green")]
    batch = TaskBatch.of(tasks)
    red, green = render(batch, initial_state(batch))[:, ::-1]
    assert red.shape == (60, 60, 3)
    assert red[15, 24].tolist() == [0.5, 0.0, 0.0] and green[15, 24].tolist() == [0.0, 0.5, 0.0]
    assert red[15, 2].tolist() == [1.0, 1.0, 1.0] and red[10, 40].tolist() == [1.0, 1.0, 1.0]
    grey = render(TaskBatch.of([Task(20, 10)]), initial_state(batch[[0]]))[0]
    np.testing.assert_array_equal(red.max(axis=-1), grey)
    np.testing.assert_array_equal(green[..., 1], grey)


@pytest.mark.parametrize("color", [None, "green"])
def test_rendering_uses_a_background_and_an_array_that_it_is_given(color):
    batch = TaskBatch.of([Task(20, 10, color), Task(30, 12, color)])
    state, background = initial_state(batch), background_frames(batch)
    kept, out = background.copy(), np.full_like(background, 7.0)
    frames = render(batch, state)
    assert render(batch, state, background=background, out=out) is out
    np.testing.assert_array_equal(out, frames)
    np.testing.assert_array_equal(background, kept)
    assert not np.shares_memory(render(batch, state, background=background), background)


def test_stacking_puts_the_previous_frame_first():
    previous, current = np.zeros((3, 60, 60)), np.ones((3, 60, 60))
    stacked = stack_frames(previous, current)
    assert stacked.shape == (3, 60, 60, 2)
    assert (stacked[..., 0] == 0).all() and (stacked[..., 1] == 1).all()


def test_stacking_coloured_frames_makes_six_channels():
    previous, current = np.zeros((2, 60, 60, 3)), np.ones((2, 60, 60, 3))
    stacked = stack_frames(previous, current)
    assert stacked.shape == (2, 60, 60, 6)
    assert (stacked[..., :3] == 0).all() and (stacked[..., 3:] == 1).all()


@pytest.mark.parametrize("color", [None, "red"])
def test_a_picture_has_the_agent_above_the_floor_and_the_floor_near_the_lower_edge(color):
    batch = TaskBatch.of([Task(20, 10, color)])
    upright = picture(render(batch, initial_state(batch)))
    assert upright.shape == (1, 60, 60, 3) and upright.dtype == np.uint8
    assert (upright[0, 59 - 10] == 255).all()
    assert (upright[0, 59 - 19 : 59 - 10, 1:5] == 255).all() and (upright[0, 1:40, 1:59] == 0).all()
    assert upright[0, 59 - 15, 24].tolist() == ([128] * 3 if color is None else [128, 0, 0])


@pytest.mark.parametrize("color", [None, "green"])
def test_a_text_picture_shows_half_the_rows_as_lines(color):
    # Rows from the top: 0 border; 40 to 48 agent and obstacle, 49 the floor; 59 border.
    batch = TaskBatch.of([Task(20, 10, color)])
    lines = text_picture(render(batch, initial_state(batch))[0]).split("\n")
    empty = "█" + " " * 58 + "█"
    standing = "█" * 5 + " " * 15 + "▒" * 9 + " " * 30 + "█"
    floor = "█" * 5 + "▄" * 15 + "▒" * 9 + "▄" * 30 + "█"
    assert lines[0] == "█" + "▀" * 58 + "█"
    assert lines[1:20] == [empty] * 19
    assert lines[20:25] == [standing] * 4 + [floor]
    assert lines[25:] == [empty] * 4 + ["█" + "▄" * 58 + "█"]
