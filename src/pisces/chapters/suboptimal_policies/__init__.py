"""Chapter 7, how good must the policy be?

- `policy_error`: what errors of the policy behind the metric change.
- `figures`: distances, weights and scores by error.
"""
