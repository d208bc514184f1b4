"""What if nobody shows the right action, and all that moves is not what matters? Distracting control.

Tasks of the DM Control Suite, seen in pixels, with a video behind the bodies that says nothing about what to
do. An agent trains before two videos and is judged before thirty others.

The world:

- `pisces.control.tasks`: the six tasks of Table 3.
- `pisces.control.textures`, `pisces.control.videos`: videos that are drawn, and those of a folder.
- `pisces.control.backgrounds`: which videos are played, and how.
- `pisces.control.frames`: bodies before a background, and the stacked frames of an observation.
- `pisces.control.camera`, `pisces.control.world`: the bodies as they look, and as they move.
- `pisces.control.worker`, `pisces.control.renderer`: the process that holds a world, and who asks it.
- `pisces.control.simulation`: a task as an agent meets it, reproducible from a seed.
- `pisces.control.episode`: whole episodes, and their replay before another background.
- `pisces.control.tf_env`, `pisces.control.gym_env`: the same for TF-Agents and for Gymnasium.
- `pisces.control.benchmark`: how many decisions a second this machine makes.

The learner:

- `pisces.control.config`, `pisces.control.settings`: what a run is, and the world that it asks for.
- `pisces.control.replay`, `pisces.control.crops`: what an update learns from, and the views of it.
- `pisces.control.overlay`: a remedy to compare with, foreign pictures over what is seen.
- `pisces.control.expert`, `pisces.control.expert_training`: policies on the state, and how they are made.
- `pisces.control.pairs`: the same actions before two backgrounds, and the metric between their states.
- `pisces.control.batch`: what an update takes and tells.
- `pisces.control.network`, `pisces.control.policy`: what is learnt, and how it acts.
- `pisces.control.agent`, `pisces.control.builder`: soft actor-critic, DrQ and PSEs, of a configuration.
- `pisces.control.training`, `pisces.control.run`: one run, and all that it needs; they know no store.
- `pisces.control.curve`, `pisces.control.result`, `pisces.control.checkpoint`: what a run notes, leaves, and
  takes up again.

Nothing is imported here. Only the adapter for TensorFlow and, of the learner, `network`, `policy`, `agent`,
`builder`, `checkpoint`, `training`, `run` and `expert_training` load TensorFlow. MuJoCo needs the extra
`control` of the package and is used in a process of its own.

Source: Agarwal et al. (2021), Table 3 and App. I; the setting is that of Stone et al. (2021), The Distracting
Control Suite.
"""
