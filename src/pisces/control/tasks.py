"""Which tasks are there? The six of Table 3, and how often each repeats an action.

Source: Agarwal et al. (2021), App. I; the tasks are those of the DM Control Suite.
"""

from dataclasses import dataclass

EPISODE_STEPS = 1000
"""Steps of control in an episode of any task; with each one's reward in [0, 1], also the highest return."""


@dataclass(frozen=True)
class ControlTask:
    """A task of the DM Control Suite.

    Attributes:
        domain: The bodies, as the suite names them.
        goal: What they are to do, likewise.
        action_repeat: Steps of control that one action lasts.
    """

    domain: str
    goal: str
    action_repeat: int

    @property
    def num_decisions(self) -> int:
        """Actions in an episode; the last may last less long than the others."""
        return -(-EPISODE_STEPS // self.action_repeat)


TASKS = {
    "ball-in-cup-catch": ControlTask("ball_in_cup", "catch", 4),
    "cartpole-swingup": ControlTask("cartpole", "swingup", 8),
    "cheetah-run": ControlTask("cheetah", "run", 4),
    "finger-spin": ControlTask("finger", "spin", 2),
    "reacher-easy": ControlTask("reacher", "easy", 4),
    "walker-walk": ControlTask("walker", "walk", 2),
}
"""The tasks by name, in the order of Table 3."""
