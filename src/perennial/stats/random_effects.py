"""Inverse-variance pooling of estimates with known sampling variances: a common effect, or random effects."""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import ArrayLike, NDArray

from perennial.stats.batches import random_effects_many, weights
from perennial.stats.errors import NotEstimable
from perennial.stats.heterogeneity import Heterogeneity
from perennial.stats.quadratic_forms import check_effects
from perennial.stats.result import Result, counted, percent
from perennial.stats.tau2 import name_of

Floats = NDArray[np.float64]

ALONE = "one study: its own estimate, nothing is pooled"
NARROW = "the Hartung-Knapp interval is narrower than the Wald interval; see the ad hoc variant"


@dataclass(frozen=True)
class RandomEffects(Result):
    """A pooled mean on the scale of the estimates.

    `df` is None where the interval is by the normal distribution; `p` is of the hypothesis that the mean is zero;
    `weights` are percentages of the total; `tau2` is on the squared scale, found by `method` ("CE": a common effect,
    zero by assumption; "known": given).
    """

    mean: float
    se: float
    df: int | None
    ci_low: float
    ci_high: float
    tau2: float
    heterogeneity: Heterogeneity
    weights: Floats
    k: int
    p: float
    method: str
    interval: str
    level: float
    warnings: tuple[str, ...] = ()

    def summary(self) -> str:
        by = "normal" if self.df is None else f"t with {self.df} df"
        bounds = f"{percent(self.level)} interval {self.ci_low:.4g} to {self.ci_high:.4g} ({self.interval}, {by})"
        lines = [f"mean {self.mean:.4g}, {bounds}", f"{counted(self.k)}, tau2 {self.tau2:.4g} ({self.method})"]
        if self.k > 1:
            lines.append(self.heterogeneity.summary())
        return "\n".join([*lines, *self.warnings])


def random_effects(
    yi: ArrayLike, vi: ArrayLike, tau2: str | float = "REML", interval: str = "wald", level: float = 0.95
) -> RandomEffects:
    """Pool `yi` with sampling variances `vi` (each of length k >= 2, vi > 0).

    `tau2` is a method of `estimate_tau2`, or a known value, 0 for a common effect, with which one study is enough.
    `interval` is "wald" (normal), "t" (k-1 degrees of freedom, the same standard error), "hartung_knapp" (t with k-1;
    Hartung & Knapp 2001, Stat Med 20:3875) or "hartung_knapp_adhoc", whose standard error is never below the Wald one
    (Knapp & Hartung 2003, Stat Med 22:2693; Rover et al 2015, BMC Med Res Methodol 15:99). Raises NotEstimable for too
    few studies, a variance that is not positive, or a Hartung-Knapp standard error of zero.
    """
    yi, vi = check_effects(yi, vi)
    k = len(yi)
    if isinstance(tau2, str) and k < 2:
        raise NotEstimable(f"between-study variance needs two studies or more, got {k}")
    if k == 0:
        raise NotEstimable("a mean needs a study or more, got none")
    fit = random_effects_many(yi[None], vi[None], tau2, interval, level)
    if k == 1 and interval != "wald":
        raise NotEstimable(f"one study: the interval ({interval}) has no degree of freedom")
    if np.isnan(fit.se[0]):
        raise NotEstimable("the estimates are all equal: the Hartung-Knapp standard error is zero")

    def values(*names: str) -> dict[str, float | None]:
        numbers = {name: getattr(fit, name)[0].item() for name in names}
        return {name: None if np.isnan(number) else number for name, number in numbers.items()}

    return RandomEffects(
        **values("k", "mean", "se", "ci_low", "ci_high", "p", "tau2"),
        df=None if np.isnan(fit.df[0]) else int(fit.df[0]),
        heterogeneity=Heterogeneity(**values(*(field.name for field in fields(Heterogeneity)))),
        weights=weights(vi, fit.tau2[0]),
        method=name_of(tau2),
        interval=interval,
        level=level,
        warnings=(ALONE,) if k == 1 else (NARROW,) if fit.narrow[0] else (),
    )


def common_effect(yi: ArrayLike, vi: ArrayLike, level: float = 0.95) -> RandomEffects:
    """Pool `yi` with sampling variances `vi` (length k >= 1) as estimates of one effect: weights 1/vi, normal interval.

    Hedges & Olkin (1985, chapter 6). One study gives its own estimate, and a warning. Raises NotEstimable without any.
    """
    return random_effects(yi, vi, 0.0, "wald", level)
