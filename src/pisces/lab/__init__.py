"""The experiments: what is trained, how it is judged, where runs are kept and how they are shown.

A run:

- `config`: the methods, their hyperparameters and the tables those come from; `settings` prints them.
- `learner`: training data, optimizer and agent, as a configuration asks.
- `run`: one configuration and one seed, trained and judged.
- `evaluate`: which of the 286 tasks a policy solves.
- `result`, `store`: what is left of a run, and where it is kept.

Many runs:

- `experiments`: the cells of the paper's tables, and what is run in each.
- `sweep`: all runs of an experiment, in parallel and resumable; `fingerprint`: of the code behind them.
- `engine`: the processes that make them, of this machine or of a cluster.
- `archive`: their results in one file, which comes with the package; `verify` makes some of them again.
- `evidence`: those that a chapter speaks of.
- `tables`, `stats`: what they say together; `scoreboard`: all of it, with what it cost.

A question of a chapter, answered with numbers:

- `comparison`: the metrics side by side on the same two processes.
- `theory`: both sides of the paper's inequalities.
- `points`: what an embedding loss does to free points.
- `embedding_map`: where a network puts the states of several tasks.
- `representations`: the same of finished runs, in a file; `alignment`: what they keep of the metric.
- `effects`: what changing one setting does.
- `transfer`: what the exact bisimulation metric alone knows of unseen tasks.
- `generalization`: how runs fare on unseen tasks, and how they fail.
- `benchmark`: how fast an update is.

What a reader sees:

- `figures`: data in, a Matplotlib figure out.
- `report`: tables of results, as text and for a page.
- `show`: the library's own source and animations, inside a notebook.

Nothing is imported here: `pisces.lab.show` and `pisces.lab.figures` load no TensorFlow.
"""
