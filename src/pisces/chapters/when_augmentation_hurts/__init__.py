"""Chapter 8, when augmentation hurts.

- `colors`: runs on red and green tasks, and what random convolutions leave of a colour.
- `figures`: both drawn.
"""
