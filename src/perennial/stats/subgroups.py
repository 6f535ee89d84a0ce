"""Difference between independent groups, each pooled with its own tau2."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np

from perennial.stats.distributions import chi2_p, critical_value
from perennial.stats.errors import NotEstimable


@dataclass(frozen=True)
class Difference:
    """Second mean minus first with its interval, on the scale of the means, and the test that all means agree."""

    estimate: float
    se: float
    ci_low: float
    ci_high: float
    q: float
    q_df: int
    q_p: float

    def to_dict(self) -> dict:
        return asdict(self)


def subgroup_difference(means: Sequence[float], ses: Sequence[float], level: float = 0.95) -> Difference:
    """Compare two pooled means of independent groups; normal theory, separate tau2.

    The test is Cochran's Q over the two pooled means (Borenstein & Higgins 2013, Prev Sci 14:134), here the square of
    the standardised difference. Raises NotEstimable where a group has no mean or standard error.
    """
    if len(means) != 2 or len(ses) != 2:
        raise ValueError("a difference is between two groups")
    if any(value is None or not np.isfinite(value) for value in (*means, *ses)) or min(ses) <= 0:
        raise NotEstimable("a difference needs a pooled mean and its standard error in both groups")
    estimate, se = means[1] - means[0], float(np.hypot(*ses))
    half, q = critical_value(level) * se, (estimate / se) ** 2
    return Difference(estimate, se, estimate - half, estimate + half, q, 1, chi2_p(q, 1))
