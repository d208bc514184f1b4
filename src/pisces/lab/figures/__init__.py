"""The book's figures: data in, a Matplotlib figure out; no file is read and nothing is trained.

- `style`: the one look of all figures and the one table of names and colours.
- `board`, `heatmap`: the board of 286 tasks and the small matrix, which several figures share.
- `task`: the jumping task, its grids and its trajectories (chapter 1).
- `mdp`, `similarity`: small decision processes and the metrics between states (chapter 2).
- `embedding`: the contrastive loss and the architecture (chapter 3).
- `training`: learning curves, boards of solved tasks, embeddings (chapter 4).
- `lqr`: a linear system seen among distractors (chapter 9).
- `lakes`: frozen lakes and who crosses them (chapter 10).

No module here imports TensorFlow.
"""
