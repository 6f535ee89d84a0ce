"""Tests over 2x2 tables, one a study: whether there is an association, and whether it is the same everywhere."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from perennial.stats.distributions import chi2_p
from perennial.stats.effects.inputs import Floats
from perennial.stats.effects.two_by_two import Cells, observed_minus_expected, one_analysis
from perennial.stats.errors import NotEstimable
from perennial.stats.result import Result


@dataclass(frozen=True)
class ChiSquared(Result):
    """A chi-squared statistic with its degrees of freedom and P value (None without a degree of freedom)."""

    statistic: float
    df: int
    p: float | None


@dataclass(frozen=True)
class Association(Result):
    """Cochran-Mantel-Haenszel test that no study has an effect, `plain` and `corrected` for continuity by 1/2."""

    plain: ChiSquared
    corrected: ChiSquared
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Homogeneity(Result):
    """Breslow and Day's test that all odds ratios are the pooled one, and the same with Tarone's correction."""

    breslow_day: ChiSquared
    tarone: ChiSquared


def cmh_test(ai: ArrayLike, n1i: ArrayLike, ci: ArrayLike, n2i: ArrayLike) -> Association:
    """Cochran-Mantel-Haenszel test over k >= 1 studies with `ai` of `n1i` and `ci` of `n2i` events.

    It exists also where no odds ratio does. Variances are hypergeometric; the corrected statistic is (|excess| -
    1/2)^2/V as printed (Mantel & Haenszel 1959, J Natl Cancer Inst 22:719). Raises NotEstimable where nobody or
    everybody had the event in every study.
    """
    table, warnings = one_analysis(ai, n1i, ci, n2i)
    test = association(table)
    return Association(test.plain, test.corrected, (*warnings, *test.warnings))


def association(table: Cells) -> Association:
    """The same of tables that are checked and corrected already."""
    excess, variance = observed_minus_expected(table)
    return _from_excess(excess.sum(), variance.sum())


def rates_association(x1: Floats, t1: Floats, x2: Floats, t2: Floats) -> Association:
    """The test for events in person-time, with binomial variances (Rothman, Greenland & Lash 2008)."""
    share, events = t1 / (t1 + t2), x1 + x2
    return _from_excess((x1 - events * share).sum(), (events * share * (1 - share)).sum())


def homogeneity(table: Cells, ratio: float) -> Homogeneity:
    """Tests that the odds ratio is `ratio` (finite, > 0) in all studies with events and non-events.

    Breslow & Day (1980, IARC Sci Publ 32), Tarone (1985, Biometrika 72:91).
    """
    if ratio > 1:  # the arms the other way round
        table, ratio = Cells(table.c, table.d, table.a, table.b), 1 / ratio
    t = table.of((table.a + table.c > 0) & (table.b + table.d > 0))
    events, others = t.a + t.c, t.b + t.d
    # Expected cells: the smaller of a and d is a root of its quadratic, in the form that does not cancel.
    for_a, for_d = ratio * (t.n1 + events) + t.n2 - events, ratio * (t.n2 + others) + t.n1 - others
    root = np.sqrt(for_a**2 + 4 * ratio * (1 - ratio) * t.n1 * events)
    with np.errstate(divide="ignore"):
        a, d = 2 * ratio * t.n1 * events / (for_a + root), 2 * ratio * t.n2 * others / (for_d + root)
    a = np.where(t.n2 >= events, a, d + events - t.n2)
    d = np.where(t.n2 >= events, a + t.n2 - events, d)
    information = 1 / (1 / a + 1 / (t.n1 - a) + 1 / (events - a) + 1 / d)
    gap, df = t.a - a, len(a) - 1
    breslow_day = float((gap**2 / information).sum())
    tarone = max(0.0, breslow_day - float(gap.sum() ** 2 / information.sum()))
    return Homogeneity(*(ChiSquared(statistic, df, chi2_p(statistic, df)) for statistic in (breslow_day, tarone)))


def _from_excess(excess: float, variance: float) -> Association:
    if not variance > 0:
        raise NotEstimable("nobody or everybody had the event in every study: there is nothing to test")
    small = abs(excess) < 0.5
    plain, corrected = (float(value**2 / variance) for value in (excess, abs(excess) - 0.5))
    return Association(
        ChiSquared(plain, 1, chi2_p(plain, 1)),
        ChiSquared(corrected, 1, chi2_p(corrected, 1)),
        ("the excess of events is under 1/2: read the plain statistic, not the corrected one",) if small else (),
    )
