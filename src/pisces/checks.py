"""Is a setting of a configuration one that can be run? Checks that say what is allowed."""

import math
import typing
from collections.abc import Callable, Iterable


def require(config: object, field: str, is_allowed: Callable[[typing.Any], bool], allowed: str) -> None:
    """Checks one field of a configuration.

    Args:
        config: Has the field.
        field: Its name.
        is_allowed: Says whether a value is; a value of a type that it cannot compare is not.
        allowed: What is allowed, in words.

    Raises:
        ValueError: If the value is not allowed.
    """
    value = getattr(config, field)
    try:
        is_valid = is_allowed(value)
    except TypeError:  # a value of another type, which does not compare
        is_valid = False
    if not is_valid:
        raise ValueError(f"{field} is {value!r}; it must be {allowed}")


def is_none(value: typing.Any) -> bool:
    """Whether there is no value."""
    return value is None


def is_count(value: typing.Any) -> bool:
    """Whether it is an integer of at least 1."""
    return isinstance(value, int) and value >= 1


def is_positive(value: typing.Any) -> bool:
    """Whether it is a finite number above 0."""
    return 0 < value < math.inf


def is_weight(value: typing.Any) -> bool:
    """Whether it is a finite number of at least 0."""
    return 0 <= value < math.inf


def is_none_or(is_allowed: Callable[[typing.Any], bool]) -> Callable[[typing.Any], bool]:
    """A check that also takes None."""
    return lambda value: value is None or is_allowed(value)


def one_of(names: Iterable[str]) -> str:
    """What is allowed, where it is one of several names."""
    return f"one of {', '.join(names)}"
