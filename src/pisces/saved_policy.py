"""Policies of TF-Agents as files, which act without the code that trained them."""

import contextlib
import logging
import typing
import warnings
from collections.abc import Iterator
from pathlib import Path

if typing.TYPE_CHECKING:  # only who has a policy needs TensorFlow
    from tf_agents.policies import tf_policy


def require_plain(folder: Path | str) -> None:
    """Checks that TensorFlow can read what it writes to a folder: it takes paths for patterns.

    Args:
        folder: A path; its parents count where it is given with them.

    Raises:
        ValueError: If the path has a wildcard.
    """
    if set(str(folder)) & set("*?[]"):
        raise ValueError(f"folder is {str(folder)!r}; it must have none of * ? [ ], TensorFlow's wildcards")


def save(policy: "tf_policy.TFPolicy", folder: Path | str) -> None:
    """Writes a policy as a SavedModel.

    Args:
        policy: For batches of any size. A function `begin` of it is kept too; see `pisces.acting.Greedy`.
        folder: Where to write; made if it is not there.

    Raises:
        ValueError: If the path has a wildcard; see `require_plain`.
    """
    require_plain(folder)
    from tf_agents.policies import policy_saver

    with _quiet():
        saver = policy_saver.PolicySaver(policy, batch_size=None)
        begin = getattr(policy, "begin", None)
        if begin is not None:
            begin.get_concrete_function()
            saver.register_concrete_function("begin", begin)
        saver.save(str(folder))


def load(folder: Path | str):
    """Reads what `save` wrote.

    Returns:
        A SavedModel with the methods of a TF-Agents policy; see `pisces.acting.Greedy`.

    Raises:
        OSError: If there is no policy.
    """
    import tensorflow as tf
    import tensorflow_probability as tfp  # registers the type of the policy's distributions

    del tfp
    return tf.saved_model.load(str(folder))


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Leaves out what every export of a policy says.

    TF-Agents gives its functions parameter names that TensorFlow makes legal, and TensorFlow asks for the
    type of the policy's distributions to be registered, as `load` does.
    """

    def is_news(record: logging.LogRecord) -> bool:
        return "is not a valid tf.function parameter name" not in record.getMessage()

    logger = logging.getLogger("absl")
    logger.addFilter(is_news)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Encoding a StructuredValue", category=UserWarning)
            yield
    finally:
        logger.removeFilter(is_news)
