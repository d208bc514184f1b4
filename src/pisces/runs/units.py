"""What do the scores of runs measure, and how is one written down?"""

import dataclasses
import math

UNKNOWN = "–"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Unit:
    """What a score is a number of.

    Attributes:
        name: Short, for files.
        meaning: What is measured, the beginning of a sentence.
        factor: Of the number that a reader sees, for a score of 1.
        num_digits: After the point.
        num_significant: Digits of a number below 1, where sizes are to be compared; None treats all alike.
    """

    name: str
    meaning: str
    factor: float
    num_digits: int
    num_significant: int | None = None

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


SHARE = Unit(name="share", meaning="Percent of unseen tasks solved", factor=100, num_digits=1)
GAP = Unit(
    name="gap",
    meaning="Cost above that of the best policy, in unseen environments",
    factor=1,
    num_digits=2,
    num_significant=2,
)

UNITS = {unit.name: unit for unit in (SHARE, GAP)}
