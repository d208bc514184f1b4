"""How fast is the world? Decisions per second, simulated, rendered, handed over and stacked."""

import time

import numpy as np

from pisces.control.backgrounds import Procedural
from pisces.control.simulation import Simulation
from pisces.control.tasks import TASKS
from pisces.control.world import WorldSettings

SIZES = (84, 48, None)
"""Of frames; the first is the paper's, and None renders nothing."""


def measure(*, seconds: float = 1.0) -> dict[str, dict[str, float]]:
    """Measures each task before the training videos, with one renderer and random actions.

    Each decision with a size renders one frame.

    Args:
        seconds: How long each task is measured at each size; above 0.

    Returns:
        For each task its decisions per second at each size.

    Raises:
        ImportError: If MuJoCo or the suite is missing, or of another version.
        RendererError: If nothing renders here.
    """
    return {name: {_label(size): _rate(name, size, seconds) for size in SIZES} for name in TASKS}


def _label(size: int | None) -> str:
    return f"decisions per second {'without frames' if size is None else f'at {size} pixels'}"


def _rate(task: str, size: int | None, seconds: float) -> float:
    settings = WorldSettings(task=task, size=size, backgrounds=Procedural.of("training"))
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
