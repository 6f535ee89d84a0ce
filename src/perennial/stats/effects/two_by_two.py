"""Two arms with counts of events: odds ratio, risk ratio, risk difference, arcsine difference, Peto's odds ratio.

`ai` of `n1i` in the first arm had the event and `ci` of `n2i` in the second, each with the studies of an analysis along
its last axis and nan where a study is absent. A positive effect is more events in the first arm. Every function raises
ValueError for counts out of range. With `drop_uninformative`, studies in which nobody or everybody had the event have
no estimate (metafor's `drop00`).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from perennial.stats.effects.corrections import HALF_WHERE_ZERO, NO_CORRECTION, Correction
from perennial.stats.effects.estimates import ABSENT, Effects, effects
from perennial.stats.effects.inputs import Floats, Mask, aligned, left_out, not_whole, one_axis, require

UNINFORMATIVE = "nobody or everybody had the event in both arms"
ZERO_CELL = "a cell is zero"


@dataclass(frozen=True)
class Cells:
    """The four cells: with and without the event in the first arm, then in the second."""

    a: Floats
    b: Floats
    c: Floats
    d: Floats

    @property
    def n1(self) -> Floats:
        return self.a + self.b

    @property
    def n2(self) -> Floats:
        return self.c + self.d

    @property
    def n(self) -> Floats:
        return self.n1 + self.n2

    @property
    def absent(self) -> Mask:
        return np.isnan(self.a)

    @property
    def uninformative(self) -> Mask:
        return ((self.a == 0) & (self.c == 0)) | ((self.b == 0) & (self.d == 0))

    @property
    def has_zero(self) -> Mask:
        return (self.a == 0) | (self.b == 0) | (self.c == 0) | (self.d == 0)

    def of(self, mask: Mask) -> "Cells":
        return Cells(self.a[mask], self.b[mask], self.c[mask], self.d[mask])

    def without(self, mask: Mask) -> "Cells":
        """The same with the studies of the mask absent."""
        return Cells(*(np.where(mask, np.nan, cell) for cell in (self.a, self.b, self.c, self.d)))

    def plus(self, amount: Floats) -> "Cells":
        return Cells(self.a + amount, self.b + amount, self.c + amount, self.d + amount)


def cells(ai: ArrayLike, n1i: ArrayLike, ci: ArrayLike, n2i: ArrayLike) -> Cells:
    """The tables of two arms, checked: n >= 1 and 0 <= events <= n in both."""
    ai, n1i, ci, n2i = aligned(ai=ai, n1i=n1i, ci=ci, n2i=n2i)
    for events, n, names in ((ai, n1i, "0 <= ai <= n1i, n1i >= 1"), (ci, n2i, "0 <= ci <= n2i, n2i >= 1")):
        require(np.isnan(n) | ((n >= 1) & (events >= 0) & (events <= n)), f"counts must satisfy {names}")
    return Cells(ai, n1i - ai, ci, n2i - ci)


def one_analysis(ai: ArrayLike, n1i: ArrayLike, ci: ArrayLike, n2i: ArrayLike) -> tuple[Cells, tuple[str, ...]]:
    """The tables of one analysis without the absent studies, and warnings about them and about fractional counts."""
    table = cells(ai, n1i, ci, n2i)
    one_axis(table.a)
    warnings = (*left_out(table.absent), *not_whole(table.a, table.b, table.c, table.d))
    return table.of(~table.absent), warnings


@dataclass(frozen=True)
class _Prepared:
    table: Cells
    corrected: Mask
    undefined: dict[str, Mask]
    warnings: tuple[str, ...]

    def effects(self, measure: str, label: str, scale: str, yi: Floats, vi: Floats) -> Effects:
        return effects(measure, label, scale, yi, vi, self.corrected, self.undefined, self.warnings)


def _prepare(ai, n1i, ci, n2i, correction: Correction, drop_uninformative: bool, zero_cell: str | None) -> _Prepared:
    """Corrected cells; `zero_cell` names the cells whose zero leaves the measure without a finite value."""
    raw = cells(ai, n1i, ci, n2i)
    undefined = {ABSENT: raw.absent}
    if drop_uninformative:
        undefined[UNINFORMATIVE] = raw.uninformative
    # Studies without an estimate count neither as studies with a zero nor as corrected.
    kept = raw.without(raw.uninformative) if drop_uninformative else raw
    added = correction.added(kept.has_zero)
    table = kept.plus(added)
    if zero_cell:
        undefined[ZERO_CELL] = np.logical_or.reduce([getattr(table, cell) == 0 for cell in zero_cell])
    return _Prepared(table, added > 0, undefined, not_whole(raw.a, raw.b, raw.c, raw.d))


def odds_ratio(
    ai: ArrayLike,
    n1i: ArrayLike,
    ci: ArrayLike,
    n2i: ArrayLike,
    correction: Correction = HALF_WHERE_ZERO,
    drop_uninformative: bool = False,
) -> Effects:
    """Log odds ratio with Woolf's variance 1/a + 1/b + 1/c + 1/d (Woolf 1955, Ann Hum Genet 19:251).

    A study with a zero cell has no value unless it is corrected.
    """
    ready = _prepare(ai, n1i, ci, n2i, correction, drop_uninformative, "abcd")
    t = ready.table
    with np.errstate(divide="ignore", invalid="ignore"):
        yi, vi = np.log(t.a / t.b) - np.log(t.c / t.d), 1 / t.a + 1 / t.b + 1 / t.c + 1 / t.d
    return ready.effects("OR", "log odds ratio", "log", yi, vi)


def risk_ratio(
    ai: ArrayLike,
    n1i: ArrayLike,
    ci: ArrayLike,
    n2i: ArrayLike,
    correction: Correction = HALF_WHERE_ZERO,
    drop_uninformative: bool = False,
) -> Effects:
    """Log risk ratio with variance 1/a - 1/n1 + 1/c - 1/n2 (Katz et al 1978, Biometrics 34:469).

    Corrected cells belong to their arms, which grow by twice the amount. A study without events in an arm has no value
    unless it is corrected.
    """
    ready = _prepare(ai, n1i, ci, n2i, correction, drop_uninformative, "ac")
    t = ready.table
    with np.errstate(divide="ignore", invalid="ignore"):
        yi, vi = np.log(t.a / t.n1) - np.log(t.c / t.n2), t.b / (t.a * t.n1) + t.d / (t.c * t.n2)
    return ready.effects("RR", "log risk ratio", "log", yi, vi)


def risk_difference(
    ai: ArrayLike,
    n1i: ArrayLike,
    ci: ArrayLike,
    n2i: ArrayLike,
    correction: Correction = HALF_WHERE_ZERO,
    drop_uninformative: bool = False,
) -> Effects:
    """Risk difference, as a fraction, with variance p1(1-p1)/n1 + p2(1-p2)/n2 (Newcombe 1998, Stat Med 17:873, eq 1).

    The default corrects the difference of studies with a zero cell too, as metafor does. Uncorrected it exists always,
    but its variance is zero where both proportions are 0 or 1.
    """
    ready = _prepare(ai, n1i, ci, n2i, correction, drop_uninformative, None)
    t = ready.table
    return ready.effects(
        "RD", "risk difference", "identity", t.a / t.n1 - t.c / t.n2, t.a * t.b / t.n1**3 + t.c * t.d / t.n2**3
    )


def arcsine_difference(
    ai: ArrayLike, n1i: ArrayLike, ci: ArrayLike, n2i: ArrayLike, drop_uninformative: bool = False
) -> Effects:
    """Difference of arcsine square roots, in radians (Rucker et al 2009, Stat Med 28:721).

    The variance is 1/(4 n1) + 1/(4 n2). It needs no correction and takes none.
    """
    ready = _prepare(ai, n1i, ci, n2i, NO_CORRECTION, drop_uninformative, None)
    t = ready.table
    yi = np.arcsin(np.sqrt(t.a / t.n1)) - np.arcsin(np.sqrt(t.c / t.n2))
    return ready.effects("AS", "arcsine difference", "identity", yi, 1 / (4 * t.n1) + 1 / (4 * t.n2))


def peto_odds_ratio(
    ai: ArrayLike,
    n1i: ArrayLike,
    ci: ArrayLike,
    n2i: ArrayLike,
    correction: Correction = NO_CORRECTION,
    drop_uninformative: bool = False,
) -> Effects:
    """Peto's log odds ratio (O - E)/V with variance 1/V, V hypergeometric.

    Yusuf et al (1985, Prog Cardiovasc Dis 27:335). One zero cell needs no correction, so by default there is none
    (metafor's `escalc` adds 1/2 unless told not to). A study in which nobody or everybody had the event has no value.
    """
    ready = _prepare(ai, n1i, ci, n2i, correction, drop_uninformative, None)
    excess, variance = observed_minus_expected(ready.table)
    with np.errstate(divide="ignore", invalid="ignore"):
        ready.undefined[UNINFORMATIVE] = variance == 0
        return ready.effects("PETO", "Peto log odds ratio", "log", excess / variance, 1 / variance)


def observed_minus_expected(table: Cells) -> tuple[Floats, Floats]:
    """Events of the first arm less those expected given the margins, and their hypergeometric variance."""
    events, others, share = table.a + table.c, table.b + table.d, table.n1 / table.n
    variance = events * others * share * (table.n2 / table.n) / (table.n - 1)
    return table.a - events * share, variance
