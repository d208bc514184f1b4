"""What does a run of distracting control do, step by step? One that is short enough for a page."""

import dataclasses

from pisces.control.config import preset
from pisces.control.renderer import RendererError
from pisces.control.result import ControlResult
from pisces.control.run import opened


def train(*, num_updates: int, num_reports: int = 3, seed: int = 0) -> ControlResult | None:
    """DrQ on cartpole before a still background, in miniature and in float32, which is quick everywhere.

    Args:
        num_updates: Length, at least 1; hundreds teach next to nothing.
        num_reports: Points of the learning curve, at most.
        seed: At least 0.

    Returns:
        The run; None where nothing renders.
    """
    config = dataclasses.replace(
        preset("drq", "cartpole-swingup", "miniature", backgrounds="still"),
        num_updates=num_updates,
        num_seed_decisions=250,
        report_interval=-(-num_updates // num_reports),
        num_evaluation_episodes=2,
        num_test_episodes=2,
    )
    try:
        with opened(config, seed) as training:
            return training.run(is_quiet=True)
    except (ImportError, RendererError):
        return None
