"""Configurations of runs that take seconds, for every test that trains something, and results of no run."""

import numpy as np

from pisces.control.config import ControlConfig, PSEConfig
from pisces.jumping.config import EmbeddingConfig, RunConfig
from pisces.jumping.result import RunResult
from pisces.lqr.config import LQRConfig


def run_config(**changes) -> RunConfig:
    """Plain imitation, three reports."""
    settings = {
        "method": "tiny",
        "grid": "wide",
        "learning_rate": 1e-2,
        "num_updates": 6,
        "batch_size": 8,
        "feature_size": 8,
        "report_interval": 2,
    }
    return RunConfig(**(settings | changes))


def embedding_config(**changes) -> EmbeddingConfig:
    """Eq. 4 on the policy similarity metric, coupling weights and projection included."""
    settings = {
        "metric": "psm",
        "loss": "cme",
        "contrastive_weight": 1.0,
        "discount": 0.99,
        "inverse_temperature": 2.0,
        "affinity_scale": 0.1,
        "embedding_size": 8,
    }
    return EmbeddingConfig(**(settings | changes))


def lqr_config(**changes) -> LQRConfig:
    """One layer on the linear system, three reports."""
    settings = {
        "method": "linear",
        "num_distractors": 8,
        "policy": "linear",
        "optimizer": "adam",
        "learning_rate": 1e-2,
        "num_steps": 4,
        "num_states": 3,
        "num_held_out": 2,
        "num_test": 2,
        "report_interval": 2,
    }
    return LQRConfig(**(settings | changes))


def run_result(config: RunConfig, *, seed: int = 0, **changes) -> RunResult:
    """The result of a run that was judged once, at its end, and solved nothing."""
    training = set(config.training_tasks(seed))
    is_test = np.array([task not in training for task in config.tasks])
    values = {
        "solved_at": np.zeros((1, len(is_test)), bool),
        "jump_step": np.zeros(len(is_test), int),
        "is_test": is_test,
        "update": np.array([config.num_updates]),
        "imitation_loss": np.zeros(1),
        "embedding_loss": np.zeros(1),
        "seconds": 1.0,
        "provenance": {},
    }
    return RunResult(config=config, seed=seed, **(values | changes))


def control_config(**changes) -> ControlConfig:
    """DrQ on the smallest frames, two views of each; four reports."""
    settings = {
        "method": "tiny",
        "task": "reacher-easy",
        "backgrounds": "procedural",
        "size": 16,
        "num_filters": 2,
        "feature_size": 5,
        "mlp_width": 8,
        "num_target_crops": 2,
        "num_crops": 2,
        "crop_padding": 2,
        "batch_size": 4,
        "replay_capacity": 40,
        "num_seed_decisions": 5,
        "num_updates": 40,
        "report_interval": 12,
        "num_evaluation_episodes": 2,
        "num_test_episodes": 3,
    }
    return ControlConfig(**(settings | changes))


def pse_config(**changes) -> PSEConfig:
    """Few states of few pairs."""
    settings = {"embedding_size": 6, "num_anchors": 4, "num_candidates": 6, "num_pairs": 2}
    return PSEConfig(**(settings | changes))
