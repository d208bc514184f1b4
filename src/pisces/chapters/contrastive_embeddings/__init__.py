"""Chapter 3, contrastive metric embeddings.

- `free_points`: what an embedding loss does to points that may go anywhere.
- `figures`: the loss, the points and the architecture.
"""
