"""Chapter 2, behavioural similarity.

- `comparison`: the metrics side by side on the same two processes.
- `theory`: both sides of the paper's inequalities.
- `figures`: distances; `figures_mdp`: small decision processes.
"""
