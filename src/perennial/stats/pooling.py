"""A named model applied to the counts of a group, with everything on the scale of proportions."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from perennial.stats.back_transformation import said_of_cut, said_of_inverse
from perennial.stats.errors import NotEstimable
from perennial.stats.glmm import BinomialNormal, fit_binomial_normal
from perennial.stats.heterogeneity import Heterogeneity
from perennial.stats.prediction import prediction_interval
from perennial.stats.proportions import (
    TRANSFORMATIONS,
    Transformation,
    check_counts,
    clopper_pearson,
    said_of_correction,
)
from perennial.stats.random_effects import RandomEffects, random_effects
from perennial.stats.result import Result, counted

ADHOC = "Hartung-Knapp, ad hoc variant"
CI_METHODS = {"wald": "Wald", "t": "t", "hartung_knapp": "Hartung-Knapp", "hartung_knapp_adhoc": ADHOC}


@dataclass(frozen=True)
class InverseVariance:
    """Two steps: transform each proportion (a key of `TRANSFORMATIONS`), pool by `random_effects`.

    Where the `interval` "hartung_knapp" is narrower than Wald it comes with the ad hoc variant.
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
class SafeguardedInterval(Result):
    """Hartung-Knapp with a standard error not below the Wald one; as fractions."""

    ci_low: float
    ci_high: float
    ci_method: str = ADHOC


@dataclass(frozen=True)
class PooledProportion(Result):
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

    def summary(self) -> str:
        counts, lines = f"{self.events} of {self.n} in {counted(self.k)}", []
        if self.estimate is not None:
            lines.append(f"proportion {self.estimate:.4g} ({self.ci_low:.4g} to {self.ci_high:.4g}, {self.ci_method})")
        if self.tau2 is not None:
            lines += [
                f"prediction {self.pi_low:.4g} to {self.pi_high:.4g} ({self.pi_method})",
                f"tau2 {self.tau2:.4g} on the scale {self.scale}",
                Heterogeneity(self.q, self.q_df, self.q_p, self.i2, self.i2_tau2).summary(),
            ]
        return "\n".join([*lines, counts, *self.warnings])


def pool_proportions(
    events: Sequence[int], n: Sequence[int], model: InverseVariance | BinomialNormalModel, level: float = 0.95
) -> PooledProportion:
    """Pool `events` out of `n` (length k >= 0) under `model`, with intervals of the given `level`.

    No study gives a result without an estimate. One study gives its own proportion with the exact interval, and
    nothing about heterogeneity. The prediction interval is by t with k-1 degrees of freedom on the model's scale (see
    `prediction_interval`). Warnings tell of corrected counts, of bounds cut to 0 or 1, and where the Freeman-Tukey
    inverse misleads (see `back_transform_proportion`). A model that cannot be fitted gives no estimate and a warning
    that says why. Raises ValueError for impossible counts.
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
    pooled, on_scale = _as_proportion(fit, transformation, counts, n, model.interval, level)
    safeguarded = None
    if fit.warnings:  # narrower than Wald
        adhoc = random_effects(yi, vi, model.tau2, "hartung_knapp_adhoc", level)
        low, high = (transformation.to_proportion(bound, n) for bound in (adhoc.ci_low, adhoc.ci_high))
        safeguarded = SafeguardedInterval(low, high)
        on_scale |= {"the lower ad hoc bound": adhoc.ci_low, "the upper ad hoc bound": adhoc.ci_high}
    warnings = (
        *pooled.warnings,
        *said_of_correction(events, n, transformation.correction),
        *said_of_cut(on_scale, lambda value: transformation.beyond(value, n)),
        *(said_of_inverse(fit.mean, pooled.estimate, events, n) if model.transformation == "freeman_tukey" else ()),
        *fit.warnings,
    )
    weights = tuple(float(w) for w in fit.weights)
    return replace(pooled, weights=weights, safeguarded=safeguarded, warnings=warnings)


def _fit_glmm(events, n, model: BinomialNormalModel, level, counts) -> PooledProportion:
    fit = fit_binomial_normal(events, n, model.quadrature_points, interval=model.interval, level=level)
    return _as_proportion(fit, TRANSFORMATIONS["logit"], counts, n, model.interval, level)[0]


def _as_proportion(
    fit: RandomEffects | BinomialNormal, transformation: Transformation, counts: dict, n, interval: str, level: float
) -> tuple[PooledProportion, dict[str, float]]:
    """The result as proportions, and the values that it shows by name, still on the scale of the model."""
    found = fit.heterogeneity
    predicted = prediction_interval(fit.mean, fit.se, fit.tau2, fit.k, level=level)
    values = fit.mean, fit.ci_low, fit.ci_high, predicted.low, predicted.high
    estimate, ci_low, ci_high, pi_low, pi_high = (transformation.to_proportion(value, n) for value in values)
    pooled = PooledProportion(
        **counts,
        estimate=estimate,
        ci_low=ci_low,
        ci_high=ci_high,
        ci_method=CI_METHODS[interval] + (f" ({fit.df} df)" if fit.df else ""),
        pi_low=pi_low,
        pi_high=pi_high,
        pi_method=f"t ({predicted.df} df)",
        tau2=fit.tau2,
        i2=found.i2,
        i2_tau2=found.i2_tau2,
        q=found.q,
        q_df=found.q_df,
        q_p=found.q_p,
        scale=transformation.name,
        mean=fit.mean,
        se=fit.se,
        warnings=predicted.warnings,
    )
    names = ("the estimate", "the lower bound", "the upper bound", "the lower prediction bound")
    return pooled, dict(zip((*names, "the upper prediction bound"), values, strict=True))


def model_from_dict(definition: dict) -> InverseVariance | BinomialNormalModel:
    """The model that a configuration describes by `method` and the settings of that method."""
    settings = dict(definition)
    method = settings.pop("method")
    return {"inverse_variance": InverseVariance, "glmm": BinomialNormalModel}[method](**settings)
