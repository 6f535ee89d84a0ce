"""Two groups compared within each trial that has both, and the comparisons pooled.

Within a trial the groups share protocol, assessment and time, so that their contrast is free of differences between
trials; unless the groups were randomised, it is not free of differences between patients.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from perennial.stats.back_transformation import to_natural
from perennial.stats.distributions import critical_value
from perennial.stats.effects.estimates import Effects
from perennial.stats.effects.two_by_two import odds_ratio, risk_difference
from perennial.stats.errors import NotEstimable
from perennial.stats.mantel_haenszel import mantel_haenszel
from perennial.stats.prediction import prediction_interval
from perennial.stats.proportions import check_arms
from perennial.stats.random_effects import random_effects
from perennial.stats.result import Result

MEASURES = {"OR": odds_ratio, "RD": risk_difference}
POOLINGS = {
    "hartung_knapp": "REML, Hartung-Knapp",
    "hartung_knapp_adhoc": "REML, Hartung-Knapp with the ad hoc safeguard",
    "wald": "REML, Wald",
}
ALLOCATION = {
    "no": ("the groups were not randomised: a difference between them need not be due to what defines them",),
    "some": ("not every trial randomised the groups: there a difference need not be due to what defines them",),
    "yes": (),
}
"""What must be said, by whether the groups were randomised."""


@dataclass(frozen=True)
class TrialContrast(Result):
    """First group against second in one trial, on the natural scale of the measure (odds ratio, or difference).

    `yi` and `vi` are the effect and its variance on the scale of analysis (log odds ratio, or difference); None, with
    the reason in `note`, where the trial has none.
    """

    label: str
    events1: int
    n1: int
    events2: int
    n2: int
    yi: float | None
    vi: float | None
    estimate: float | None
    ci_low: float | None
    ci_high: float | None
    note: str = ""


@dataclass(frozen=True)
class PooledContrast(Result):
    """A pooled contrast by one method, natural scale; where there is none `reason` says why.

    `p` tests no difference; `df` is None for the normal distribution; `pi_*` by t with k-1; `tau2` is on the squared
    scale of analysis, None for a method that assumes a common effect; `i2` is a percentage, from Q.
    """

    method: str
    k: int
    estimate: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    p: float | None = None
    df: int | None = None
    tau2: float | None = None
    i2: float | None = None
    pi_low: float | None = None
    pi_high: float | None = None
    reason: str | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class WithinTrialMeasure(Result):
    """Every trial by one measure, and the poolings.

    `main` names the one to read first: "hartung_knapp", or its ad hoc variant where the plain one is narrower than Wald
    or has no width. The others show what hangs on the method.
    """

    measure: str
    main: str
    trials: tuple[TrialContrast, ...]
    hartung_knapp: PooledContrast
    hartung_knapp_adhoc: PooledContrast
    wald: PooledContrast
    mantel_haenszel: PooledContrast

    @property
    def pooled(self) -> tuple[PooledContrast, ...]:
        return self.hartung_knapp, self.hartung_knapp_adhoc, self.wald, self.mantel_haenszel

    def summary(self) -> str:
        rows = [self.measure]
        for it in self.trials:
            counts = f"{it.events1}/{it.n1} against {it.events2}/{it.n2}"
            rows.append(f"  {it.label}: {counts}  {_shown(it)} {it.note}".rstrip())
        for it in self.pooled:
            first = " (read first)" if it is getattr(self, self.main) else ""
            rows += [f"  {it.method}{first}: {_shown(it)}", *(f"    {warning}" for warning in it.warnings)]
        return "\n".join(rows)


@dataclass(frozen=True)
class WithinTrial(Result):
    """The comparison as odds ratio and as risk difference (a fraction)."""

    odds_ratio: WithinTrialMeasure
    risk_difference: WithinTrialMeasure
    level: float
    warnings: tuple[str, ...] = ()

    def summary(self) -> str:
        return "\n".join([self.odds_ratio.summary(), self.risk_difference.summary(), *self.warnings])


def within_trial(
    events1: ArrayLike,
    n1: ArrayLike,
    events2: ArrayLike,
    n2: ArrayLike,
    labels: Sequence[str] | None = None,
    level: float = 0.95,
    randomised: str = "no",
) -> WithinTrial:
    """Compare `events1` of `n1` with `events2` of `n2`, the two groups of each of k >= 0 trials.

    Each trial by Woolf's odds ratio and the risk difference, 1/2 added to the cells of a trial with a zero (metafor's
    default); a trial in which nobody or everybody had the event has no odds ratio. Pooled by random effects (REML) with
    the Hartung-Knapp interval (Hartung & Knapp 2001, Stat Med 20:3875), plain and with the ad hoc safeguard (Knapp &
    Hartung 2003, Stat Med 22:2693), with the Wald interval, and by Mantel & Haenszel (1959) on the counts as they are.
    `randomised` says whether the trials allocated to the groups by chance: "yes", "no", or "some" of them. Raises
    ValueError for impossible counts; what is not estimable is stated in its place.
    """
    if randomised not in ALLOCATION:
        raise ValueError(f"randomised must be one of {', '.join(ALLOCATION)}, got {randomised!r}")
    arms = check_arms(events1, n1, events2, n2)
    k = len(arms[0])
    labels = [str(number) for number in range(1, k + 1)] if labels is None else list(labels)
    if len(labels) != k:
        raise ValueError(f"there must be a label for each of {k} trials, got {len(labels)}")
    results = [_measure(name, arms, labels, level) for name in MEASURES]
    return WithinTrial(*results, level, _warnings(k, randomised))


def _measure(name: str, arms, labels: Sequence[str], level: float) -> WithinTrialMeasure:
    found = MEASURES[name](*arms, drop_uninformative=name == "OR")
    z, trials = critical_value(level), []
    for row in zip(labels, *arms, found.yi, found.vi, found.notes, strict=True):
        label, (*counts, y, v), note = row[0], row[1:-1], row[-1]
        bounds = [None] * 5
        if np.isfinite(y):
            half = z * v**0.5
            bounds = [float(y), float(v), *(float(to_natural(at, found.scale)) for at in (y, y - half, y + half))]
        trials.append(TrialContrast(label, *map(int, counts), *bounds, note))
    plain, adhoc, wald = (_pool(found, interval, level) for interval in POOLINGS)
    narrow = plain.estimate is None or plain.ci_high - plain.ci_low < wald.ci_high - wald.ci_low
    main = "hartung_knapp_adhoc" if narrow and adhoc.estimate is not None else "hartung_knapp"
    return WithinTrialMeasure(name, main, tuple(trials), plain, adhoc, wald, _mantel_haenszel(name, arms, level))


def _pool(found: Effects, interval: str, level: float) -> PooledContrast:
    yi, vi = found.usable()
    k = len(yi)
    try:
        fit = random_effects(yi, vi, "REML", interval, level)
    except NotEstimable as reason:
        return PooledContrast(POOLINGS[interval], k, reason=str(reason))
    predicted = prediction_interval(fit.mean, fit.se, fit.tau2, k, level=level)
    ends = np.array([fit.mean, fit.ci_low, fit.ci_high, predicted.low, predicted.high])
    cut = ()
    if found.measure == "RD" and np.abs(ends).max() > 1:
        ends, cut = np.clip(ends, -1, 1), ("bounds beyond -1 and 1 were cut",)
    with np.errstate(over="ignore"):  # an odds ratio without a bound is infinite, not an error
        natural = to_natural(ends, found.scale).tolist()
    return PooledContrast(
        POOLINGS[interval],
        k,
        *natural[:3],
        fit.p,
        fit.df,
        fit.tau2,
        fit.heterogeneity.i2,
        *natural[3:],
        warnings=(*fit.warnings, *predicted.warnings, *cut),
    )


def _mantel_haenszel(measure: str, arms, level: float) -> PooledContrast:
    name, k = "Mantel-Haenszel, common effect", len(arms[0])
    try:
        fit = mantel_haenszel(*arms, measure=measure, level=level)
    except NotEstimable as reason:
        return PooledContrast(name, k, reason=str(reason))
    return PooledContrast(
        name, fit.k, fit.estimate, fit.estimate_low, fit.estimate_high, fit.p, i2=fit.i2, warnings=fit.warnings
    )


def _warnings(k: int, randomised: str) -> tuple[str, ...]:
    if k == 0:
        return ("no trial has both groups",)
    few = {
        1: "one trial: its own comparison is all there is",
        2: "two trials: between-trial variance cannot be told from chance and Hartung-Knapp has one degree of freedom; "
        "Wald and Mantel-Haenszel are too narrow if the trials differ",
        3: "three trials: between-trial variance is all but unknown; Wald and Mantel-Haenszel are too narrow if the "
        "trials differ, and so is plain Hartung-Knapp where they agree by chance",
    }
    return (*((few[k],) if k in few else ()), *ALLOCATION[randomised])


def _shown(it: TrialContrast | PooledContrast) -> str:
    if it.estimate is None:
        return "not estimable" + (f": {it.reason}" if isinstance(it, PooledContrast) else "")
    return f"{it.estimate:.4g} ({it.ci_low:.4g} to {it.ci_high:.4g})"
