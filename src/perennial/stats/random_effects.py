"""Inverse-variance pooling of estimates with known sampling variances: a common effect, or random effects."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from perennial.stats.batches import ManyEffects, random_effects_many, weights
from perennial.stats.errors import NotEstimable
from perennial.stats.heterogeneity import Heterogeneity, i2_from_q, i2_from_tau2
from perennial.stats.quadratic_forms import check_effects
from perennial.stats.result import Result

Floats = NDArray[np.float64]

__all__ = ["Heterogeneity", "RandomEffects", "common_effect", "i2_from_q", "i2_from_tau2", "random_effects"]


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
        found, percent = self.heterogeneity, f"{100 * self.level:g}%"
        by = "normal" if self.df is None else f"t with {self.df} df"
        lines = [
            f"mean {self.mean:.4g}, {percent} interval {self.ci_low:.4g} to {self.ci_high:.4g} ({self.interval}, {by})",
            f"{self.k} studies, tau2 {self.tau2:.4g} ({self.method})",
            f"I2 {found.i2:.1f}% from Q, {found.i2_tau2:.1f}% from tau2",
            f"Q {found.q:.4g} with {found.q_df} df" + ("" if found.q_p is None else f", P {found.q_p:.3g}"),
        ]
        return "\n".join([*lines, *self.warnings])


def random_effects(
    yi: ArrayLike, vi: ArrayLike, tau2: str | float = "REML", interval: str = "wald", level: float = 0.95
) -> RandomEffects:
    """Pool `yi` with sampling variances `vi` (each of length k >= 2, vi > 0).

    `tau2` is a method of `estimate_tau2`, or a known value, with which one study is enough. `interval` is "wald"
    (normal), "t" (k-1 degrees of freedom, the same standard error), "hartung_knapp" (t with k-1; Hartung & Knapp 2001,
    Stat Med 20:3875) or "hartung_knapp_adhoc", whose standard error is never below the Wald one (Knapp & Hartung 2003,
    Stat Med 22:2693; Rover et al 2015, BMC Med Res Methodol 15:99). Raises NotEstimable for fewer than two studies, a
    variance that is not positive, or a Hartung-Knapp standard error of zero.
    """
    yi, vi = check_effects(yi, vi)
    if len(yi) < (2 if isinstance(tau2, str) else 1):
        raise NotEstimable(f"between-study variance needs two studies or more, got {len(yi)}")
    fit = random_effects_many(yi[None], vi[None], tau2, interval, level)
    if np.isnan(fit.se[0]):
        raise NotEstimable("the estimates are all equal: the Hartung-Knapp standard error is zero")
    narrower = ()
    if interval == "hartung_knapp":
        wald = random_effects_many(yi[None], vi[None], float(fit.tau2[0]), "wald", level)
        if fit.ci_high[0] - fit.ci_low[0] < wald.ci_high[0] - wald.ci_low[0]:
            narrower = ("the Hartung-Knapp interval is narrower than the Wald interval; see hartung_knapp_adhoc",)
    return _only(fit, vi, tau2 if isinstance(tau2, str) else "known", interval, level, narrower)


def common_effect(yi: ArrayLike, vi: ArrayLike, level: float = 0.95) -> RandomEffects:
    """Pool `yi` with sampling variances `vi` (length k >= 1) as estimates of one effect: weights 1/vi, normal interval.

    Hedges & Olkin (1985, chapter 6). One study gives its own estimate, and a warning. Raises NotEstimable without any.
    """
    yi, vi = check_effects(yi, vi)
    if not len(yi):
        raise NotEstimable("a mean needs a study or more, got none")
    fit = random_effects_many(yi[None], vi[None], 0.0, "wald", level)
    alone = ("one study: its own estimate, nothing is pooled",) if len(yi) == 1 else ()
    return _only(fit, vi, "CE", "wald", level, alone)


def _only(
    fit: ManyEffects, vi: Floats, method: str, interval: str, level: float, warnings: tuple[str, ...]
) -> RandomEffects:
    def value(name: str) -> float | None:
        number = getattr(fit, name)[0].item()
        return None if np.isnan(number) else number

    found = Heterogeneity(**{name: value(name) for name in Heterogeneity.__dataclass_fields__})
    df = value("df")
    return RandomEffects(
        mean=value("mean"),
        se=value("se"),
        df=None if df is None else int(df),
        ci_low=value("ci_low"),
        ci_high=value("ci_high"),
        tau2=value("tau2"),
        heterogeneity=found,
        weights=weights(vi, fit.tau2[0]),
        k=int(fit.k[0]),
        p=value("p"),
        method=method,
        interval=interval,
        level=level,
        warnings=warnings,
    )
