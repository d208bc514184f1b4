"""Chapter 1, the jumping task: its `figures`."""
