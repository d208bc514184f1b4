"""Does the code still give what it gave? Tiny runs whose numbers are kept, one for each way a run can go.

A key names what decides the outcomes of its runs (`pisces.runs.kinds.Kind.outcomes`); it does not follow from
the text of the code, so that code can be rewritten without renaming runs. What guards the name are these
probes: their numbers are committed beside the tests. One that moves by more than rounding says that the same
configuration and seed give another outcome, and then the kind's `outcomes` needs a new name. Only then, and
where rounding alone moved them, are they written anew:

    python -m pisces.runs.probes tests/runs/probes.json
"""

import dataclasses
import json
import sys
from pathlib import Path

import numpy as np

from pisces.control.config import ControlConfig, PSEConfig
from pisces.jumping.config import EmbeddingConfig, RandConvConfig, RunConfig
from pisces.lqr.config import LQRConfig
from pisces.runs.kinds import kind_of
from pisces.runs.making import make
from pisces.runs.origin import provenance

MADE_WITH = ("versions", "processor", "instructions", "threads")
"""Of a run's provenance: where these are equal, so is every bit."""

NUM_UPDATES = 3
SEED = 7

_SMALL = RunConfig(
    method="probe",
    grid="wide",
    learning_rate=1e-3,
    num_updates=NUM_UPDATES,
    updates_per_epoch=1,
    batch_size=8,
    feature_size=16,
    report_interval=2,
)
_EMBEDDING = EmbeddingConfig(
    metric="psm",
    loss="cme",
    contrastive_weight=1.0,
    discount=0.99,
    inverse_temperature=2.0,
    affinity_scale=0.1,
    embedding_size=8,
)
_LINEAR = LQRConfig(
    method="probe",
    num_distractors=8,
    policy="linear",
    optimizer="adam",
    learning_rate=1e-2,
    num_steps=4,
    num_states=3,
    num_held_out=2,
    num_test=2,
    report_interval=2,
)
_TWO_LAYERS = dataclasses.replace(_LINEAR, policy="two-layer", hidden_size=4)


def _embedded(**changes) -> RunConfig:
    return dataclasses.replace(_SMALL, embedding=dataclasses.replace(_EMBEDDING, **changes))


def _augmented(**changes) -> RunConfig:
    return dataclasses.replace(_SMALL, rand_conv=RandConvConfig(num_action_passes=2, **changes))


def _l2(**changes) -> RunConfig:
    return _embedded(loss="l2", inverse_temperature=None, affinity_scale=None, embedding_size=None, **changes)


_BOTH_COLORS = {"colors": ("red", "green")}

TRAINED: dict[str, RunConfig] = {
    "plain": _SMALL,
    "narrow": dataclasses.replace(_SMALL, grid="narrow"),
    "random": dataclasses.replace(_SMALL, grid="random"),
    "dropout, l2 term": dataclasses.replace(_SMALL, dropout_rate=0.3, l2_coefficient=1e-2),
    "fresh kernels": _augmented(),
    "larger kernel": _augmented(kernel_size=3, skip_probability=0.0),
    "constant kernel": _augmented(kernels="constant", skip_probability=0.0),
    "mixing kernels": dataclasses.replace(_augmented(kernels="mixing"), **_BOTH_COLORS),
    "moved images": dataclasses.replace(_augmented(), max_shift=5),
    "moved inside of a frame": dataclasses.replace(_augmented(), max_shift=5, shift_margin=1),
    "cosine": dataclasses.replace(_SMALL, schedule="cosine"),
    "psm, cme": dataclasses.replace(_augmented(), embedding=_EMBEDDING),
    "psm, cme without coupling": _embedded(affinity_scale=None),
    "psm of a policy that errs": _embedded(policy_error=0.3),
    "psm, symmetric cme": _embedded(loss="symmetric-cme", discount=0.999),
    "psm, l2": _l2(),
    "pi-bisimulation, cme": _embedded(metric="pi-bisimulation"),
    "pi-bisimulation-endless, l2": _l2(metric="pi-bisimulation-endless"),
    "pairs of one color": dataclasses.replace(_embedded(pairs="one color"), **_BOTH_COLORS),
    "pairs of red": dataclasses.replace(
        _SMALL, embedding=dataclasses.replace(_EMBEDDING, pairs="red"), **_BOTH_COLORS
    ),
}
"""Jumping runs that are trained and not judged."""

_CONTROL = ControlConfig(
    method="probe",
    task="reacher-easy",
    backgrounds="procedural",
    size=16,
    num_filters=4,
    feature_size=5,
    mlp_width=8,
    num_target_crops=2,
    num_crops=2,
    batch_size=4,
    num_updates=NUM_UPDATES,
    report_interval=NUM_UPDATES,
    num_evaluation_episodes=1,
    num_test_episodes=1,
)
_CONTROL_PSE = PSEConfig(embedding_size=6, num_anchors=4, num_candidates=6)

