"""Chapter 12, use it on your own problem.

- `lakes`: frozen lakes as a task of one's own, from demonstrations to unseen lakes.
- `variants`: other views and networks, with which PSEs do not help.
- `figures`: lakes, and who crosses them.
"""
