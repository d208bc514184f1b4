"""The jumping task: NumPy only, vectorised over tasks.

`world` holds the game, `frames` its looks, `episode` whole episodes, `expert` the optimal policy, `judge`
what counts as solved, `splits` the sets of tasks, `tabular` one task as tables, `benchmark` the speed of all
this. The adapters are imported
by name: `pisces.task.gym_env` (Gymnasium) and `pisces.task.tf_env` (TF-Agents).
"""

from pisces.task.episode import Rollout, replay, rollout
from pisces.task.expert import JUMP_DISTANCE, Demonstration, demonstration, demonstrations, expert_action
from pisces.task.frames import background_frames, picture, render, stack_frames, text_picture
from pisces.task.splits import (
    GRIDS,
    NUM_TASKS,
    TASK_FLOOR_HEIGHTS,
    TASK_OBSTACLE_POSITIONS,
    all_tasks,
    solved_board,
    task_index,
    test_tasks,
    training_tasks,
    validation_tasks,
)
from pisces.task.world import (
    AGENT_HEIGHT,
    AGENT_WIDTH,
    COLORS,
    EPISODE_LENGTH,
    FLOOR_HEIGHTS,
    IMAGE_SIZE,
    JUMP,
    JUMP_HEIGHT,
    OBSTACLE_HEIGHT,
    OBSTACLE_POSITIONS,
    OBSTACLE_WIDTH,
    RIGHT,
    STEP_LIMIT,
    Outcome,
    State,
    Task,
    TaskBatch,
    initial_state,
    transition,
    transition_or_restart,
)

__all__ = [
    "AGENT_HEIGHT",
    "AGENT_WIDTH",
    "COLORS",
    "EPISODE_LENGTH",
    "FLOOR_HEIGHTS",
    "GRIDS",
    "IMAGE_SIZE",
    "JUMP",
    "JUMP_DISTANCE",
    "JUMP_HEIGHT",
    "NUM_TASKS",
    "OBSTACLE_HEIGHT",
    "OBSTACLE_POSITIONS",
    "OBSTACLE_WIDTH",
    "RIGHT",
    "STEP_LIMIT",
    "TASK_FLOOR_HEIGHTS",
    "TASK_OBSTACLE_POSITIONS",
    "Demonstration",
    "Outcome",
    "Rollout",
    "State",
    "Task",
    "TaskBatch",
    "all_tasks",
    "background_frames",
    "demonstration",
    "demonstrations",
    "expert_action",
    "initial_state",
    "picture",
    "render",
    "replay",
    "rollout",
    "solved_board",
    "stack_frames",
    "task_index",
    "test_tasks",
    "text_picture",
    "training_tasks",
    "transition",
    "transition_or_restart",
    "validation_tasks",
]
