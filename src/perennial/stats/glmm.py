"""The binomial-normal model: logit of each study's proportion is normal, its count binomial.

Stijnen, Hamza & Ozdemir (2010, Stat Med 29:3046), section 2; what metafor's `rma.glmm(measure="PLO")` fits.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from perennial.stats.distributions import chi2_p
from perennial.stats.errors import NotEstimable
from perennial.stats.proportions import Logit, check_counts
from perennial.stats.random_effects import Heterogeneity, i2_from_q, i2_from_tau2

Floats = NDArray[np.float64]

LARGEST_TAU = 20.0
"""On the logit scale; a likelihood that still rises there has no maximum worth the name."""


@dataclass(frozen=True)
class BinomialNormal:
    """Maximum likelihood estimate of the mean logit, its standard error, and tau2 (logit scale)."""

    mean: float
    se: float
    tau2: float
    log_likelihood: float
    heterogeneity: Heterogeneity


def fit_binomial_normal(events: ArrayLike, n: ArrayLike, quadrature_points: int = 7) -> BinomialNormal:
    """Fit by maximum likelihood, the integral over each study's effect by adaptive Gauss-Hermite quadrature.

    `events` and `n` have length k >= 2. The standard error comes from the joint Hessian of mean and tau. Q is the
    likelihood-ratio statistic of the saturated model against one common proportion, with k-1 degrees of freedom.
    Raises NotEstimable for fewer than two studies, for no event or nothing but events (the mean logit is then
    infinite), and where no finite tau maximises the likelihood.
    """
    events, n = check_counts(events, n)
    if len(events) < 2:
        raise NotEstimable(f"between-study variance needs two studies or more, got {len(events)}")
    if events.sum() == 0 or events.sum() == n.sum():
        what = "no patient" if events.sum() == 0 else "every patient"
        raise NotEstimable(f"{what} had the event: the mean logit is infinite")

    likelihood = _Likelihood(events, n, quadrature_points)
    mean, tau = _maximise(likelihood)
    hessian = likelihood.hessian(mean, tau)
    variance = np.linalg.inv(-hessian)[0, 0]
    if not variance > 0:
        raise NotEstimable("the likelihood has no proper maximum: its curvature has the wrong sign")
    return BinomialNormal(mean, float(variance**0.5), tau**2, likelihood(mean, tau), _heterogeneity(events, n, tau**2))


def log_likelihood(events: ArrayLike, n: ArrayLike, mean: float, tau: float, quadrature_points: int = 7) -> float:
    """Marginal log-likelihood of the model at a mean logit and a standard deviation `tau` >= 0 between studies."""
    return _Likelihood(*check_counts(events, n), quadrature_points)(mean, tau)


class _Likelihood:
    """Log-likelihood of mean and tau; even in tau, so derivatives at tau = 0 need no special case."""

    def __init__(self, events: Floats, n: Floats, points: int):
        self.events, self.n = events, n
        nodes, weights = np.polynomial.hermite.hermgauss(points)
        self.nodes, self.log_weights = nodes, np.log(weights) + nodes**2
        self.log_choose = special.gammaln(n + 1) - special.gammaln(events + 1) - special.gammaln(n - events + 1)

    def __call__(self, mean: float, tau: float) -> float:
        mode, width = self._mode(mean, tau)
        u = mode[:, None] + np.sqrt(2) * width[:, None] * self.nodes
        terms = self.log_weights + _log_joint(self.events[:, None], self.n[:, None], mean, tau, u)
        integral = special.logsumexp(terms, axis=1) + np.log(width) - np.log(np.pi) / 2
        return float((self.log_choose + integral).sum())

    def gradient(self, mean: float, tau: float, step: float = 1e-4) -> Floats:
        return np.array(
            [
                self(mean + step, tau) - self(mean - step, tau),
                self(mean, tau + step) - self(mean, tau - step),
            ]
        ) / (2 * step)

    def hessian(self, mean: float, tau: float, step: float = 1e-3) -> Floats:
        centre = self(mean, tau)
        dmm = self(mean + step, tau) - 2 * centre + self(mean - step, tau)
        dtt = self(mean, tau + step) - 2 * centre + self(mean, tau - step)
        dmt = (
            self(mean + step, tau + step)
            - self(mean + step, tau - step)
            - self(mean - step, tau + step)
            + self(mean - step, tau - step)
        ) / 4
        return np.array([[dmm, dmt], [dmt, dtt]]) / step**2

    def _mode(self, mean: float, tau: float) -> tuple[Floats, Floats]:
        """Where each study's integrand peaks, and its width there. Newton, halved until the peak is not missed."""
        u = np.zeros_like(self.events)
        height = _log_joint(self.events, self.n, mean, tau, u)
        for _ in range(100):
            p = special.expit(mean + tau * u)
            slope = tau * (self.events - self.n * p) - u
            step = slope / (1 + tau**2 * self.n * p * (1 - p))
            moved = _log_joint(self.events, self.n, mean, tau, u + step)
            while np.any(worse := moved < height - 1e-12 * np.abs(height)):
                step = np.where(worse, step / 2, step)
                moved = _log_joint(self.events, self.n, mean, tau, u + step)
            u, height = u + step, moved
            if np.max(np.abs(step)) < 1e-12:
                break
        p = special.expit(mean + tau * u)
        return u, (1 + tau**2 * self.n * p * (1 - p)) ** -0.5


