"""The quadratic forms and traces that every estimator of tau2 is made of.

With weights W = diag(1/(vi + tau2)) and the residual maker P = W - WX(X'WX)^-1 X'W: the generalised Q y'Py, and, as
dP/dtau2 = -PP, its derivatives. All of it comes from sums over studies; no k x k matrix is made. A model holds many
analyses (`Means`) or one (`Regression`); its functions take `rows`, the number of an analysis for each value of `tau2`,
and return one value for each.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import cached_property, wraps

import numpy as np
from numpy.typing import ArrayLike, NDArray

from perennial.stats.errors import NotEstimable

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]

UNUSABLE = "every estimate must be finite and every sampling variance positive (from 1e-100 to 1e100)"
_AT_A_TIME = 1 << 15  # numbers, so that they stay in the processor's cache and many analyses need little memory


def check_effects(yi: ArrayLike, vi: ArrayLike) -> tuple[Floats, Floats]:
    """Both as float arrays of one length; raises ValueError for other shapes, NotEstimable for impossible values."""
    yi, vi = np.asarray(yi, dtype=float), np.asarray(vi, dtype=float)
    if yi.ndim != 1 or yi.shape != vi.shape:
        raise ValueError(f"estimates and variances are two lists of one length, got shapes {yi.shape} and {vi.shape}")
    if len(yi) and not _usable(yi, vi):
        raise NotEstimable(UNUSABLE)
    return yi, vi


def squares(sei: ArrayLike) -> Floats:
    """Sampling variances from standard errors; NotEstimable where one is negative, which its square would hide."""
    sei = np.asarray(sei, dtype=float)
    if (sei < 0).any():
        raise NotEstimable("every standard error must be positive")
    return np.square(sei)


def check_effects_many(yi: ArrayLike, vi: ArrayLike) -> tuple[Floats, Floats]:
    """Both as float arrays (analyses x studies); a study with nan in either is absent: estimate 0, variance inf."""
    yi, vi = np.asarray(yi, dtype=float), np.asarray(vi, dtype=float)
    if yi.ndim != 2 or yi.shape != vi.shape:
        raise ValueError(f"expected two arrays (analyses x studies), got shapes {yi.shape} and {vi.shape}")
    if yi.size and not _usable(yi, vi):
        absent = np.isnan(yi) | np.isnan(vi)
        if not absent.any() or not (absent.all() or _usable(yi[~absent], vi[~absent])):
            raise NotEstimable(UNUSABLE)
        yi, vi = np.where(absent, 0.0, yi), np.where(absent, np.inf, vi)
    return yi, vi


def _usable(yi: Floats, vi: Floats) -> bool:
    """False with any nan, too; within the limits no square or cube of a weight overflows or vanishes."""
    return bool(vi.min() >= 1e-100 and vi.max() <= 1e100 and yi.max() <= 1e100 and yi.min() >= -1e100)


def _few_at_a_time(function: Callable) -> Callable:
    @wraps(function)
    def whole(self: "Model", rows: Rows, *given) -> Floats:
        size = max(1, _AT_A_TIME // max(1, self.vi.shape[1]))
        if len(rows) <= size:
            return np.asarray(function(self, rows, *given))
        parts = (slice(start, start + size) for start in range(0, len(rows), size))
        cut = ([each[part] if isinstance(each, np.ndarray) else each for each in (rows, *given)] for part in parts)
        return np.concatenate([function(self, *each) for each in cut], axis=-1)

    return whole


class Model(ABC):
    """Analyses whose studies are scattered around a mean or a regression line."""

    yi: Floats
    vi: Floats
    k: NDArray[np.intp]
    df: NDArray[np.intp]
    least: Floats  # the smallest sampling variance of each analysis

    @cached_property
    def estimable(self) -> Rows:
        return np.flatnonzero(self.df > 0)

    @abstractmethod
    def at(self, rows: Rows, tau2: Floats | float) -> tuple[Floats, "WeightedMeans | WeightedRegression"]:
        """Estimates and weights of these analyses at these tau2."""

    @abstractmethod
    def unweighted(self, rows: Rows) -> Floats:
        """Residual sum of squares by ordinary least squares, and the part of it expected from sampling alone."""

    @abstractmethod
    def mean_square(self, rows: Rows) -> Floats:
        """Mean squared distance of the estimates from their plain mean."""

    def upper_bound(self, rows: Rows) -> Floats:
        """A tau2 beyond which the likelihood and the restricted likelihood only fall; zero or less: they fall from 0.

        There y'PPy <= RSS/(tau2 + smallest vi)^2 is less than (k - p)/(tau2 + largest vi), at most the trace of P.
        """
        scatter = self.unweighted(rows)[0] / self.df[rows]
        spread = self.largest(rows) - self.least[rows]
        return 1.01 * (scatter + np.sqrt(scatter * (scatter + 4 * spread))) / 2 - self.least[rows]

    @_few_at_a_time
    def largest(self, rows: Rows) -> Floats:
        """The largest sampling variance of each analysis."""
        return _or_zero(self.vi[_as_slice(rows)]).max(1)

    @_few_at_a_time
    def q(self, rows: Rows, tau2: Floats) -> Floats:
        """Q = y'Py and y'PPy, which is minus its slope."""
        y, weighted = self.at(rows, tau2)
        residual = weighted.residual(y)
        projected = weighted.w * residual
        return np.stack([_dot(residual, projected), _dot(projected, projected)])

    @_few_at_a_time
    def moments(self, rows: Rows) -> Floats:
        """At tau2 = 0: Q, the sum of the weights, and the trace of P."""
        y, weighted = self.at(rows, 0.0)
        residual = weighted.residual(y)
        return np.stack([_dot(residual, weighted.w * residual), _total(weighted.w), weighted.trace()])

    @_few_at_a_time
    def score(self, rows: Rows, tau2: Floats, restricted: bool) -> Floats:
        """y'PPy, its slope, the trace of P (restricted) or of W, and the slope of that."""
        y, weighted = self.at(rows, tau2)
        projected = weighted.w * weighted.residual(y)
        again = weighted.residual(projected)
        f, half_slope = _dot(projected, projected), _dot(again, weighted.w * again)
        traces = (weighted.trace(), weighted.trace_of_square()) if restricted else weighted.sums()
        return np.stack([f, -2 * half_slope, traces[0], -traces[1]])

    @_few_at_a_time
    def log_likelihood(self, rows: Rows, tau2: Floats, restricted: bool) -> Floats:
        """But for a constant."""
        y, weighted = self.at(rows, tau2)
        residual = weighted.residual(y)
        logs = _total(np.log(np.where(weighted.w > 0, weighted.w, 1.0)))
        return (logs - _dot(residual, weighted.w * residual) - restricted * weighted.log_determinant()) / 2


