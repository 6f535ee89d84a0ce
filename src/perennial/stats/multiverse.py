"""The multiverse of defensible models for a pooled proportion, as one specification curve.

Steegen, Tuerlinckx, Gelman & Vanpaemel (2016, Perspect Psychol Sci 11:702) for the multiverse; Simonsohn, Simmons &
Nelson (2020, Nat Hum Behav 4:1208) for the curve.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import ArrayLike

from perennial.stats.back_transformation import back_transform_proportion
from perennial.stats.batches import INTERVALS
from perennial.stats.errors import NotEstimable
from perennial.stats.glmm import fit_binomial_normal
from perennial.stats.proportions import TRANSFORMATIONS, check_counts, said_of_correction
from perennial.stats.random_effects import random_effects
from perennial.stats.result import Result, counted, percent
from perennial.stats.tau2 import METHODS

GLMM = "glmm"


@dataclass(frozen=True)
class Specification(Result):
    """One way through the choices, and what it gives (as fractions; `tau2` on the scale of the measure).

    `measure` is a transformation or "glmm", whose `tau2_method` is always "ML". Where there is no estimate `reason`
    says why.
    """

    measure: str
    tau2_method: str
    interval: str
    rule: str
    k: int
    estimate: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    tau2: float | None = None
    reason: str | None = None
    warnings: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return f"{self.measure}, {self.tau2_method}, {self.interval}, {self.rule}"


@dataclass(frozen=True)
class SpecificationCurve(Result):
    """All specifications: those with an estimate sorted by it, the others with their reasons, in the order asked for.

    `low`, `median` and `high` are of the estimates, `ci_low` and `ci_high` the ends of all their intervals together;
    None where nothing was estimable. The share of specifications says nothing about how likely they are right.
    """

    curve: tuple[Specification, ...]
    not_estimable: tuple[Specification, ...]
    level: float
    low: float | None
    median: float | None
    high: float | None
    ci_low: float | None
    ci_high: float | None

    def summary(self) -> str:
        count = counted(len(self.curve), "specification", "specifications")
        count += f", {len(self.not_estimable)} not estimable"
        if not self.curve:
            return count
        return (
            f"{count}: estimates {self.low:.4g} to {self.high:.4g} (median {self.median:.4g}), "
            f"{percent(self.level)} intervals from {self.ci_low:.4g} to {self.ci_high:.4g}\n"
            f"lowest: {self.curve[0].name}\nhighest: {self.curve[-1].name}"
        )


def specification_curve(
    events: ArrayLike,
    n: ArrayLike,
    measures: Sequence[str] = (*TRANSFORMATIONS, GLMM),
    tau2_methods: Sequence[str] = METHODS,
    intervals: Sequence[str] = INTERVALS,
    rules: Mapping[str, Sequence[bool]] | None = None,
    level: float = 0.95,
    quadrature_points: int = 7,
) -> SpecificationCurve:
    """Pool `events` of `n` (length k >= 0) by every combination of measure, tau2 estimator, interval and rule.

    `measures` are names of `TRANSFORMATIONS` or "glmm", which is fitted by maximum likelihood only, hence once for each
    interval and rule, and has no Hartung-Knapp interval. `tau2_methods` as in `estimate_tau2`, `intervals` as in
    `random_effects`. `rules` says for each inclusion rule by its name which studies it includes; None is all of them.
    Raises ValueError for a choice that does not exist, or a rule that does not speak of every study; a specification
    that cannot be computed is listed with its reason.
    """
    events, n = check_counts(events, n)
    for chosen, known in ((measures, (*TRANSFORMATIONS, GLMM)), (tau2_methods, METHODS), (intervals, INTERVALS)):
        if unknown := [name for name in chosen if name not in known]:
            raise ValueError(f"no such choice: {', '.join(map(str, unknown))}; there are {', '.join(known)}")
    chosen = {name: np.asarray(rule, dtype=bool) for name, rule in (rules or {"all": np.ones(len(n), bool)}).items()}
    for name, rule in chosen.items():
        if rule.shape != n.shape:
            raise ValueError(f"the rule {name!r} must say of each of {len(n)} studies whether it is in")

    found = []
    for rule, measure in product(chosen, measures):
        for tau2, interval in product(["ML"] if measure == GLMM else tau2_methods, intervals):
            included = chosen[rule]
            spec = (measure, tau2, interval, rule, int(included.sum()))
            try:
                values = _fit(events[included], n[included], measure, tau2, interval, level, quadrature_points)
                found.append(Specification(*spec, **values))
            except NotEstimable as reason:
                found.append(Specification(*spec, reason=str(reason)))
    curve = sorted((each for each in found if each.reason is None), key=lambda each: each.estimate)
    rest = tuple(each for each in found if each.reason is not None)
    if not curve:
        return SpecificationCurve((), rest, level, None, None, None, None, None)
    estimates = [each.estimate for each in curve]
    ends = min(each.ci_low for each in curve), max(each.ci_high for each in curve)
    return SpecificationCurve(
        tuple(curve), rest, level, estimates[0], float(np.median(estimates)), estimates[-1], *ends
    )


def _fit(events, n, measure: str, tau2: str, interval: str, level: float, points: int) -> dict:
    if len(n) < 2:
        raise NotEstimable(f"nothing to pool: {counted(len(n))}")
    said = ()
    if measure == GLMM:
        if interval not in ("wald", "t"):
            raise NotEstimable("Hartung-Knapp intervals are for two-step models; the GLMM has wald and t")
        fit = fit_binomial_normal(events, n, points, interval=interval, level=level)
        back = back_transform_proportion(fit.mean, fit.ci_low, fit.ci_high, events, n, "logit")
    else:
        scale = TRANSFORMATIONS[measure]
        fit = random_effects(*scale.effects(events, n), tau2, interval, level)
        said = said_of_correction(events, n, scale.correction)
        back = back_transform_proportion(fit.mean, fit.ci_low, fit.ci_high, events, n, measure)
    return {
        "estimate": back.estimate,
        "ci_low": back.ci_low,
        "ci_high": back.ci_high,
        "tau2": fit.tau2,
        "warnings": (*fit.warnings, *said, *back.warnings),
    }
