"""How fast is the world? Decisions per second, simulated, rendered, handed over and stacked."""

import time

import numpy as np

from pisces.control.config import SCALES, preset
from pisces.control.settings import world_settings
from pisces.control.simulation import Simulation
from pisces.control.tasks import TASKS
from pisces.control.world import WorldSettings


def measure(*, seconds: float = 1.0) -> dict[str, dict[str, float]]:
    """Measures each task before the training videos, with one renderer and random actions.

    Each decision renders one frame, as each scale has it, or none.

    Args:
        seconds: How long each task is measured at each scale; above 0.

    Returns:
        For each task its decisions per second at each scale.

    Raises:
        ImportError: If MuJoCo or the suite is missing, or of another version.
        RendererError: If nothing renders here.
    """
    return {task: {label: _rate(one, seconds) for label, one in worlds(task).items()} for task in TASKS}


def worlds(task: str) -> dict[str, WorldSettings]:
    """What is measured of a task, by the label of its rate: the world of each scale, and one without frames.

    Args:
        task: A name of `pisces.control.tasks.TASKS`.
    """
    found = {}
    for scale in SCALES:
        settings = world_settings(preset("drq", task, scale), "training")
        found[f"decisions per second, {scale}, {settings.size} pixels"] = settings
    return found | {"decisions per second without frames": WorldSettings(task=task, size=None)}


def _rate(settings: WorldSettings, seconds: float) -> float:
    generator, num_decisions = np.random.default_rng(0), 0
    with Simulation(settings, seed=0) as simulation:
        for _ in range(4):  # so that both videos are drawn before the clock runs
            simulation.reset()
        start = time.perf_counter()
        while time.perf_counter() < start + seconds:
            simulation.observation(simulation.step(generator.uniform(-1, 1, simulation.action_size)))
            num_decisions += 1
            if not simulation.is_running:
                simulation.reset()
        return num_decisions / (time.perf_counter() - start)
