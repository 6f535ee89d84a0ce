"""The evidence as it stood after each date: the pooled mean of all studies so far, with its prediction interval."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from perennial.stats.distributions import critical_value
from perennial.stats.errors import NotEstimable
from perennial.stats.random_effects import random_effects
from perennial.stats.result import Result


@dataclass(frozen=True)
class EvidenceAt(Result):
    """What the `k` studies up to `date` gave, on the scale of the estimates; `added` are those new at that date.

    `df` is None for an interval by the normal distribution. With one study `estimate` is its own, and what needs two is
    None; `note` says what there is to say of the step.
    """

    date: Any
    added: tuple[str, ...]
    k: int
    estimate: float
    se: float
    df: int | None
    ci_low: float
    ci_high: float
    pi_low: float | None = None
    pi_high: float | None = None
    tau2: float | None = None
    i2: float | None = None
    note: str | None = None


@dataclass(frozen=True)
class CumulativeEvidence(Result):
    """One step a date, oldest first, and what each of them was computed with."""

    steps: tuple[EvidenceAt, ...]
    tau2: str
    interval: str
    level: float
    warnings: tuple[str, ...] = ()

    def summary(self) -> str:
        rows = [f"cumulative random-effects analysis, tau2 by {self.tau2}, {self.interval} intervals"]
        for step in self.steps:
            row = f"{step.date}  k {step.k}: {step.estimate:.4g} ({step.ci_low:.4g} to {step.ci_high:.4g})"
            if step.pi_low is not None:
                row += f", prediction {step.pi_low:.4g} to {step.pi_high:.4g}"
            rows.append(row)
        return "\n".join([*rows, *self.warnings])


MANY_LOOKS = "the intervals of a cumulative analysis are not adjusted for looking repeatedly"


def cumulative_evidence(
    yi: ArrayLike,
    vi: ArrayLike,
    dates: Sequence[Any],
    labels: Sequence[str] | None = None,
    tau2: str = "REML",
    interval: str = "hartung_knapp",
    level: float = 0.95,
) -> CumulativeEvidence:
    """Pool `yi` with variances `vi` (length k >= 0) again after each of `dates`, which need only be sortable.

    Studies of one date enter together. `tau2`, `interval` and `level` as in `random_effects`; where Hartung-Knapp has
    no width because the estimates are equal, the step is by Wald and says so. The prediction interval is by t with k-1
    degrees of freedom (Higgins, Thompson & Spiegelhalter 2009, JRSS A 172:137, with k-1 for their k-2). The idea is of
    Lau et al (1992, N Engl J Med 327:248). Raises ValueError for unequal lengths, NotEstimable for a bad variance.
    """
    yi, vi = np.asarray(yi, dtype=float), np.asarray(vi, dtype=float)
    labels = [str(number) for number in range(1, len(yi) + 1)] if labels is None else list(labels)
    if yi.ndim != 1 or not len(yi) == len(vi) == len(dates) == len(labels):
        raise ValueError("yi, vi, dates and labels must be lists of equal length")
    if not (np.all(np.isfinite(yi)) and np.all(np.isfinite(vi)) and np.all(vi > 0)):
        raise NotEstimable("every estimate must be finite and every sampling variance positive")
    if any(date is None or date != date or date == "" for date in dates):
        raise ValueError("every study needs a date")
    steps, so_far = [], []
    for date, group in groupby(sorted(range(len(yi)), key=lambda i: dates[i]), key=lambda i: dates[i]):
        new = list(group)
        so_far += new
        added = tuple(labels[i] for i in new)
        steps.append(_step(date, added, yi[so_far], vi[so_far], tau2, interval, level))
    warnings = ("no study",) if not steps else (MANY_LOOKS,) if len(steps) > 1 else ()
    return CumulativeEvidence(tuple(steps), tau2, interval, level, warnings)


def _step(date, added, yi, vi, tau2, interval, level) -> EvidenceAt:
    k = len(yi)
    if k == 1:
        estimate, se = float(yi[0]), float(vi[0] ** 0.5)
        half = critical_value(level) * se
        note = "one study: its own interval by the normal distribution"
        return EvidenceAt(date, added, k, estimate, se, None, estimate - half, estimate + half, note=note)
    try:
        fit = random_effects(yi, vi, tau2, interval, level)
        note = "; ".join(fit.warnings) or None
    except NotEstimable as reason:
        if interval == "wald":
            raise
        fit, note = random_effects(yi, vi, tau2, "wald", level), f"Wald interval: {reason}"
    spread = critical_value(level, k - 1) * (fit.tau2 + fit.se**2) ** 0.5
    return EvidenceAt(
        date,
        added,
        k,
        fit.mean,
        fit.se,
        fit.df,
        fit.ci_low,
        fit.ci_high,
        fit.mean - spread,
        fit.mean + spread,
        fit.tau2,
        fit.heterogeneity.i2,
        note,
    )
