"""Distributions that come out of an integral over one scale parameter, in numbers: moments, quantiles, intervals."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from perennial.stats.result import Result

Floats = NDArray[np.float64]

NODES = 12
"""Gauss-Legendre points a panel."""


@dataclass(frozen=True)
class Posterior(Result):
    """A distribution in numbers, on the scale of the estimates.

    `ci_*` is equal-tailed, `shortest_*` the shortest interval of the same probability. Median and equal-tailed interval
    may be transformed (to proportions, to odds ratios); mean, sd and shortest interval may not. `mean` or `sd` is None
    where the integral that defines it diverges.
    """

    mean: float | None
    sd: float | None
    median: float
    ci_low: float
    ci_high: float
    shortest_low: float
    shortest_high: float


class ScalePosterior:
    """The posterior of tau on panels of log(tau), in each a polynomial through its Gauss-Legendre nodes."""

    def __init__(self, log_density: Callable[[Floats], Floats], edges: Floats):
        self.edges = edges
        nodes, weights = np.polynomial.legendre.leggauss(NODES)
        self.half = np.diff(edges) / 2
        at = (edges[:-1] + self.half)[:, None] + self.half[:, None] * nodes
        height = log_density(at.ravel()).reshape(at.shape)
        density = np.exp(height - height.max())
        mass = density * weights * self.half[:, None]
        self.nodes, self.share = np.exp(at.ravel()), (mass / mass.sum()).ravel()
        self.below = np.concatenate([[0.0], np.cumsum(self.share.reshape(mass.shape).sum(1))])
        # Legendre coefficients of the density in each panel, integrated from the panel's left edge.
        degree = np.arange(NODES)
        basis = np.polynomial.legendre.legvander(nodes, NODES - 1)
        coefficients = (density / mass.sum() * weights) @ basis * (degree + 0.5) * self.half[:, None]
        self.integral = np.polynomial.legendre.legint(coefficients, lbnd=-1, axis=1)

    def quantile(self, p: Floats) -> Floats:
        """By bisection within the panel that holds it; zero at p = 0."""
        panel = np.clip(np.searchsorted(self.below, p, side="right") - 1, 0, len(self.half) - 1)
        low, high = np.full(p.shape, -1.0), np.full(p.shape, 1.0)
        for _ in range(52):
            middle = (low + high) / 2
            at = (np.polynomial.legendre.legvander(middle, NODES) * self.integral[panel]).sum(1)
            short = self.below[panel] + at < p
            low, high = np.where(short, middle, low), np.where(short, high, middle)
        tau = np.exp(self.edges[panel] + self.half[panel] * (1 + (low + high) / 2))
        return np.where(p <= 0, 0.0, tau)

    def describe(self, level: float, first: bool, second: bool) -> Posterior:
        mean = float(self.share @ self.nodes)
        sd = float((self.share @ (self.nodes - mean) ** 2) ** 0.5)
        return describe_quantiles(self.quantile, level, mean if first else None, sd if second else None)


class NormalMixture:
    """A mixture of normal distributions over the nodes of tau."""

    def __init__(self, share: Floats, mean: Floats, variance: Floats):
        used = share > 1e-20
        self.share, self.mean, self.sd = share[used], mean[used], np.sqrt(variance[used])
        self.centre = self.share @ self.mean
        # A table to start the search from: fine in the middle, and so wide that no heavy tail is cut.
        self.table = self.centre + self.sd.min() * np.sinh(np.linspace(-60, 60, 481))
        self.at = self.cdf(self.table)

    def cdf(self, x: Floats) -> Floats:
        return special.ndtr((x[:, None] - self.mean) / self.sd) @ self.share

    def density(self, x: Floats) -> Floats:
        z = (x[:, None] - self.mean) / self.sd
        return np.exp(-(z**2) / 2) @ (self.share / self.sd) / np.sqrt(2 * np.pi)

    def quantile(self, p: Floats) -> Floats:
        """Newton's method within a bracket that shrinks, halved where a step leaves it; infinite at 0 and 1."""
        x = np.where(p <= 0, -np.inf, np.inf)
        inside = (p > 0) & (p < 1)
        x[inside] = self._search(p[inside])
        return x

    def _search(self, p: Floats) -> Floats:
        cell = np.clip(np.searchsorted(self.at, p), 1, len(self.table) - 1)
        low, high = self.table[cell - 1], self.table[cell]
        x = (low + high) / 2
        for _ in range(60):
            gap = self.cdf(x) - p
            low, high = np.where(gap < 0, x, low), np.where(gap < 0, high, x)
            slope = self.density(x)
            step = np.divide(gap, slope, out=np.full_like(gap, np.inf), where=slope > 0)
            moved = np.where((x - step >= low) & (x - step <= high), x - step, (low + high) / 2)
            done = np.all(np.abs(moved - x) <= 1e-10 * (self.sd.min() + np.abs(x - self.centre)))
            x = moved
            if done:
                break
        return x

    def describe(self, level: float, first: bool = True, second: bool = True) -> Posterior:
        mean = float(self.centre)
        sd = float((self.share @ (self.sd**2 + (self.mean - mean) ** 2)) ** 0.5)
        return describe_quantiles(self.quantile, level, mean if first else None, sd if second else None)


def describe_quantiles(
    quantile: Callable[[Floats], Floats], level: float, mean: float | None, sd: float | None
) -> Posterior:
    median, low, high = quantile(np.array([0.5, (1 - level) / 2, (1 + level) / 2]))
    shortest = _shortest(quantile, level)
    return Posterior(mean, sd, float(median), float(low), float(high), *shortest)


def _shortest(quantile: Callable[[Floats], Floats], level: float) -> tuple[float, float]:
    """The shortest interval of probability `level`: a search over what is left out below it, zoomed in on."""
    start, end = 0.0, 1 - level
    for _ in range(8):
        below = np.linspace(start, end, 17)
        low, high = quantile(below), quantile(np.minimum(below + level, 1))
        best = int(np.argmin(high - low))
        start, end = below[max(best - 1, 0)], below[min(best + 1, 16)]
    return float(low[best]), float(high[best])
