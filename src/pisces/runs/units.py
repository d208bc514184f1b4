"""What do the scores of runs measure, and how is one written down?"""

import dataclasses
import math

import numpy as np

UNKNOWN = "–"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Unit:
    """What a score is a number of.

    Attributes:
        name: Short, for files.
        meaning: What is measured, the beginning of a sentence.
        factor: Of the number that a reader sees, for a score of 1.
        most: The highest score that there can be; the lowest is 0.
        num_digits: After the point.
        margin: Scores that differ by less are as good as equal.
        margin_text: The same for a reader.
        num_significant: Digits of a number below 1, where sizes are to be compared; None treats all alike.
    """

    name: str
    meaning: str
    factor: float
    most: float
    num_digits: int
    margin: float
    margin_text: str
    num_significant: int | None = None

    def clip(self, score: float) -> float:
        """The nearest score that there can be, such as of the end of an interval; nan for nan."""
        return float(np.clip(score, 0, self.most))

    def text(self, score: float, *, sign: str = "") -> str:
        """A score for a reader; `UNKNOWN` for nan.

        Args:
            score: Any number.
            sign: "+" gives positive numbers a sign too.
        """
        if math.isnan(score):
            return UNKNOWN
        if math.isinf(score):
            return "∞"
        number, form = self.factor * score, f".{self.num_digits}f"
        if self.num_significant is not None and 0 < abs(number) < 1:
            form = f"#.{self.num_significant}g"
        else:
            number = round(number, self.num_digits) + 0.0  # makes 0.0 of -0.0
        return f"{number:{sign}{form}}".replace("-", "−")


SHARE = Unit(
    name="share",
    meaning="Percent of unseen tasks solved",
    factor=100,
    most=1.0,
    num_digits=1,
    margin=0.05,
    margin_text="5 points",
)
GAP = Unit(
    name="gap",
    meaning="Cost above that of the best policy, in unseen environments",
    factor=1,
    most=math.inf,
    num_digits=2,
    margin=1.0,
    margin_text="1",
    num_significant=2,
)
RETURN = Unit(
    name="return",
    meaning="Return in test episodes",
    factor=1,
    most=1000.0,
    num_digits=0,
    margin=50.0,
    margin_text="50",
)

UNITS = {unit.name: unit for unit in (SHARE, GAP, RETURN)}
