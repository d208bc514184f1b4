"""Two short runs: one with everything switched on, one that learns something."""

import typing
from pathlib import Path

import tiny

from pisces.jumping.config import RandConvConfig, RunConfig
from pisces.jumping.result import RunResult
from pisces.jumping.training import Training
from pisces.runs import store
from pisces.runs.origin import provenance

# Two reports, the last one early; every random stream in use.
EVERYTHING = tiny.run_config(
    method="everything",
    grid="random",
    num_updates=8,
    batch_size=4,
    l2_coefficient=1e-4,
    dropout_rate=0.5,
    feature_size=16,
    rand_conv=RandConvConfig(num_action_passes=2),
    embedding=tiny.embedding_config(),
    report_interval=5,
)

IMITATION = tiny.run_config(
    method="imitation",
    learning_rate=2e-3,
    num_updates=110,
    batch_size=32,
    feature_size=64,
    report_interval=100,
)


class Run(typing.NamedTuple):
    training: Training
    result: RunResult
    folder: Path
    tensorboard_folder: Path


def make_run(config: RunConfig, folder: Path, *, seed: int) -> Run:
    training = Training(config, seed=seed)
    result = training.run(
        checkpoints=store.open_run(folder / "run", config, seed),
        tensorboard_folder=folder / "events",
        provenance=provenance(),
        is_quiet=True,
    )
    store.write_run(folder / "run", result, training.policy)
    return Run(training, result, folder / "run", folder / "events")
