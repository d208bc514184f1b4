"""A problem small enough for loops, 4 states and 12 distractors, and training that takes no time."""

import pytest

from pisces.lqr.config import METHODS, LQRConfig

SMALL = {
    "num_states": 4,
    "num_distractors": 12,
    "num_held_out": 2,
    "num_test": 3,
    "num_trajectories": 6,
    "trajectory_length": 3,
    "report_interval": 20,
    "learning_rate": 1e-2,
    "num_steps": 50,
}


@pytest.fixture(scope="session")
def make_config():
    """The settings of a method on a small problem; keywords replace any of them."""

    def make(method="linear", **settings):
        chosen = {"method": method, "optimizer": "sgd"} | METHODS[method] | SMALL
        if chosen["policy"] == "two-layer":
            chosen["hidden_size"] = 6
        return LQRConfig(**chosen | settings)

    return make
