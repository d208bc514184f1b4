"""What the chapters compute and draw beyond the library: a room for each notebook, by its name.

A room holds the numbers that answer its chapter's question, and `figures`, which draws them and loads no
TensorFlow. It may use the rooms of earlier chapters.

- `jumping_task`: the task drawn.
- `policy_similarity`: metrics compared on small processes, both sides of the inequalities.
- `contrastive_embeddings`: what an embedding loss does to free points.
- `training`: where a network puts the states of several tasks.
- `generalization`: how runs fare on unseen tasks, and how they fail.
- `what_makes_it_work`: representations of finished runs, what they keep of the metric, effects of a setting.
- `suboptimal_policies`: what errors of the policy behind the metric change.
- `when_augmentation_hurts`: runs on red and green tasks.
- `what_would_you_do_today`: pictures that are moved, how fast the recipe is, and what it solves far outside.
- `spurious_features`: runs on the linear system drawn.
- `distracting_control`: an expert's episode before films, what the encoders of runs keep, a short training.
- `your_own_problem`: frozen lakes, learned from demonstrations.
"""
