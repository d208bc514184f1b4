"""The one look: what every figure shares. Data in, a Matplotlib figure out; nothing here imports TensorFlow.

- `style`: the look of all figures, and the one table of names and colours.
- `groups`: what has one colour, or one panel.
- `board`, `heatmap`: the board of 286 tasks and the small matrix.
- `show`: the library's own source and animations, inside a notebook.
"""
