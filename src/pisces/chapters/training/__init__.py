"""Chapter 4, training a policy.

- `embedding_map`: where a network puts the states of several tasks.
- `figures`: learning curves, boards of solved tasks, maps.
"""
