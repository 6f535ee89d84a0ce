"""Group-sequential boundaries from an alpha-spending function (Lan & DeMets 1983, Biometrika 70:659)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from perennial.stats.result import Result

Floats = NDArray[np.float64]

NODES = 10
WIDEST = 12.0
"""In standard errors: further out a path has no probability worth integrating."""


@dataclass(frozen=True)
class SequentialBoundaries(Result):
    """Two-sided boundaries for |z| at each look, symmetric about zero.

    `fractions` of the required information, the alpha `spent` up to each look (both sides together), and `boundaries`,
    infinite where next to nothing may be spent yet.
    """

    fractions: tuple[float, ...]
    spent: tuple[float, ...]
    boundaries: tuple[float, ...]
    alpha: float
    spending: str = "O'Brien-Fleming type (Lan & DeMets 1983)"


def alpha_spent(fractions: ArrayLike, alpha: float = 0.05) -> Floats:
    """Two-sided alpha that may be spent by each of `fractions` of the information (0 < fraction; 1 and above is all).

    alpha/2 a side by Lan & DeMets (1983), example 1: 2 - 2 Phi(z / sqrt(t)), z the normal quantile of 1 - alpha/4.
    """
    _check_alpha(alpha)
    t = np.minimum(np.asarray(fractions, dtype=float), 1.0)
    return 4 * special.ndtr(special.ndtri(alpha / 4) / np.sqrt(t))


def spending_boundaries(fractions: Sequence[float], alpha: float = 0.05) -> SequentialBoundaries:
    """The boundaries at looks after `fractions` of the required information: increasing, above 0, at most 1.

    Each makes the probability of a first crossing at its look what the spending function allows, if nothing differs
    between the arms; by the recursive integration of Armitage, McPherson & Rowe (1969, JRSS A 132:235). Raises
    ValueError for fractions out of order or range.
    """
    t = _check_fractions(fractions)
    spent = alpha_spent(t, alpha)
    path, bounds = _Path(t), []
    for step in np.diff(spent, prepend=0.0):
        bounds.append(path.boundary_for(step))
        path.go_on(bounds[-1])
    return SequentialBoundaries(tuple(t.tolist()), tuple(spent.tolist()), tuple(bounds), alpha)


def crossing_probabilities(fractions: Sequence[float], boundaries: Sequence[float]) -> Floats:
    """Probability, if nothing differs, that |z| first exceeds its boundary at each look: the inverse question."""
    t = _check_fractions(fractions)
    if len(boundaries) != len(t) or not all(bound > 0 for bound in boundaries):
        raise ValueError("there must be one positive boundary for each look")
    path, crossed = _Path(t), []
    for bound in boundaries:
        crossed.append(path.crossing(bound))
        path.go_on(bound)
    return np.array(crossed)


class _Path:
    """The score process, a Brownian motion over information, of those paths that have not crossed a boundary yet.

    Between looks its density is held at Gauss-Legendre nodes: panels of two standard deviations of the smaller of the
    increments before and after, over which the density and the next step's kernel are both smooth.
    """

    def __init__(self, fractions: Floats):
        self.steps = np.sqrt(np.diff(fractions, prepend=0.0))
        self.roots = np.sqrt(fractions)
        self.look = 0
        self.points, self.mass = np.zeros(1), np.ones(1)

    def crossing(self, bound: float) -> float:
        """Probability to have come so far and to be beyond `bound` (in standard errors) at this look, either side."""
        beyond = (self.points - bound * self.roots[self.look]) / self.steps[self.look]
        return float(2 * (self.mass @ special.ndtr(beyond)))

    def boundary_for(self, probability: float) -> float:
        """The bound with that crossing probability, by bisection; infinite where it is zero to machine precision."""
        low, high = 0.0, 40.0
        if self.crossing(high) >= probability:
            return float("inf")
        for _ in range(100):
            middle = (low + high) / 2
            low, high = (middle, high) if self.crossing(middle) > probability else (low, middle)
        return (low + high) / 2

    def go_on(self, bound: float) -> None:
        """To the next look with the paths within `bound`."""
        reach, step = min(bound, WIDEST) * self.roots[self.look], self.steps[self.look]
        following = self.steps[min(self.look + 1, len(self.steps) - 1)]
        panels = int(np.ceil(reach / min(step, following)))
        nodes, weights = np.polynomial.legendre.leggauss(NODES)
        edges = np.linspace(-reach, reach, panels + 1)
        half = reach / panels
        points = ((edges[:-1] + half)[:, None] + half * nodes).ravel()
        # In blocks of nodes, each from the earlier nodes within reach of one step.
        density = np.empty_like(points)
        for start in range(0, len(points), 50 * NODES):
            block = slice(start, start + 50 * NODES)
            here = points[block]
            near = slice(*np.searchsorted(self.points, [here[0] - WIDEST * step, here[-1] + WIDEST * step]))
            z = (here[:, None] - self.points[near]) / step
            density[block] = np.exp(-(z**2) / 2) @ self.mass[near]
        self.points, self.mass = points, density / (step * np.sqrt(2 * np.pi)) * np.tile(half * weights, panels)
        self.look += 1


def _check_fractions(fractions: Sequence[float]) -> Floats:
    t = np.asarray(fractions, dtype=float)
    if t.ndim != 1 or len(t) == 0 or not (np.all(np.diff(t, prepend=0.0) > 1e-8) and t[-1] <= 1):
        raise ValueError(f"looks must be at increasing fractions of the information, above 0 and at most 1, got {t}")
    return t


def _check_alpha(alpha: float) -> None:
    if not 0 < alpha < 1:
        raise ValueError(f"alpha must lie between 0 and 1, got {alpha}")
