"""What do pages that play the game know of it? Its sizes, its board, and when a run jumps in each task.

`_static/game.js` computes games and pictures from these; they are those of `pisces.task`.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pisces import task

NAME = "piscesData"
"""The global variable of a page that holds its data."""

_FIRST_CHARACTER = ord("0")


def rules() -> dict[str, Any]:
    """The part of the data that `_static/game.js` needs, ready for JSON.

    Returns:
        A dictionary.

        - world: Sizes of the game, in pixels, and the distance before the obstacle at which to jump.
        - board: Obstacle positions and floor heights; task i is that of `pisces.task.all_tasks`.
    """
    return {
        "world": {
            "image_size": task.IMAGE_SIZE,
            "agent_width": task.AGENT_WIDTH,
            "agent_height": task.AGENT_HEIGHT,
            "obstacle_width": task.OBSTACLE_WIDTH,
            "obstacle_height": task.OBSTACLE_HEIGHT,
            "jump_height": task.JUMP_HEIGHT,
            "jump_distance": task.JUMP_DISTANCE,
        },
        "board": {
            "obstacle_positions": list(task.TASK_OBSTACLE_POSITIONS),
            "floor_heights": list(task.TASK_FLOOR_HEIGHTS),
        },
    }


def jump_text(jump_step: Sequence[int] | np.ndarray) -> str:
    """Writes the jumps of a run as text: "0" for a jump at once, the character after it for one step later.

    Args:
        jump_step: int `[num_tasks]`, steps before the jump, 0 to 55; -1 for none, which is "/".
    """
    return "".join(chr(_FIRST_CHARACTER + int(step)) for step in jump_step)


def script(data: Mapping[str, Any]) -> str:
    """The data of a page as a script, which a page can load from a disk too."""
    return f"window.{NAME} = {json.dumps(data, separators=(',', ':'))};\n"
