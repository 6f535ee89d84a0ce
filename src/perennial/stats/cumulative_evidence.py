"""The evidence as it stood after each date: the pooled mean of all studies so far, with its prediction interval."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from perennial.stats.prediction import NO_VARIATION
from perennial.stats.quadratic_forms import check_effects
from perennial.stats.random_effects import NARROW
from perennial.stats.result import Result
from perennial.stats.sensitivity import Cumulative, cumulative
from perennial.stats.tau2 import name_of


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
    tau2: str | float = "REML",
    interval: str = "hartung_knapp",
    level: float = 0.95,
) -> CumulativeEvidence:
    """Pool `yi` with variances `vi` (length k >= 0) again after each of `dates`, which need only be sortable.

    It is `cumulative` by date: studies of one date enter together. `tau2`, `interval` and `level` as in
    `random_effects`; where Hartung-Knapp has no width because the estimates are equal, the step is by Wald and says so.
    The prediction interval is by t with k-1 degrees of freedom (see `prediction_interval`). The idea is of Lau et al
    (1992, N Engl J Med 327:248). Raises ValueError for unequal lengths, NotEstimable for a bad variance.
    """
    yi, vi = check_effects(yi, vi)
    labels = [str(number) for number in range(1, len(yi) + 1)] if labels is None else list(labels)
    if not len(yi) == len(dates) == len(labels):
        raise ValueError("yi, vi, dates and labels must be lists of equal length")
    if any(date is None or date != date or date == "" for date in dates):
        raise ValueError("every study needs a date")
    if not len(yi):
        return CumulativeEvidence((), name_of(tau2), interval, level, ("no study",))
    places = {date: place for place, date in enumerate(sorted(set(dates)))}
    order = [places[date] for date in dates]
    found = cumulative(yi, vi, order, tau2, interval, level)
    equal = np.isnan(found.fits.se)
    by_wald = cumulative(yi, vi, order, tau2, "wald", level) if equal.any() else found
    steps, before = [], 0
    for date, place in places.items():
        so_far = int(found.fits.k[place])
        added = tuple(labels[i] for i in found.order[before:so_far])
        steps.append(_step(date, added, by_wald if equal[place] else found, place, equal[place]))
        before = so_far
    return CumulativeEvidence(tuple(steps), name_of(tau2), interval, level, (MANY_LOOKS,) if len(steps) > 1 else ())


def _step(date: Any, added: tuple[str, ...], found: Cumulative, place: int, equal: bool) -> EvidenceAt:
    fits, k = found.fits, int(found.fits.k[place])
    mean, se, df, low, high, tau2, i2 = (
        float(each[place]) for each in (fits.mean, fits.se, fits.df, fits.ci_low, fits.ci_high, fits.tau2, fits.i2)
    )
    if k == 1:
        note = "one study: its own interval by the normal distribution"
        return EvidenceAt(date, added, k, mean, se, None, low, high, note=note)
    said = (
        (equal, "Wald interval: the estimates are all equal: the Hartung-Knapp standard error is zero"),
        (fits.narrow[place], NARROW),
        (tau2 == 0, NO_VARIATION),
    )
    note = "; ".join(what for holds, what in said if holds) or None
    bounds = low, high, float(found.pi_low[place]), float(found.pi_high[place])
    return EvidenceAt(date, added, k, mean, se, None if np.isnan(df) else int(df), *bounds, tau2, i2, note)