CONTROL: dict[str, ControlConfig] = {
    "control": dataclasses.replace(_CONTROL, num_target_crops=1, num_crops=1),
    "control, overlaid": dataclasses.replace(_CONTROL, overlay_weight=0.5),
    "control, changes": dataclasses.replace(_CONTROL, size=23, num_strided=2, sees_changes=True),
    "control, psm, cme": dataclasses.replace(_CONTROL, pse=_CONTROL_PSE),
    "control, psm, cme of the actor": dataclasses.replace(
        _CONTROL, pse=dataclasses.replace(_CONTROL_PSE, reach="actor")
    ),
}
"""Agents that learn from noise: what renders is another on every machine, and no part of a probe."""

WHOLE: dict[str, RunConfig | LQRConfig] = {
    "whole run": dataclasses.replace(
        _augmented(), grid="random", embedding=_EMBEDDING, num_updates=2, report_interval=1
    ),
    "linear": _LINEAR,
    "linear, sgd": dataclasses.replace(_LINEAR, optimizer="sgd", learning_rate=1e-4),
    "linear, l1": dataclasses.replace(_LINEAR, l1_weight=0.1),
    "two layers": _TWO_LAYERS,
    "ensemble": dataclasses.replace(_LINEAR, policy="ensemble"),
    "aggregation": dataclasses.replace(_TWO_LAYERS, aggregation="squared", aggregation_weight=10.0),
    "aggregation by cme": dataclasses.replace(
        _TWO_LAYERS,
        aggregation="cme",
        aggregation_weight=1.0,
        inverse_temperature=1.0,
        affinity_scale=0.1,
    ),
}
"""Runs from beginning to end."""


def measure(name: str) -> list[float]:
    """Makes a probe.

    Args:
        name: A key of `TRAINED`, `CONTROL` or `WHOLE`.

    Returns:
        Its numbers: of what is trained, the losses and the mean size of each variable; of a whole run,
        everything that an archive has of it.
    """
    if name in CONTROL:
        return _measure_control(CONTROL[name])
    if name in TRAINED:
        from pisces.jumping.training import Training

        training = Training(TRAINED[name], seed=SEED)
        losses = training.advance(NUM_UPDATES)
        sizes = [np.abs(variable.numpy()).mean() for variable in training.network.trainable_variables]
        return [float(number) for number in (*losses, *sizes)]
    result = make(WHOLE[name], SEED)
    kind = kind_of(result.config)
    arrays = [np.ravel(getattr(result, array)).astype(float) for array in kind.arrays]
    return [*np.concatenate(arrays).tolist(), *(getattr(result, number) for number in kind.numbers)]


def _measure_control(config: ControlConfig) -> list[float]:
    from pisces.control import builder
    from pisces.control.batch import Experience, PairBatch
    from pisces.control.crops import random_crops
    from pisces.control.overlay import overlaid_views

    generator, num, size = np.random.default_rng(SEED), config.batch_size, config.size
    agent, losses = builder.agent(config, action_size=2, seed=SEED), ()

    def seen(number: int, num_crops: int) -> np.ndarray:
        images = generator.integers(256, size=(number, size, size, 9), dtype=np.uint8)
        return random_crops(images, num_crops=num_crops, padding=config.crop_padding, generator=generator)

    for _ in range(NUM_UPDATES):
        views = seen(num, config.num_crops)
        if config.overlay_weight is not None:
            views = overlaid_views(views, weight=config.overlay_weight, generator=generator)
        action = generator.uniform(-1, 1, (num, 2)).astype(np.float32)
        reward = generator.uniform(0, 1, num).astype(np.float32)
        following = seen(num, config.num_target_crops)
        experience = Experience(views, action, reward, np.ones(num, np.float32), following)
        pair = None
        if config.pse is not None:
            numbers = (config.pse.num_candidates or config.pse.num_anchors, config.pse.num_anchors)
            distance = generator.uniform(0, 3, numbers).astype(np.float32)
            one, other = (seen(number, 1)[:, 0] for number in numbers)
            pair = PairBatch(one, other, distance)
        losses = agent.train(experience=experience, pair=pair).extra
    variables = (*agent.actor.trainable_variables, *agent.critic.trainable_variables)
    sizes = [np.abs(variable.numpy()).mean() for variable in variables]
    return [float(number) for number in (*losses, agent.log_temperature.numpy(), *sizes)]


def main() -> None:
    """Writes the numbers of all probes, and what they were made with, to the file that is named."""
    here = provenance()
    made = {
        "made_with": {name: here[name] for name in MADE_WITH},
        "numbers": {name: measure(name) for name in (*TRAINED, *CONTROL, *WHOLE)},
    }
    Path(sys.argv[1]).write_text(json.dumps(made) + "\n")


if __name__ == "__main__":
    main()