def _log_joint(events: Floats, n: Floats, mean: float, tau: float, u: Floats) -> Floats:
    """Log of binomial kernel times standard normal kernel, at the standardised effect u."""
    logit = mean + tau * u
    return events * logit - n * np.logaddexp(0, logit) - u**2 / 2


def _maximise(likelihood: _Likelihood) -> tuple[float, float]:
    """Newton from the two best points of a grid over tau, with steps that never lose likelihood."""
    common = float(special.logit(likelihood.events.sum() / likelihood.n.sum()))
    starts = sorted((0.0, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4), key=lambda tau: likelihood(common, tau))
    mean, tau = max((_climb(likelihood, common, tau) for tau in starts[-2:]), key=lambda point: likelihood(*point))
    if tau > LARGEST_TAU:
        raise NotEstimable("the likelihood keeps rising with tau: the studies are too far apart for this model")
    return mean, tau


def _climb(likelihood: _Likelihood, mean: float, tau: float) -> tuple[float, float]:
    here = likelihood(mean, tau)
    for _ in range(200):
        gradient, hessian = likelihood.gradient(mean, tau), likelihood.hessian(mean, tau)
        values, vectors = np.linalg.eigh(-hessian)
        # Uphill whatever the curvature: its absolute value keeps the direction, its floor the length.
        step = vectors @ ((vectors.T @ gradient) / np.maximum(np.abs(values), 1e-3))
        step *= min(1.0, 2.0 / np.max(np.abs(step), initial=1e-300))
        while (there := likelihood(mean + step[0], tau + step[1])) < here and np.max(np.abs(step)) > 1e-12:
            step = step / 2
        if there < here:
            break
        mean, tau, here = mean + float(step[0]), tau + float(step[1]), there
        if np.max(np.abs(step)) < 1e-9 or abs(tau) > LARGEST_TAU:
            break
    tau = abs(tau)
    # A maximum within rounding of tau = 0 is at tau = 0.
    return (mean, 0.0) if likelihood(mean, 0.0) >= here - 1e-10 else (mean, tau)


def _heterogeneity(events: Floats, n: Floats, tau2: float) -> Heterogeneity:
    common = events.sum() / n.sum()
    saturated = special.xlogy(events, events / n) + special.xlogy(n - events, 1 - events / n)
    pooled = special.xlogy(events, common) + special.xlogy(n - events, 1 - common)
    q, df = float(2 * (saturated - pooled).sum()), len(events) - 1
    _, vi = Logit().effects(events, n)
    return Heterogeneity(q, df, chi2_p(q, df), i2_from_q(q, df), i2_from_tau2(tau2, vi))
