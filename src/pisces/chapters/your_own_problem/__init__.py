"""Chapter 10, use it on your own problem.

- `lakes`: frozen lakes as a task of one's own, from demonstrations to unseen lakes.
- `figures`: lakes, and who crosses them.
"""
