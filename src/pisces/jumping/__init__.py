"""One run on the jumping task: what is set, what is built, how it is trained and judged. It knows no store.

- `config`: the hyperparameters; `settings` prints them.
- `presets`: the methods, their values and the tables those come from.
- `metrics`: what can be embedded, as a table.
- `builder`: training data, optimizer and agent, as a configuration asks.
- `training`: one configuration and one seed, trained and judged; `curve`: how it is doing.
- `result`: what is left of a run.
- `benchmark`: how fast an update is.
- `transfer`: what the exact bisimulation metric alone knows of unseen tasks.
"""
