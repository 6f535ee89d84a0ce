"""Mantel-Haenszel pooling of two arms: odds ratio, risk ratio, risk difference, rate ratio, rate difference.

Sums over the studies' own cells, so that a zero cell needs no correction and gets none unless asked for. Studies with
a missing value (nan) are left out, with a warning. The measures are those of metafor's `rma.mh`.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from perennial.stats.effects import rates, two_by_two
from perennial.stats.effects.corrections import HALF_WHERE_ZERO, NO_CORRECTION, Correction
from perennial.stats.effects.inputs import Floats
from perennial.stats.effects.two_by_two import Cells
from perennial.stats.errors import NotEstimable
from perennial.stats.pooled_tables import PooledTables, check_pooled, pooled_tables
from perennial.stats.result import Result
from perennial.stats.stratified_tests import association, homogeneity, rates_association


def mantel_haenszel(
    ai: ArrayLike,
    n1i: ArrayLike,
    ci: ArrayLike,
    n2i: ArrayLike,
    measure: str = "OR",
    correction: Correction = NO_CORRECTION,
    drop_uninformative: bool = False,
    level: float = 0.95,
    effects_correction: Correction = HALF_WHERE_ZERO,
) -> PooledTables:
    """Pool k >= 1 studies with `ai` of `n1i` and `ci` of `n2i` events by `measure` "OR", "RR" or "RD".

    Mantel & Haenszel (1959, J Natl Cancer Inst 22:719) with the variances of Robins, Breslow & Greenland (1986,
    Biometrics 42:311) for OR, Greenland & Robins (1985, Biometrics 41:55) for RR, Sato, Greenland & Robins (1989,
    Biometrics 45:1323) for RD. `correction` and `drop_uninformative` concern the cells that are summed. Q is about the
    pooled value, over the studies' own estimates under `effects_correction`, those in which nobody or everybody had the
    event left out. Raises NotEstimable where the pooled value or its error does not exist.
    """
    pool, own = _of_known(measure, _TWO_ARMS)
    table, warnings = two_by_two.one_analysis(ai, n1i, ci, n2i)
    if drop_uninformative:
        table = table.of(~table.uninformative)
    if table.a.size == 0:
        raise NotEstimable("no study to pool")
    each = own(table.a, table.n1, table.c, table.n2, effects_correction, drop_uninformative=True)
    table = table.plus(correction.added(table.has_zero))
    with np.errstate(divide="ignore", invalid="ignore"):
        mean, variance, weights = pool(table)
    check_pooled(measure, mean, variance)
    if measure != "OR":
        return pooled_tables(mean, variance, weights, each, level, warnings)
    same = homogeneity(table, float(np.exp(mean)))
    return pooled_tables(mean, variance, weights, each, level, warnings, None, association(table), same)


def mantel_haenszel_rates(
    x1i: ArrayLike,
    t1i: ArrayLike,
    x2i: ArrayLike,
    t2i: ArrayLike,
    measure: str = "IRR",
    correction: Correction = NO_CORRECTION,
    drop_uninformative: bool = False,
    level: float = 0.95,
    effects_correction: Correction = HALF_WHERE_ZERO,
) -> PooledTables:
    """Pool k >= 1 studies with `x1i` events in time `t1i` and `x2i` in `t2i` by `measure` "IRR" or "IRD".

    Rothman, Greenland & Lash (2008, Modern Epidemiology, chapter 15), variances of Greenland & Robins (1985, Biometrics
    41:55). The other arguments are those of `mantel_haenszel`; uninformative is a study without any event.
    """
    pool, own = _of_known(measure, _TWO_RATES)
    (x1, t1, x2, t2), warnings = rates.one_analysis(x1i, t1i, x2i, t2i)
    if drop_uninformative:
        x1, t1, x2, t2 = (values[x1 + x2 > 0] for values in (x1, t1, x2, t2))
    if x1.size == 0:
        raise NotEstimable("no study to pool")
    each = own(x1, t1, x2, t2, effects_correction, drop_uninformative=True)
    added = correction.added((x1 == 0) | (x2 == 0))
    x1, x2 = x1 + added, x2 + added
    with np.errstate(divide="ignore", invalid="ignore"):
        mean, variance, weights = pool(x1, t1, x2, t2)
    check_pooled(measure, mean, variance)
    test = rates_association(x1, t1, x2, t2) if measure == "IRR" else None
    return pooled_tables(mean, variance, weights, each, level, warnings, None, test)


@dataclass(frozen=True, eq=False)
class PooledMany(Result):
    """Pooled means with standard errors on the scale of the measure, one an analysis, masked where there is none."""

    measure: str
    k: NDArray[np.int_]
    mean: np.ma.MaskedArray
    se: np.ma.MaskedArray


def mantel_haenszel_many(
    ai: ArrayLike,
    n1i: ArrayLike,
    ci: ArrayLike,
    n2i: ArrayLike,
    measure: str = "OR",
    correction: Correction = NO_CORRECTION,
) -> PooledMany:
    """`mantel_haenszel` of many analyses at once: arrays (analyses x studies), nan where a study is absent."""
    pool, _ = _of_known(measure, _TWO_ARMS)
    table = two_by_two.cells(ai, n1i, ci, n2i)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean, variance, _ = pool(table.plus(correction.added(table.has_zero)))
    none = ~(np.isfinite(mean) & np.isfinite(variance) & (variance > 0))
    mean, se = np.where(none, 0.0, mean), np.sqrt(np.where(none, 1.0, variance))
    k = (~table.absent).sum(axis=-1)
    return PooledMany(measure, k, np.ma.array(mean, mask=none), np.ma.array(se, mask=none))


# Each gives the pooled value, its variance and the studies' weights, over the last axis.


def _odds(t: Cells) -> tuple[Floats, Floats, Floats]:
    agree, differ = (t.a + t.d) / t.n, (t.b + t.c) / t.n
    r, s = t.a * t.d / t.n, t.b * t.c / t.n
    total_r, total_s = _sum(r), _sum(s)
    mixed = _sum(agree * s + differ * r) / (total_r * total_s)
    variance = (_sum(agree * r) / total_r**2 + mixed + _sum(differ * s) / total_s**2) / 2
    return np.log(total_r / total_s), variance, s


def _risks(t: Cells) -> tuple[Floats, Floats, Floats]:
    r, s = t.a * t.n2 / t.n, t.c * t.n1 / t.n
    variance = _sum((t.n1 * t.n2 * (t.a + t.c) - t.a * t.c * t.n) / t.n**2) / (_sum(r) * _sum(s))
    return np.log(_sum(r) / _sum(s)), variance, s


def _risk_gap(t: Cells) -> tuple[Floats, Floats, Floats]:
    w, share1, share2 = t.n1 * t.n2 / t.n, t.n1 / t.n, t.n2 / t.n
    mean = _sum(t.a * share2 - t.c * share1) / _sum(w)
    first = mean * _sum(t.c * share1**2 - t.a * share2**2 + share1 * share2 * (t.n2 - t.n1) / 2)
    second = _sum((t.a * t.d + t.c * t.b) / t.n) / 2
    # What is left of two terms that cancel is rounding, not a variance.
    left = np.where(first + second > 1e-12 * second, first + second, 0.0)
    return mean, left / _sum(w) ** 2, w


def _rates(x1: Floats, t1: Floats, x2: Floats, t2: Floats) -> tuple[Floats, Floats, Floats]:
    t = t1 + t2
    r, s = x1 * t2 / t, x2 * t1 / t
    return np.log(_sum(r) / _sum(s)), _sum(t1 * t2 / t**2 * (x1 + x2)) / (_sum(r) * _sum(s)), s


def _rate_gap(x1: Floats, t1: Floats, x2: Floats, t2: Floats) -> tuple[Floats, Floats, Floats]:
    w = t1 * t2 / (t1 + t2)
    mean = _sum(w * (x1 / t1 - x2 / t2)) / _sum(w)
    return mean, _sum(w**2 * (x1 / t1**2 + x2 / t2**2)) / _sum(w) ** 2, w


_TWO_ARMS = {
    "OR": (_odds, two_by_two.odds_ratio),
    "RR": (_risks, two_by_two.risk_ratio),
    "RD": (_risk_gap, two_by_two.risk_difference),
}
_TWO_RATES = {"IRR": (_rates, rates.rate_ratio), "IRD": (_rate_gap, rates.rate_difference)}


def _of_known(measure: str, known: dict[str, tuple[Callable, Callable]]) -> tuple[Callable, Callable]:
    if measure not in known:
        raise ValueError(f"measure must be one of {', '.join(known)}, got {measure!r}")
    return known[measure]


def _sum(values: Floats) -> Floats:
    """Over the studies, absent ones apart."""
    return np.nansum(values, axis=-1)
