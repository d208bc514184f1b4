"""Is a setting one that can be run? Checks that say in one line what is allowed."""

import dataclasses
import math
import numbers
import operator
import re
import reprlib
import typing
from collections.abc import Callable, Iterable

_LENGTH = 100  # of a value in a message, in characters

_SHORT = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxother = _LENGTH


def require(config: object, field: str, is_allowed: Callable[[typing.Any], bool], allowed: str) -> None:
    """Checks one field of a configuration, and keeps a number in it as one of Python's own.

    Args:
        config: Has the field; may be frozen.
        field: Its name.
        is_allowed: Says whether a value is; a value of a type that it cannot compare is not.
        allowed: What is allowed, in words.

    Raises:
        ValueError: If the value is not allowed.
    """
    object.__setattr__(config, field, checked(field, getattr(config, field), is_allowed, allowed))


def checked(
    name: str, value: typing.Any, is_allowed: Callable[[typing.Any], bool], allowed: str
) -> typing.Any:
    """The value of one argument, if it is allowed; a number as one of Python's own.

    Args:
        name: Of the argument.
        value: What was given.
        is_allowed: Says whether a value is; a value of a type that it cannot compare is not.
        allowed: What is allowed, in words.

    Raises:
        ValueError: If the value is not allowed.
    """
    number = _plain(value)
    try:
        is_valid = is_allowed(number) is True  # one answer: arrays give as many as they have entries
    except (TypeError, ValueError):  # a value of another type, which does not compare
        is_valid = False
    if not is_valid:
        raise ValueError(f"{name} is {in_one_line(number)}; it must be {allowed}")
    return number


def in_one_line(value: typing.Any) -> str:
    """How a message shows a value, whatever it is: in one line, and a short one."""
    line = re.sub(r"\s*\n\s*", " ", _SHORT.repr(value))
    return line if len(line) <= _LENGTH else f"{line[: _LENGTH - 3]}..."


def is_none(value: typing.Any) -> bool:
    """Whether there is no value."""
    return value is None


def is_integer(value: typing.Any) -> bool:
    """Whether it is an integer, of Python or of another package; True and False are none."""
    # Before NumPy 2.3 its True is an index, too.
    if isinstance(value, bool) or str(getattr(value, "dtype", "")) == "bool":
        return False
    try:
        operator.index(value)
    except TypeError:
        return False
    return True


def is_count(value: typing.Any) -> bool:
    """Whether it is an integer of at least 1."""
    return is_integer(value) and operator.index(value) >= 1


def is_count_or_0(value: typing.Any) -> bool:
    """Whether it is an integer of at least 0, as seeds are."""
    return is_integer(value) and operator.index(value) >= 0


def is_positive(value: typing.Any) -> bool:
    """Whether it is a finite number above 0."""
    return _is_number(value) and 0 < value < math.inf


def is_weight(value: typing.Any) -> bool:
    """Whether it is a finite number of at least 0."""
    return _is_number(value) and 0 <= value < math.inf


def is_none_or(is_allowed: Callable[[typing.Any], bool]) -> Callable[[typing.Any], bool]:
    """A check that also takes None."""
    return lambda value: value is None or is_allowed(value)


def one_of(names: Iterable[str]) -> str:
    """What is allowed, where it is one of several names."""
    return f"one of {', '.join(names)}"


def _is_number(value: typing.Any) -> bool:
    return isinstance(value, numbers.Real) and not isinstance(value, bool)


def _plain(value: typing.Any) -> typing.Any:
    """A number of another package as Python's own, which JSON can hold; anything else as it is."""
    if is_integer(value):
        return operator.index(value)
    return float(value) if _is_number(value) else value


def as_dictionary(settings: typing.Any) -> typing.Any:
    """Settings as they are written down: a nested dictionary.

    A field that is marked with the version it is there `since` is left out where it has its default: settings
    from before there was a choice stay as they were written.

    Args:
        settings: A dataclass, whose fields may be others; anything else is left as it is.
    """
    if not dataclasses.is_dataclass(settings):
        return settings
    return {
        field.name: as_dictionary(getattr(settings, field.name))
        for field in dataclasses.fields(settings)
        if "since" not in field.metadata or getattr(settings, field.name) != field.default
    }