class Means(Model):
    """Analyses (rows) of studies (columns), each around one mean; an absent study has estimate 0 and variance inf.

    The most precise study comes first and the estimates are distances from it: nothing cancels where it outweighs the
    others by orders of magnitude.
    """

    def __init__(self, yi: Floats, vi: Floats) -> None:
        if not vi.shape[1]:
            yi, vi = np.zeros((len(vi), 1)), np.full((len(vi), 1), np.inf)
        analyses, studies = vi.shape
        first = vi.argmin(1) + studies * np.arange(analyses)
        self.origin, self.least = yi.take(first), vi.take(first)
        self.yi, self.vi = yi - self.origin[:, None], vi.copy()
        self.yi.ravel()[first], self.vi.ravel()[first] = self.yi[:, 0], vi[:, 0]
        self.yi[:, 0], self.vi[:, 0] = 0.0, self.least
        self.k = np.full(analyses, studies) if np.isfinite(vi.sum()) else np.isfinite(vi).sum(1)
        self.df = self.k - 1

    def at(self, rows: Rows, tau2: Floats | float) -> tuple[Floats, "WeightedMeans"]:
        where = _as_slice(rows)
        return self.yi[where], WeightedMeans(1 / (self.vi[where] + np.reshape(tau2, (-1, 1))))

    @_few_at_a_time
    def pooled(self, rows: Rows, tau2: Floats) -> Floats:
        """The weighted mean, its standard error, and the generalised Q."""
        y, weighted = self.at(rows, tau2)
        residual = weighted.residual(y)
        mean = self.origin[rows] - residual[:, 0]  # the first estimate is the origin itself
        return np.stack([mean, weighted.total**-0.5, _dot(residual, weighted.w * residual)])

    @_few_at_a_time
    def unweighted(self, rows: Rows) -> Floats:
        k = self.k[rows]
        return np.stack([self.mean_square(rows) * k, _total(_or_zero(self.vi[_as_slice(rows)])) * (1 - 1 / k)])

    @_few_at_a_time
    def mean_square(self, rows: Rows) -> Floats:
        where, k = _as_slice(rows), self.k[rows]
        present = self.vi[where] < np.inf
        centre = _dot(present, self.yi[where]) / k
        away = (self.yi[where] - centre[:, None]) * present
        return _dot(away, away) / k


