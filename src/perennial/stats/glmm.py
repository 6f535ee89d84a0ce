"""The binomial-normal model: logit of each study's proportion is normal, its count binomial.

Stijnen, Hamza & Ozdemir (2010, Stat Med 29:3046), section 2; what metafor's `rma.glmm(measure="PLO")` fits.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from perennial.stats.back_transformation import expit_normal_mean
from perennial.stats.distributions import chi2_p, critical_value
from perennial.stats.errors import NotEstimable
from perennial.stats.glmm_fit import (
    check_choices,
    conditional_log_likelihood,
    degrees_of_freedom,
    deviations,
    global_maximum,
    wald_q,
    weighted_mean,
)
from perennial.stats.heterogeneity import Heterogeneity, h2_from_tau2, i2_from_q, i2_from_tau2
from perennial.stats.likelihood_maximum import value_at
from perennial.stats.proportions import Logit, check_counts
from perennial.stats.quadrature import BinomialArms, MixedModel
from perennial.stats.result import Result, counted

Floats = NDArray[np.float64]

MEAN, TAU = 0, 1
FIXED = np.array([[1.0, 0.0]])
SCALE = np.array([[[0.0, 1.0]], [[0.0, 0.0]]])


@dataclass(frozen=True)
class BinomialNormal(Result):
    """Maximum likelihood estimate of the mean logit, with standard error and interval, and tau2 (logit scale).

    `heterogeneity` holds the likelihood-ratio test of the saturated model against one common proportion, whose
    statistic stands for Cochran's Q in its `i2` and `h2`; `i2_tau2` and `h2_tau2` are from tau2 and the sampling
    variances of log odds. `q_wald` and `q_wald_p` are the Wald test of the same. `log_likelihood` is the marginal one,
    with binomial coefficients; `conditional_log_likelihood` is that of the counts given each study's predicted logit,
    which is what metafor 3.8 prints as its log-likelihood. `df` is None where the interval is by the normal
    distribution.
    """

    mean: float
    se: float
    tau2: float
    log_likelihood: float
    heterogeneity: Heterogeneity
    k: int
    df: int | None
    ci_low: float
    ci_high: float
    q_wald: float
    q_wald_p: float | None
    conditional_log_likelihood: float
    quadrature_points: int | None
    warnings: tuple[str, ...] = ()

    @property
    def median_proportion(self) -> float:
        """The proportion of a study whose logit is the mean: the conditional view, and the median over studies."""
        return float(special.expit(self.mean))

    @property
    def mean_proportion(self) -> float:
        """The mean over studies of their proportions: the population-averaged view."""
        return expit_normal_mean(self.mean, self.tau2)

    def summary(self) -> str:
        by = "normal" if self.df is None else f"t with {self.df} df"
        lines = [
            f"Binomial-normal model of {counted(self.k)}: mean logit {self.mean:.4g}, SE {self.se:.4g}, "
            f"interval {self.ci_low:.4g} to {self.ci_high:.4g} ({by})",
            f"proportion {self.median_proportion:.4g} in the median study, {self.mean_proportion:.4g} on average",
        ]
        if self.k > 1:
            lines += [f"tau2 {self.tau2:.4g}, Q by likelihood ratio", self.heterogeneity.summary()]
        return "\n".join([*lines, *self.warnings])


def fit_binomial_normal(
    events: ArrayLike,
    n: ArrayLike,
    quadrature_points: int = 7,
    effects: str = "random",
    interval: str = "wald",
    level: float = 0.95,
) -> BinomialNormal:
    """Fit by maximum likelihood, the integral over each study's effect by adaptive Gauss-Hermite quadrature.

    `events` and `n` have length k >= 2 (k >= 1 with `effects` "common", one proportion for all, tau2 = 0). One
    quadrature point is Laplace's approximation. The standard error comes from the joint Hessian of mean and tau. Q is
    the likelihood-ratio statistic of the saturated model against one common proportion, with k-1 degrees of freedom.
    `interval` is "wald" (normal) or "t" with k-1.
    Raises NotEstimable for fewer than two studies, for no event or nothing but events (the mean logit is then
    infinite), and where no finite tau maximises the likelihood.
    """
    events, n = check_counts(events, n)
    check_choices(quadrature_points, effects, interval, level)
    k, needed = len(events), 2 if effects == "random" else 1
    if k < needed:
        raise NotEstimable(f"between-study variance needs two studies or more, got {k}" if k else "no study to pool")
    if events.sum() == 0 or events.sum() == n.sum():
        what = "no patient" if events.sum() == 0 else "every patient"
        raise NotEstimable(f"{what} had the event: the mean logit is infinite")

    if effects == "common":
        mean, tau2 = float(special.logit(events.sum() / n.sum())), 0.0
        se = float((1 / events.sum() + 1 / (n.sum() - events.sum())) ** 0.5)
        marginal = conditional = log_likelihood(events, n, mean, 0.0, 1)
    else:
        model = _model(events, n, quadrature_points)
        guess, variance = model.kernel.guess[0], 1 / model.kernel.weight[0]
        starts = np.array([[weighted_mean(guess, variance, tau), tau] for tau in deviations(variance)])
        best = global_maximum(model, starts, spreads=(TAU,), location=MEAN)
        mean, tau2, se = float(best.shared[MEAN]), float(best.shared[TAU] ** 2), best.se(MEAN)
        marginal, conditional = best.log_likelihood, conditional_log_likelihood(model, best)

    df = degrees_of_freedom(interval, k)
    half = critical_value(level, df) * se
    p = events / n
    finite = (p > 0) & (p < 1)
    q_wald = wald_q(special.logit(np.where(finite, p, 0.5)), np.where(finite, n * p * (1 - p), 0.0))
    return BinomialNormal(
        mean,
        se,
        tau2,
        marginal,
        _heterogeneity(events, n, tau2),
        k,
        df,
        mean - half,
        mean + half,
        q_wald,
        chi2_p(q_wald, k - 1),
        conditional,
        quadrature_points if effects == "random" else None,
    )


def log_likelihood(events: ArrayLike, n: ArrayLike, mean: float, tau: float, quadrature_points: int = 7) -> float:
    """Marginal log-likelihood of the model at a mean logit and a standard deviation `tau` >= 0 between studies."""
    return float(value_at(_model(*check_counts(events, n), quadrature_points), np.array([[mean, tau]], dtype=float))[0])


def _model(events: Floats, n: Floats, points: int) -> MixedModel:
    return MixedModel(BinomialArms(events[None], n[None]), FIXED, SCALE, (points, 1))


def _heterogeneity(events: Floats, n: Floats, tau2: float) -> Heterogeneity:
    common = events.sum() / n.sum()
    saturated = special.xlogy(events, events / n) + special.xlogy(n - events, 1 - events / n)
    pooled = special.xlogy(events, common) + special.xlogy(n - events, 1 - common)
    q, df = float(2 * (saturated - pooled).sum()), len(events) - 1
    _, vi = Logit().effects(events, n)
    if df == 0:
        return Heterogeneity(q, df, None, 0.0, 0.0)
    from_tau2 = i2_from_tau2(tau2, vi), h2_from_tau2(tau2, vi)
    return Heterogeneity(q, df, chi2_p(q, df), i2_from_q(q, df), from_tau2[0], q / df, from_tau2[1])
