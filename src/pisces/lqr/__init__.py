"""What does it mean to ignore spurious features? A linear system whose observations are mostly distractors.

A state of 20 numbers follows linear dynamics and is to be brought to rest at little cost. A policy does not
see the state, but an image of it that all environments share, and below it hundreds or thousands of numbers
that show the state in a way that differs between environments: the distractors. Both tell all there is to
know, so that many policies are optimal where they were trained; few of them are so elsewhere.

- `pisces.lqr.system`: the dynamics, the exact cost of a policy, and the best policy.
- `pisces.lqr.observation`: what the environments show of the state.
- `pisces.lqr.pairs`: which observations of two environments belong together, as the policy similarity metric
  tells.
- `pisces.lqr.config`: the methods, and the settings of a run.
- `pisces.lqr.cost`: the exact cost and its gradient in TensorFlow.
- `pisces.lqr.descent`: policies and how they are trained.
- `pisces.lqr.run`: one configuration and one seed, trained and judged.
- `pisces.lqr.result`: what is left of a run.
- `pisces.lqr.search`: settings chosen on environments that are neither trained on nor reported.

Nothing is imported here: the first four and the results load no TensorFlow.

Source: Agarwal et al. (2021), App. H; the setting is that of Song et al. (2020).
"""
