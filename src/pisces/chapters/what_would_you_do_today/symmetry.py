"""What does the metric say of a picture that is moved? That it is the same state, at distance 0.

And is the moved picture one that the game shows?
"""

import numpy as np
import tensorflow as tf

from pisces import metric
from pisces.learn import shifted
from pisces.task import Task, demonstration


def moved_copies(task_x: Task, task_y: Task) -> np.ndarray:
    """The states of one task that are moved copies of states of another.

    Move a picture of one task so that its obstacle comes to stand where that of the other stands. The agent
    moves with it, and is where it is in the other task at another step of the demonstration.

    Args:
        task_x: The task whose pictures are moved.
        task_y: The other.

    Returns:
        int64 `[n, 2]`, steps of both demonstrations; those whose copies lie outside the picture are left out.
    """
    num_x, num_y = (len(demonstration(task).action) for task in (task_x, task_y))
    step_x = np.arange(num_x)
    step_y = step_x + task_y.obstacle_position - task_x.obstacle_position
    is_inside = (0 <= step_y) & (step_y < num_y)
    return np.stack((step_x, step_y), axis=-1)[is_inside]


def distances(task_x: Task, task_y: Task, *, discount: float) -> np.ndarray:
    """PSM between the states of two demonstrations.

    Args:
        task_x: The task of the rows.
        task_y: The task of the columns.
        discount: gamma in [0, 1).

    Returns:
        float64 `[n, m]`.
    """
    cost = metric.action_cost(demonstration(task_x).action, demonstration(task_y).action)
    return metric.policy_similarity(cost, discount=discount)


def moved_pictures(task_x: Task, task_y: Task, *, step: int) -> dict[str, np.ndarray]:
    """A picture of one task, moved to where the obstacle of another stands, beside what that task shows.

    Args:
        task_x: The task whose picture is moved.
        task_y: The other.
        step: Of the demonstration of `task_x`; its copy must lie inside the picture.

    Returns:
        float32 `[60, 60]` each: the picture "as the game shows it", and the moved one with the "frame moved"
        and the "frame still".

    Raises:
        ValueError: If there is no copy of this step.
    """
    copies = {int(x): int(y) for x, y in moved_copies(task_x, task_y)}
    if step not in copies:
        raise ValueError(f"step is {step}; it must be one of {min(copies)} to {max(copies)}")
    picture = tf.constant(demonstration(task_x).observation[step : step + 1, ..., 1:])
    shift = tf.constant(
        [[task_y.floor_height - task_x.floor_height], [task_y.obstacle_position - task_x.obstacle_position]]
    )
    moved = {
        name: shifted(picture, shift, margin=margin).numpy()[0, ..., 0]
        for name, margin in (("frame moved", 0), ("frame still", 1))
    }
    return {"as the game shows it": demonstration(task_y).observation[copies[step], ..., 1]} | moved
