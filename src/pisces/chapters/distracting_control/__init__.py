"""Chapter 11, distracting control.

Its `recording` of an expert, its `short_training`, what `encoder`s keep, and its `figures`; the tasks and the
learner themselves are `pisces.control`.
"""
