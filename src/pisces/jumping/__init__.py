"""One run on the jumping task: what is set, what is built, how it is trained and judged. It knows no store.

- `config`: the methods, their hyperparameters and the tables those come from; `settings` prints them.
- `metrics`: what can be embedded, as a table.
- `builder`: training data, optimizer and agent, as a configuration asks.
- `training`: one configuration and one seed, trained and judged; `curve`: how it is doing.
- `result`: what is left of a run.
- `benchmark`: how fast an update is.
- `transfer`: what the exact bisimulation metric alone knows of unseen tasks.
"""
