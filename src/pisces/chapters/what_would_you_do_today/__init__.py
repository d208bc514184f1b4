"""Chapter 9, what would you do today?

- `symmetry`: what the metric says of a picture that is moved, and what moving does to pictures.
- `pace`: how long runs take to solve a share of the tasks.
- `beyond`: what policies solve in all tasks that the game allows.
- `figures`: all of it drawn.
"""
