"""Chapter 5, generalization.

- `unseen_tasks`: how runs fare on unseen tasks, and how they fail.
- `figures`: scores, boards, curves and outcomes.
"""
