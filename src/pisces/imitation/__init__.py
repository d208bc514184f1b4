"""Policy similarity embeddings for demonstrations of your own: any observations, lengths and actions.

A list of `Demonstration`s (`demonstration`), a network of layers that you choose (`network`), and an
`Imitator` (`imitator`) that trains a TF-Agents policy from both. `PSE` says how states are put together; a
metric or a loss of your own replaces one of its methods.
"""

from pisces.imitation.demonstration import Demonstration, psm, record
from pisces.imitation.imitator import PSE, Imitator, load
from pisces.imitation.network import encoder

__all__ = ["PSE", "Demonstration", "Imitator", "encoder", "load", "psm", "record"]
