"""What is added to the cells of a table with a zero, and in which studies: always a choice, never a habit."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

STUDIES = ("with_zero", "all", "all_if_any_zero", "none")


@dataclass(frozen=True)
class Correction:
    """Add `amount` to every cell of the `studies` named.

    "with_zero" are those with a zero cell; "all_if_any_zero" are all, provided that one of them has a zero cell. In
    metafor's terms `amount` is `add`, and the four choices are `to` = "only0", "all", "if0all" and "none".
    """

    amount: float = 0.5
    studies: str = "with_zero"

    def __post_init__(self) -> None:
        if self.studies not in STUDIES:
            raise ValueError(f"studies to correct must be one of {', '.join(STUDIES)}, got {self.studies!r}")
        if not (np.isfinite(self.amount) and self.amount >= 0):
            raise ValueError(f"the amount to add must be zero or more, got {self.amount}")

    def added(self, has_zero: NDArray[np.bool_]) -> NDArray[np.float64]:
        """What each study's cells get, given which studies have a zero cell (last axis: studies of one analysis)."""
        match self.studies:
            case "with_zero":
                chosen = has_zero
            case "all":
                chosen = np.ones_like(has_zero)
            case "all_if_any_zero":
                chosen = np.broadcast_to(has_zero.any(axis=-1, keepdims=True), has_zero.shape)
            case _:
                chosen = np.zeros_like(has_zero)
        return np.where(chosen, self.amount, 0.0)


HALF_WHERE_ZERO = Correction()
NO_CORRECTION = Correction(0.0, "none")
