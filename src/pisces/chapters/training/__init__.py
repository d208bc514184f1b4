"""Chapter 4, training a policy.

- `expert_states`: those of several tasks; `embedding_map`: where a network puts them.
- `figures`: learning curves, boards of solved tasks, maps.
"""
