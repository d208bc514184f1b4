"""How does a game look? Frames for policies, and pictures for people.

A frame has the orientation of the reference implementation: row y of a grey frame is height y, so row 0 is at
the bottom; a coloured frame has row 0 at the top. Pictures have row 0 at the top.
"""

import numpy as np

from pisces.task.world import (
    AGENT_HEIGHT,
    AGENT_WIDTH,
    IMAGE_SIZE,
    OBSTACLE_HEIGHT,
    OBSTACLE_WIDTH,
    State,
    TaskBatch,
)

WHITE = 1.0
OBSTACLE_VALUE = 0.5

NUM_STACKED = 2
"""Frames in an observation."""


def background_frames(batch: TaskBatch) -> np.ndarray:
    """Draws everything but the agent: the obstacle, over it the border and the line of the floor.

    Returns:
        float32 `[B, 60, 60]`, or `[B, 60, 60, 3]` in colour, with values 0, 0.5 and 1.
    """
    pixel = np.arange(IMAGE_SIZE)
    from_obstacle = pixel - batch.obstacle_position[:, None]
    from_floor = pixel - batch.floor_height[:, None]
    is_obstacle_column = (from_obstacle >= 0) & (from_obstacle < OBSTACLE_WIDTH)
    is_obstacle_row = (from_floor >= 0) & (from_floor < OBSTACLE_HEIGHT)
    frames = np.float32(OBSTACLE_VALUE) * (is_obstacle_row[:, :, None] & is_obstacle_column[:, None, :])
    if batch.is_colored:
        frames = frames[..., None] * (np.arange(3) == batch.color[:, None, None, None])
    frames[:, [0, -1], :] = frames[:, :, [0, -1]] = WHITE
    frames[np.arange(len(batch)), batch.floor_height] = WHITE
    return np.ascontiguousarray(frames[:, ::-1]) if batch.is_colored else frames


def render(
    batch: TaskBatch,
    state: State,
    *,
    background: np.ndarray | None = None,
    out: np.ndarray | None = None,
) -> np.ndarray:
    """Draws the games: the agent in front of the background, but behind obstacle and lines.

    Args:
        batch: B tasks.
        state: Their states.
        background: What `background_frames(batch)` returned, to draw nothing but the agent.
        out: float32 array of the shape of the result, to draw into.

    Returns:
        float32 `[B, 60, 60]`, or `[B, 60, 60, 3]` in colour, with values 0, 0.5 and 1; `out` if given.
    """
    background = background_frames(batch) if background is None else background
    if out is None:
        out = background.copy()
    else:
        np.copyto(out, background)
    x = state.left[:, None] + np.arange(AGENT_WIDTH)
    y = state.bottom[:, None] + np.arange(AGENT_HEIGHT)
    from_obstacle = x - batch.obstacle_position[:, None]
    is_hidden_x = (from_obstacle >= 0) & (from_obstacle < OBSTACLE_WIDTH)
    is_hidden_y = y < batch.floor_height[:, None] + OBSTACLE_HEIGHT
    # The border is white anyway: it takes the pixels beyond it, its column 0 those that the
    # obstacle hides.
    x, y = np.minimum(x, IMAGE_SIZE - 1), np.minimum(y, IMAGE_SIZE - 1)
    row = IMAGE_SIZE - 1 - y if batch.is_colored else y
    column = np.where(is_hidden_y[:, :, None] & is_hidden_x[:, None, :], 0, x[:, None, :])
    out[np.arange(len(batch))[:, None, None], row[:, :, None], column] = WHITE
    return out


def stack_frames(previous: np.ndarray, current: np.ndarray) -> np.ndarray:
    """Stacks two frames on the last axis: the input of a policy.

    The frame before the first one of an episode is zeros.

    Args:
        previous: float32 `[..., 60, 60]`, or `[..., 60, 60, 3]` in colour.
        current: Same shape.

    Returns:
        float32 `[..., 60, 60, 2]`, or `[..., 60, 60, 6]` in colour.
    """
    if current.shape[-1] == IMAGE_SIZE:
        return np.stack((previous, current), axis=-1)
    return np.concatenate((previous, current), axis=-1)


def picture(frame: np.ndarray) -> np.ndarray:
    """Turns frames into upright RGB pictures.

    Args:
        frame: float32 `[..., 60, 60]` or `[..., 60, 60, 3]`, values in [0, 1].

    Returns:
        uint8 `[..., 60, 60, 3]`, row 0 at the top.
    """
    if frame.shape[-1] == IMAGE_SIZE:
        frame = np.stack((frame[..., ::-1, :],) * 3, axis=-1)
    return np.round(255 * frame).astype(np.uint8)


def text_picture(frame: np.ndarray) -> str:
    """Draws a frame with characters: 30 lines of 60, each character for two pixels, one above the other.

    White pixels are blocks and half blocks, the obstacle is shaded.

    Args:
        frame: float32 `[60, 60]` or `[60, 60, 3]`, values in [0, 1].
    """
    pixels = picture(frame)
    is_white = pixels.min(axis=-1) == 255
    is_obstacle = ~is_white & (pixels.max(axis=-1) > 0)
    upper, lower = is_white[::2], is_white[1::2]
    characters = np.array([" ", "▄", "▀", "█"])[2 * upper + lower]
    characters[is_obstacle[::2] | is_obstacle[1::2]] = "▒"
    return "\n".join("".join(line) for line in characters)
