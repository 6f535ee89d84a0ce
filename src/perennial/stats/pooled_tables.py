"""What Mantel-Haenszel and Peto pooling come to."""

from dataclasses import dataclass

import numpy as np

from perennial.stats.distributions import chi2_p, critical_value, two_sided_p
from perennial.stats.effects.estimates import Effects
from perennial.stats.effects.inputs import Floats, studies
from perennial.stats.errors import NotEstimable
from perennial.stats.heterogeneity import Heterogeneity, i2_from_q
from perennial.stats.result import Result, counted, percent
from perennial.stats.stratified_tests import Association, Homogeneity


@dataclass(frozen=True)
class PooledTables(Result):
    """A pooled effect of two arms under one common effect.

    `mean`, `se` and interval are on `scale` ("log" for ratios, else "identity"); `estimate` and its bounds are the same
    on the natural scale. `k` studies were pooled, `k_effects` of them have an estimate of their own and count in `q`;
    `i2` is a percentage; `weights` are percentages in the order of the studies pooled.
    """

    measure: str
    scale: str
    k: int
    mean: float
    se: float
    z: float
    p: float
    ci_low: float
    ci_high: float
    level: float
    estimate: float
    estimate_low: float
    estimate_high: float
    k_effects: int
    q: float
    q_df: int
    q_p: float | None
    i2: float
    h2: float | None
    weights: tuple[float, ...]
    association: Association | None = None
    homogeneity: Homogeneity | None = None
    warnings: tuple[str, ...] = ()

    def summary(self) -> str:
        bounds = f"{percent(self.level)} interval {self.estimate_low:.4g} to {self.estimate_high:.4g}"
        line = f"{self.measure} {self.estimate:.4g}, {bounds}, P = {self.p:.3g}, {counted(self.k)}"
        spread = [Heterogeneity(self.q, self.q_df, self.q_p, self.i2, None).summary()] if self.q_df else []
        return "\n".join([line, *spread, *self.warnings])


def check_pooled(measure: str, mean: float, variance: float) -> None:
    """Raise NotEstimable where a pooled value or its standard error does not exist."""
    if not np.isfinite(mean):
        side = {-np.inf: "zero", np.inf: "infinite"}.get(float(mean), "undefined")
        raise NotEstimable(f"the pooled {measure} is {side}: too few events; `cmh_test` may still test the association")
    if not (np.isfinite(variance) and variance > 0):
        raise NotEstimable(
            f"the variance of the pooled {measure} is zero: no study has both events and others in an arm"
        )


def pooled_tables(
    mean: float,
    variance: float,
    weights: Floats,
    each: Effects,
    level: float,
    warnings: tuple[str, ...] = (),
    q: float | None = None,
    association: Association | None = None,
    homogeneity: Homogeneity | None = None,
) -> PooledTables:
    """The result of a pooled `mean` with its `variance` (checked), over the studies' own effects `each`.

    Q is about that mean, by the effects' inverse variances, unless `q` is given.
    """
    mean, se = float(mean), float(np.sqrt(variance))
    half = critical_value(level) * se
    yi, vi = each.usable()
    df = max(len(yi) - 1, 0)
    if df and q is None and (vi == 0).any():
        raise NotEstimable(
            "the sampling variance of a study is zero and Q infinite; choose another `effects_correction`"
        )
    if q is None:
        q = float(((yi - mean) ** 2 / vi).sum())
    q = q if df else 0.0
    if len(yi) < each.yi.size:
        warnings = (*warnings, f"in the sums but not in Q, without an estimate of its own: {studies(~each.defined)}")
    natural = np.exp if each.scale == "log" else float
    return PooledTables(
        measure=each.measure,
        scale=each.scale,
        k=each.yi.size,
        mean=mean,
        se=se,
        z=mean / se,
        p=two_sided_p(mean / se),
        ci_low=mean - half,
        ci_high=mean + half,
        level=level,
        estimate=float(natural(mean)),
        estimate_low=float(natural(mean - half)),
        estimate_high=float(natural(mean + half)),
        k_effects=len(yi),
        q=q,
        q_df=df,
        q_p=chi2_p(q, df),
        i2=i2_from_q(q, df),
        h2=q / df if df else None,
        weights=tuple(float(weight) for weight in 100 * weights / weights.sum()),
        association=association,
        homogeneity=homogeneity,
        warnings=warnings,
    )
