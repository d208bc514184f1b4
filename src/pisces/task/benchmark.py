"""How fast is the task? Steps and frames per second of processor time, whatever else the machine does."""

import time
from collections.abc import Callable

import gymnasium
import numpy as np

from pisces.task.frames import background_frames, render
from pisces.task.splits import all_tasks
from pisces.task.world import EPISODE_LENGTH, RIGHT, TaskBatch, initial_state, transition

NUM_REPEATS = 5


def measure() -> dict[str, float]:
    """Measures the best of several short runs, within a second altogether.

    Returns:
        core_steps_per_second: Steps of `transition` in batches of 16 times the 286 tasks, nothing drawn.
        frames_per_second: Steps of `transition` in batches of the 286 tasks, each drawn by `render`.
        gymnasium_steps_per_second: Steps of the registered Gymnasium environment, one game, frames included.
    """
    return {
        "core_steps_per_second": _best_rate(_core_steps),
        "frames_per_second": _best_rate(_frames),
        "gymnasium_steps_per_second": _best_rate(_gymnasium_steps),
    }


def _best_rate(run: Callable[[], int]) -> float:
    rates = []
    for _ in range(NUM_REPEATS):
        start = time.process_time()
        count = run()
        rates.append(count / (time.process_time() - start))
    return max(rates)


def _core_steps() -> int:
    batch = TaskBatch.of(all_tasks() * 16)
    state, action = initial_state(batch), np.full(len(batch), RIGHT)
    num_steps = 0
    while not state.is_over.any():
        state, _ = transition(batch, state, action)
        num_steps += len(batch)
    return num_steps


def _frames() -> int:
    batch = TaskBatch.of(all_tasks())
    state, action, background = initial_state(batch), np.full(len(batch), RIGHT), background_frames(batch)
    num_frames = 0
    while not state.is_over.any():
        state, _ = transition(batch, state, action)
        render(batch, state, background=background)
        num_frames += len(batch)
    return num_frames


def _gymnasium_steps() -> int:
    env = gymnasium.make("pisces/JumpingTask-v0")
    num_steps = 10 * EPISODE_LENGTH
    is_over = True
    for _ in range(num_steps):
        if is_over:
            env.reset()
        _, _, is_terminal, is_truncated, _ = env.step(RIGHT)
        is_over = is_terminal or is_truncated
    env.close()
    return num_steps
