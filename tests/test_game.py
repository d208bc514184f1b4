"""What pages that play the game know of it: sizes and board are those of the task."""

import json

import game

from pisces import task


def test_the_game_and_the_board_are_those_of_the_task():
    data = game.rules()
    board = data["board"]
    tasks = [(x, height) for x in board["obstacle_positions"] for height in board["floor_heights"]]
    assert tasks == [(one.obstacle_position, one.floor_height) for one in task.all_tasks()]
    assert data["world"] == {
        "image_size": 60,
        "agent_width": 5,
        "agent_height": 10,
        "obstacle_width": 9,
        "obstacle_height": 10,
        "jump_height": 15,
        "jump_distance": 14,
    }


def test_a_jump_is_a_character_that_says_after_how_many_steps():
    assert game.jump_text([-1, 0, 1, 9, 10, 55]) == "/019:g"


def test_a_script_sets_one_variable_and_is_plain_text():
    script = game.script({"label": "π*"})
    assert script.isascii() and script.endswith(";\n")
    assert json.loads(script.removeprefix("window.piscesData = ").removesuffix(";\n")) == {"label": "π*"}
