"""Peto's pooled odds ratio: observed less expected events, over their variance."""

from numpy.typing import ArrayLike

from perennial.stats.effects.corrections import NO_CORRECTION, Correction
from perennial.stats.effects.two_by_two import observed_minus_expected, one_analysis, peto_odds_ratio
from perennial.stats.errors import NotEstimable
from perennial.stats.pooled_tables import PooledTables, pooled_tables


def peto(
    ai: ArrayLike,
    n1i: ArrayLike,
    ci: ArrayLike,
    n2i: ArrayLike,
    correction: Correction = NO_CORRECTION,
    level: float = 0.95,
) -> PooledTables:
    """Pool k >= 1 studies with `ai` of `n1i` and `ci` of `n2i` events as one log odds ratio, sum(O - E)/sum(V).

    Yusuf et al (1985, Prog Cardiovasc Dis 27:335); metafor's `rma.peto`. Studies in which nobody or everybody had the
    event add nothing. Biased where arms are very unequal or the effect is large (Greenland & Salvan 1990, Stat Med
    9:247). Studies with a missing value are left out, with a warning. Raises NotEstimable where no study informs.
    """
    table, warnings = one_analysis(ai, n1i, ci, n2i)
    if table.a.size == 0:
        raise NotEstimable("no study to pool")
    table = table.plus(correction.added(table.has_zero))
    excess, variance = observed_minus_expected(table)
    total, informing = variance.sum(), variance > 0
    if not informing.any():
        raise NotEstimable("nobody or everybody had the event in every study: there is no odds ratio")
    mean = excess.sum() / total
    q = float(((excess[informing] - mean * variance[informing]) ** 2 / variance[informing]).sum())
    each = peto_odds_ratio(table.a, table.n1, table.c, table.n2)
    return pooled_tables(mean, 1 / total, variance, each, level, warnings, q)
