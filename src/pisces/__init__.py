"""Policy similarity embeddings, executable: the task, the metric, the losses and the experiments.

Where things live:

- `pisces.task`: the jumping task, its expert, its 286 variants; Gymnasium and TF-Agents adapters.
- `pisces.mdp`: small finite Markov decision processes to compute by hand.
- `pisces.metric`: policy similarity, bisimulation, affinity. Arrays in, arrays out.
- `pisces.learn`: random convolutions, embedding losses, networks and the TF-Agents agent.
- `pisces.imitation`: PSEs for demonstrations of your own.
- `pisces.jumping`, `pisces.lqr`: one run on the jumping task or on the linear system, set, trained and
  judged.
- `pisces.control`: tasks of the DM Control Suite before backgrounds that move, to see and to act in; and one
  run that learns there from reward.
- `pisces.runs`: many runs, of any kind: identity, store, sweep, archive.
- `pisces.experiments`: our runs beside the paper's numbers.
- `pisces.drawing`: the one look of all figures; `pisces.chapters`: what each chapter computes and draws.

Importing `pisces` loads no TensorFlow. It asks for Keras 2 (`TF_USE_LEGACY_KERAS=1`), which TF-Agents
needs; `pisces doctor` says so when TensorFlow was imported first.
"""

import os

import gymnasium

__version__ = "0.1.0"

os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")
# Or the optimal-transport library imports TensorFlow, for tensors that it is never given here.
os.environ.setdefault("POT_BACKEND_DISABLE_TENSORFLOW", "1")

gymnasium.register(
    id="pisces/JumpingTask-v0",
    entry_point="pisces.task.gym_env:JumpingEnv",
    vector_entry_point="pisces.task.gym_env:JumpingVectorEnv",
)
gymnasium.register(id="pisces/DistractingControl-v0", entry_point="pisces.control.gym_env:ControlEnv")
