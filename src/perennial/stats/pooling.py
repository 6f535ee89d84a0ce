"""A named model applied to the counts of a group, with everything on the scale of proportions."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace

from perennial.stats.distributions import critical_value
from perennial.stats.errors import NotEstimable
from perennial.stats.glmm import BinomialNormal, fit_binomial_normal
from perennial.stats.proportions import TRANSFORMATIONS, Transformation, check_counts, clopper_pearson
from perennial.stats.random_effects import RandomEffects, random_effects

INTERVALS = {"wald": "Wald", "t": "t", "hartung_knapp": "Hartung-Knapp"}


@dataclass(frozen=True)
class InverseVariance:
    """Two steps: transform each proportion ("freeman_tukey", "logit"), pool with tau2 by "DL" or "REML".

    `interval` is "wald" or "hartung_knapp"; the latter comes with the ad hoc variant where it is narrower than Wald.
    """

    transformation: str
    tau2: str
    interval: str


@dataclass(frozen=True)
class BinomialNormalModel:
    """One step: binomial-normal GLMM with logit link, `interval` "wald" (normal) or "t" with k-1."""

    quadrature_points: int
    interval: str
    transformation: str = field(default="logit", init=False)


@dataclass(frozen=True)
class SafeguardedInterval:
    """Hartung-Knapp with a standard error not below the Wald one; as fractions."""

    ci_low: float
    ci_high: float
    ci_method: str = "Hartung-Knapp, ad hoc variant"


@dataclass(frozen=True)
class PooledProportion:
    """The pooled proportion of k studies; what does not exist is None and `warnings` says why.

    `estimate`, `ci_*`, `pi_*` are fractions; `mean`, `se` and `tau2` are on the scale named by `scale`; `i2` (from Q)
    and `i2_tau2` (from tau2) are percentages; `weights` are percentages in the order of the studies.
    """

    k: int
    n: int
    events: int
    estimate: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    ci_method: str | None = None
    pi_low: float | None = None
    pi_high: float | None = None
    pi_method: str | None = None
    tau2: float | None = None
    i2: float | None = None
    i2_tau2: float | None = None
    q: float | None = None
    q_df: int | None = None
    q_p: float | None = None
    scale: str | None = None
    mean: float | None = None
    se: float | None = None
    weights: tuple[float, ...] | None = None
    safeguarded: SafeguardedInterval | None = None
    warnings: tuple[str, ...] = ()

    def to_dict(self) -> dict:
        return asdict(self)


def pool_proportions(
    events: Sequence[int], n: Sequence[int], model: InverseVariance | BinomialNormalModel, level: float = 0.95
) -> PooledProportion:
    """Pool `events` out of `n` (length k >= 0) under `model`, with intervals of the given `level`.

    No study gives a result without an estimate. One study gives its own proportion with the exact interval, and
    nothing about heterogeneity. The prediction interval is by t with k-1 degrees of freedom on the model's scale
    (Higgins, Thompson & Spiegelhalter 2009, JRSS A 172:137, with k-1 for their k-2). A model that cannot be fitted
    gives no estimate and a warning that says why. Raises ValueError for impossible counts.
    """
    events_, n_ = check_counts(events, n)
    k, counts = len(n_), {"k": len(n_), "n": int(n_.sum()), "events": int(events_.sum())}
    if k == 0:
        return PooledProportion(**counts, warnings=("no study to pool",))
    if k == 1:
        low, high = clopper_pearson(events_, n_, level)
        return PooledProportion(
            **counts,
            estimate=float(events_[0] / n_[0]),
            ci_low=float(low[0]),
            ci_high=float(high[0]),
            ci_method="Clopper-Pearson, one study",
            warnings=("one study: its own proportion and exact interval, nothing is pooled",),
        )
    try:
        fit = _fit_glmm if isinstance(model, BinomialNormalModel) else _fit_inverse_variance
        return fit(events_, n_, model, level, counts)
    except NotEstimable as reason:
        return PooledProportion(**counts, warnings=(f"not estimable: {reason}",))


def _fit_inverse_variance(events, n, model: InverseVariance, level, counts) -> PooledProportion:
    transformation = TRANSFORMATIONS[model.transformation]
    yi, vi = transformation.effects(events, n)
    fit = random_effects(yi, vi, model.tau2, model.interval, level)
    pooled = _on_proportion_scale(fit, transformation, counts, n, model.interval, level)
    pooled = replace(pooled, weights=tuple(float(w) for w in fit.weights))
    if model.interval == "hartung_knapp":
        wald = random_effects(yi, vi, model.tau2, "wald", level)
        if fit.ci_high - fit.ci_low < wald.ci_high - wald.ci_low:
            adhoc = random_effects(yi, vi, model.tau2, "hartung_knapp_adhoc", level)
            low, high = (transformation.to_proportion(bound, n) for bound in (adhoc.ci_low, adhoc.ci_high))
            warning = "the Hartung-Knapp interval is narrower than the Wald interval; see the ad hoc variant"
            pooled = replace(pooled, safeguarded=SafeguardedInterval(low, high), warnings=(*pooled.warnings, warning))
    return pooled


def _fit_glmm(events, n, model: BinomialNormalModel, level, counts) -> PooledProportion:
    fit = fit_binomial_normal(events, n, model.quadrature_points)
    return _on_proportion_scale(fit, TRANSFORMATIONS["logit"], counts, n, model.interval, level)


def _on_proportion_scale(
    fit: RandomEffects | BinomialNormal, transformation: Transformation, counts: dict, n, interval: str, level: float
) -> PooledProportion:
    k, found = counts["k"], fit.heterogeneity
    df = None if interval == "wald" else k - 1
    half = critical_value(level, df) * fit.se
    spread = critical_value(level, k - 1) * (fit.tau2 + fit.se**2) ** 0.5
    no_variation = "tau2 is 0: the prediction interval holds no between-study variation"
    return PooledProportion(
        **counts,
        estimate=transformation.to_proportion(fit.mean, n),
        ci_low=transformation.to_proportion(fit.mean - half, n),
        ci_high=transformation.to_proportion(fit.mean + half, n),
        ci_method=INTERVALS[interval] + (f" ({df} df)" if df else ""),
        pi_low=transformation.to_proportion(fit.mean - spread, n),
        pi_high=transformation.to_proportion(fit.mean + spread, n),
        pi_method=f"t ({k - 1} df)",
        tau2=fit.tau2,
        i2=found.i2,
        i2_tau2=found.i2_tau2,
        q=found.q,
        q_df=found.q_df,
        q_p=found.q_p,
        scale=transformation.name,
        mean=fit.mean,
        se=fit.se,
        warnings=() if fit.tau2 > 0 else (no_variation,),
    )


def model_from_dict(definition: dict) -> InverseVariance | BinomialNormalModel:
    """The model that a configuration describes by `method` and the settings of that method."""
    settings = dict(definition)
    method = settings.pop("method")
    return {"inverse_variance": InverseVariance, "glmm": BinomialNormalModel}[method](**settings)