class Regression(Model):
    """One analysis around a regression line; `x` is k x p and includes the constant column."""

    def __init__(self, yi: Floats, vi: Floats, x: ArrayLike) -> None:
        x = np.asarray(x, dtype=float)
        if x.ndim != 2 or len(x) != len(yi):
            raise ValueError(f"the design matrix has a row for each of {len(yi)} studies, got shape {x.shape}")
        if not np.isfinite(x).all():
            raise NotEstimable("every moderator must be finite")
        self.k = np.array([len(x)])
        self.df = self.k - x.shape[1]
        self.x, triangle = np.linalg.qr(x / np.maximum(np.abs(x).max(0, initial=0.0), np.finfo(float).tiny))
        if self.df[0] >= 0 and np.abs(np.diag(triangle)).min(initial=np.inf) < 1e-10:
            raise NotEstimable("the columns of the design matrix depend on one another")
        self.products = (self.x[:, :, None] * self.x[:, None, :]).reshape(len(x), -1)
        self.total_square = float(((yi - yi.mean()) ** 2).mean())
        self.yi, self.vi, self.least = (yi - self.x @ (self.x.T @ yi))[None], vi[None], vi[None].min(1, initial=np.inf)

    def at(self, rows: Rows, tau2: Floats | float) -> tuple[Floats, "WeightedRegression"]:
        w = 1 / (self.vi + np.broadcast_to(tau2, len(rows))[:, None])
        return self.yi, WeightedRegression(w, self.x, self.products)

    def unweighted(self, rows: Rows) -> Floats:
        sums = np.array([(self.yi**2).sum(), (self.vi * (1 - (self.x**2).sum(1))).sum()])
        return np.tile(sums[:, None], len(rows))

    def mean_square(self, rows: Rows) -> Floats:
        return np.full(len(rows), self.total_square)


class WeightedMeans:
    """Means at given weights; sums over all but the first, heaviest study keep the traces exact."""

    def __init__(self, w: Floats) -> None:
        self.w, self.first, self.others = w, w[:, 0], w[:, 1:]
        self.rest = _total(self.others)
        self.total = self.first + self.rest

    @cached_property
    def rest_of_squares(self) -> Floats:
        return _dot(self.others, self.others)

    def residual(self, z: Floats) -> Floats:
        return z - (_dot(self.w, z) / self.total)[:, None]

    def sums(self) -> tuple[Floats, Floats]:
        return self.total, self.first**2 + self.rest_of_squares

    def trace(self) -> Floats:
        return self.rest * (1 + self.first / self.total) - self.rest_of_squares / self.total

    def trace_of_square(self) -> Floats:
        share, one, two = self.first / self.total, self.rest, self.rest_of_squares
        three = _dot(self.others * self.others, self.others)
        return (share * one) ** 2 + 2 * share**2 * two + two - 2 * three / self.total + (two / self.total) ** 2

    def log_determinant(self) -> Floats:
        return np.log(self.total)


class WeightedRegression:
    """Regression lines at given weights."""

    def __init__(self, w: Floats, x: Floats, products: Floats) -> None:
        self.w, self.x, self.products = w, x, products
        self.information = self._crossed(w)

    def _crossed(self, w: Floats) -> Floats:
        crossed = np.einsum("nk,kq->nq", w, self.products)  # unlike matmul the same on any number of threads
        return crossed.reshape(len(w), self.x.shape[1], self.x.shape[1])

    def residual(self, z: Floats) -> Floats:
        beta = np.linalg.solve(self.information, np.einsum("nk,kp->np", self.w * z, self.x)[..., None])[..., 0]
        return z - np.einsum("np,kp->nk", beta, self.x)

    def sums(self) -> tuple[Floats, Floats]:
        return _total(self.w), _dot(self.w, self.w)

    def trace(self) -> Floats:
        return _total(self.w) - _trace(np.linalg.solve(self.information, self._crossed(self.w**2)))

    def trace_of_square(self) -> Floats:
        two, three = (np.linalg.solve(self.information, self._crossed(self.w**power)) for power in (2, 3))
        return _dot(self.w, self.w) - 2 * _trace(three) + _trace(two @ two)

    def log_determinant(self) -> Floats:
        return np.linalg.slogdet(self.information)[1]


def _dot(a: Floats, b: Floats) -> Floats:
    return np.einsum("ij,ij->i", a, b)


def _or_zero(vi: Floats) -> Floats:
    """Variances, with zero for those of absent studies."""
    return np.where(vi < np.inf, vi, 0.0)


def _as_slice(rows: Rows) -> Rows | slice:
    """The same rows, without a copy of their data where they follow one another."""
    follow = len(rows) > 1 and rows[-1] - rows[0] == len(rows) - 1 and (np.diff(rows) == 1).all()
    return slice(rows[0], rows[-1] + 1) if follow else rows


def _total(a: Floats) -> Floats:
    return np.einsum("ij->i", a)  # on short rows several times as fast as a.sum(1)


def _trace(matrices: Floats) -> Floats:
    return np.einsum("ijj->i", matrices)
