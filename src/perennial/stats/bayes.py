"""Bayesian random-effects pooling for few studies, by deterministic integration.

The normal-normal hierarchical model of Röver (2020, J Stat Softw 93:6): y_i ~ N(theta_i, v_i), theta_i ~ N(mu, tau2).
Given tau everything else is normal in closed form (his section 2), so that one integral over tau is left. It is done
by Gauss-Legendre panels over log(tau); nothing is sampled and the same data give the same digits.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from perennial.stats.distributions import check_level
from perennial.stats.errors import NotEstimable
from perennial.stats.posterior import NormalMixture, Posterior, ScalePosterior
from perennial.stats.quadratic_forms import check_effects
from perennial.stats.result import Result, counted, percent

Floats = NDArray[np.float64]

PRIORS = ("half_normal", "half_cauchy")
FAR = 32.0
"""In log units: what lies that far beyond the largest scale of the problem weighs less than rounding."""


@dataclass(frozen=True)
class TauPrior(Result):
    """Prior of tau, on the scale of the estimates, with the median and 95th percentile that its scale implies."""

    family: str
    scale: float
    median: float
    upper_95: float


@dataclass(frozen=True)
class BayesianRandomEffects(Result):
    """Posterior of the mean `mu`, of `tau`, of the effect in a new study (`prediction`) and in each (`shrinkage`).

    `mu_prior` is None for the flat prior, else (mean, sd). `probability_above` is the posterior probability that mu
    exceeds `reference`.
    """

    k: int
    level: float
    tau_prior: TauPrior
    mu_prior: tuple[float, float] | None
    mu: Posterior
    tau: Posterior
    prediction: Posterior
    shrinkage: tuple[Posterior, ...]
    reference: float
    probability_above: float
    warnings: tuple[str, ...] = ()

    def summary(self) -> str:
        flat = "flat" if self.mu_prior is None else "normal({:g}, {:g})".format(*self.mu_prior)
        lines = [
            f"Bayesian random-effects model, {counted(self.k)}",
            f"priors: tau {self.tau_prior.family.replace('_', '-')}({self.tau_prior.scale:g}), mu {flat}",
        ]
        for name in ("mu", "tau", "prediction"):
            it: Posterior = getattr(self, name)
            lines.append(
                f"{name}: median {it.median:.4g}, {percent(self.level)} interval {it.ci_low:.4g} to {it.ci_high:.4g}"
            )
        return "\n".join([*lines, *self.warnings])


@dataclass(frozen=True)
class PriorSensitivity(Result):
    """The same data under several priors of tau, in the order asked for."""

    fits: tuple[BayesianRandomEffects, ...]

    def summary(self) -> str:
        rows = [
            f"{fit.tau_prior.family.replace('_', '-')}({fit.tau_prior.scale:g}): mu {fit.mu.median:.4g} "
            f"({fit.mu.ci_low:.4g} to {fit.mu.ci_high:.4g}), tau {fit.tau.median:.4g}"
            for fit in self.fits
        ]
        return "\n".join(rows)


def bayes_random_effects(
    yi: ArrayLike,
    vi: ArrayLike,
    scale: float,
    prior: str = "half_normal",
    mu_prior: tuple[float, float] | None = None,
    level: float = 0.95,
    reference: float = 0.0,
) -> BayesianRandomEffects:
    """Posterior of the random-effects model for `yi` with sampling variances `vi` > 0 (each of length k >= 1).

    `prior` of tau is "half_normal" or "half_cauchy" with the given `scale` > 0, in units of `yi`: there is no default,
    because it matters (Röver et al 2021, Res Synth Methods 12:448). `mu_prior` is (mean, sd) of a normal prior, or None
    for the flat one. Raises NotEstimable without a study or with a variance that is not positive, ValueError for an
    argument out of its range.
    """
    model = _Model(yi, vi, scale, prior, mu_prior)
    check_level(level)
    tau, share = model.tau.nodes, model.tau.share
    mean, variance = model.conditional(tau)
    mixed = NormalMixture(share, mean, variance)
    # A half-Cauchy prior has no moments of its own: those exist that the likelihood and the prior of mu enforce.
    first, second = (prior == "half_normal" or power < model.tail for power in (1, 2))
    proper = mu_prior is not None
    return BayesianRandomEffects(
        k=model.k,
        level=level,
        tau_prior=_describe_prior(prior, scale),
        mu_prior=mu_prior,
        mu=mixed.describe(level, first or proper, second or proper),
        tau=model.tau.describe(level, first, second),
        prediction=NormalMixture(share, mean, variance + tau**2).describe(level, first, second),
        shrinkage=tuple(NormalMixture(share, *parts).describe(level) for parts in model.shrunken(tau, mean, variance)),
        reference=float(reference),
        probability_above=float(1 - mixed.cdf(np.array([reference]))[0]),
        warnings=_warnings(model.k, first and second),
    )


def prior_sensitivity(
    yi: ArrayLike,
    vi: ArrayLike,
    scales: Sequence[float],
    priors: Sequence[str] = PRIORS,
    mu_prior: tuple[float, float] | None = None,
    level: float = 0.95,
) -> PriorSensitivity:
    """`bayes_random_effects` for each of `priors` at each of `scales`: how much of the answer is the prior's.

    Röver et al (2021, Res Synth Methods 12:448): with two or three studies it is never negligible.
    """
    fits = (bayes_random_effects(yi, vi, scale, prior, mu_prior, level) for prior in priors for scale in scales)
    return PriorSensitivity(tuple(fits))


class _Model:
    """What is known given tau, and the posterior of tau."""

    def __init__(self, yi, vi, scale, prior, mu_prior):
        self.yi, self.vi = check_effects(yi, vi)
        self.k = len(self.yi)
        if self.k == 0:
            raise NotEstimable("no study: the posterior would be the prior")
        if prior not in PRIORS:
            raise ValueError(f"prior must be one of {', '.join(PRIORS)}, got {prior!r}")
        if not (np.isfinite(scale) and scale > 0):
            raise ValueError(f"the scale of the prior must be positive, got {scale}")
        if mu_prior is not None and not (np.all(np.isfinite(mu_prior)) and mu_prior[1] > 0):
            raise ValueError(f"the prior of mu needs a finite mean and a positive sd, got {mu_prior}")
        self.prior, self.scale = prior, float(scale)
        self.centre, self.precision = (0.0, 0.0) if mu_prior is None else (mu_prior[0], mu_prior[1] ** -2)
        # The posterior density of tau falls like tau to the power -(tail + 1) under a half-Cauchy prior.
        self.tail = self.k + (mu_prior is not None)
        self.tau = self._posterior_of_tau()

    def conditional(self, tau: Floats) -> tuple[Floats, Floats]:
        """Mean and variance of mu given tau."""
        mean, total, _ = self._weighted(tau)
        return mean, 1 / total

    def shrunken(self, tau: Floats, mean: Floats, variance: Floats) -> Iterator[tuple[Floats, Floats]]:
        """Mean and variance of each study's effect given tau."""
        for y, v in zip(self.yi, self.vi, strict=True):
            kept = v / (v + tau**2)
            yield y + kept * (mean - y), v * tau**2 / (v + tau**2) + kept**2 * variance

    def _weighted(self, tau: Floats) -> tuple[Floats, Floats, Floats]:
        # The estimates are taken from their first value, so that a far origin costs no digits.
        w = 1 / (self.vi[:, None] + tau**2)
        total, origin = w.sum(0) + self.precision, self.yi[0]
        offset = (w * (self.yi - origin)[:, None]).sum(0) + self.precision * (self.centre - origin)
        return origin + offset / total, total, w

    def _log_density(self, log_tau: Floats) -> Floats:
        """Of log(tau), not normalised."""
        tau = np.exp(log_tau)
        mean, total, w = self._weighted(tau)
        misfit = (w * (self.yi[:, None] - mean) ** 2).sum(0) + self.precision * (self.centre - mean) ** 2
        z2 = (tau / self.scale) ** 2
        log_prior = -z2 / 2 if self.prior == "half_normal" else -np.log1p(z2)
        return (np.log(w).sum(0) - np.log(total) - misfit) / 2 + log_prior + log_tau

    def _posterior_of_tau(self) -> ScalePosterior:
        smallest = min(self.vi.min() ** 0.5, self.scale)
        largest = self.scale + np.ptp(self.yi) + self.vi.max() ** 0.5
        if self.precision:
            largest += np.abs(self.yi - self.centre).max() + self.precision**-0.5
        reach = FAR if self.prior == "half_cauchy" else 3.0
        coarse = np.arange(np.log(smallest) - FAR, np.log(largest) + reach, min(0.1, 0.5 * self.k**-0.5))
        height = self._log_density(coarse)
        # The integrand of the highest moment in use must have died out at both ends as well.
        moment = 2 if self.prior == "half_normal" else min(2, self.tail - 1)
        raised = height + moment * coarse
        kept = np.flatnonzero((height > height.max() - FAR) | (raised > raised.max() - FAR))
        low, high = coarse[max(kept[0] - 1, 0)], coarse[min(kept[-1] + 1, len(coarse) - 1)]
        weight = np.exp(height - height.max())
        spread = np.sqrt(np.average((coarse - np.average(coarse, weights=weight)) ** 2, weights=weight))
        panels = int(np.ceil((high - low) / min(0.6, max(spread, 1e-3))))
        return ScalePosterior(self._log_density, np.linspace(low, high, panels + 1))


def _describe_prior(family: str, scale: float) -> TauPrior:
    if family == "half_normal":
        median, upper = special.ndtri(0.75), special.ndtri(0.975)
    else:
        median, upper = 1.0, np.tan(0.475 * np.pi)
    return TauPrior(family, float(scale), float(scale * median), float(scale * upper))


def _warnings(k: int, moments: bool) -> tuple[str, ...]:
    notes = []
    if k == 1:
        notes.append("one study: what is said about tau is all but the prior alone")
    elif k < 5:
        notes.append(f"{k} studies: the prior of tau weighs heavily; show the result for several scales")
    if not moments:
        notes.append("with this prior and so few studies some means or standard deviations do not exist")
    return tuple(notes)
