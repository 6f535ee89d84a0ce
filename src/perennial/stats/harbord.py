"""Harbord's score test for funnel plot asymmetry of odds ratios."""

import numpy as np
from numpy.typing import ArrayLike

from perennial.stats.asymmetry import INDEPENDENT, AsymmetryTest, cautions, multiplicative_test
from perennial.stats.effects.two_by_two import observed_minus_expected, one_analysis
from perennial.stats.errors import NotEstimable


def harbord(ai: ArrayLike, n1i: ArrayLike, ci: ArrayLike, n2i: ArrayLike, level: float = 0.95) -> AsymmetryTest:
    """Regress Z/V on 1/sqrt(V) with weights V (Harbord, Egger & Sterne 2006, Stat Med 25:3443).

    `ai` of `n1i` and `ci` of `n2i` had the event. Z is the efficient score of the log odds ratio at zero, the observed
    less the expected events of the first arm, and V its hypergeometric variance; the slope is the intercept of the
    regression of Z/sqrt(V) on sqrt(V). It is Egger's test of Peto's odds ratios. No cell is corrected: a table in which
    all or none had the event has V = 0, tells nothing, and is left out, as is one with a missing value. Raises
    NotEstimable for fewer than three tables, for variances that are all alike, and for scores that lie exactly on a
    line.
    """
    table, warnings = one_analysis(ai, n1i, ci, n2i)
    score, information = observed_minus_expected(table)
    use = information > 0
    if use.sum() < 3:
        raise NotEstimable(f"Harbord's test needs three tables with events and non-events, got {use.sum()}")
    yi, vi = score[use] / information[use], 1 / information[use]
    said = (*warnings, *cautions(yi, vi))
    if not use.all():
        said += (f"{(~use).sum()} of {len(use)} studies left out: all or none had the event",)
    return multiplicative_test(
        "Harbord's test", "standard error of the score estimate", yi, np.sqrt(vi), information[use],
        level=level, limit=True,
        assumptions=(
            "score and information are independent where the funnel is symmetric: true for odds ratios near one",
            "heterogeneity multiplies every variance by one factor",
            INDEPENDENT,
        ),
        warnings=said,
    )  # fmt: skip
