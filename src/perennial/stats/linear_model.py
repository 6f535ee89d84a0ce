"""Weighted least squares for meta-regression, of one analysis or of many that share their moderators."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from perennial.stats.batches import check_interval
from perennial.stats.errors import NotEstimable
from perennial.stats.quadratic_forms import Model, Rows, WeightedRegression
from perennial.stats.result import counted
from perennial.stats.tau2 import estimate, estimate_tau2_many, estimated_or_given, given

Floats = NDArray[np.float64]

ROUNDING = 100 * np.finfo(float).eps


class Design(NamedTuple):
    """Moderators as they are computed with: centred where there is a constant, which comes first, and of unit length.

    `back` turns coefficients of `matrix` (k x p) into those of the moderators as given.
    """

    matrix: Floats
    back: Floats
    constant: bool

    @property
    def moderators(self) -> int:
        return self.matrix.shape[1] - self.constant

    @property
    def tested(self) -> slice:
        """The coefficients of the omnibus test: all but the constant, unless there is nothing else."""
        return slice(int(self.constant and self.moderators > 0), None)


def make_design(x: ArrayLike | None, k: int, constant: bool = True) -> Design:
    """The design of moderators `x`, of a mean alone where it is None; NotEstimable where it is not of full rank."""
    if x is None:
        return Design(np.ones((k, 1)), np.eye(1), True)
    x = np.asarray(x, dtype=float)
    x = x[:, None] if x.ndim == 1 else x
    if x.ndim != 2 or len(x) != k or x.shape[1] == 0:
        raise ValueError(f"the moderators of {k} studies are an array {k} x m, got shape {x.shape}")
    if not np.isfinite(x).all():
        raise NotEstimable("every moderator must be finite: studies that lack one have to be left out")
    m, size = x.shape[1], abs(x).max(0, initial=0.0)
    middle = x.mean(0) if constant and k else np.zeros(m)
    units = (x - middle) / np.where(size > 0, size, 1.0)
    length = np.sqrt((units**2).sum(0))
    if (length <= ROUNDING * k).any():
        raise NotEstimable("a moderator does not vary between the studies: its coefficient cannot be estimated")
    scaled = units / length
    if m > k or np.linalg.svd(scaled, compute_uv=False).min() < 1e-10:
        raise NotEstimable("the moderators are collinear: one is a combination of the others, or there are too many")
    scale = 1 / (length * size)
    if not constant:
        return Design(scaled, np.diag(scale), False)
    back = np.diag(np.concatenate([[1.0], scale]))
    back[0, 1:] = -middle * scale
    return Design(np.column_stack([np.ones(k), scaled]), back, True)


def check_model(tau2: str | float, interval: str, k: int, p: int) -> None:
    check_interval(interval)
    if not isinstance(tau2, str):
        given(tau2)
    if k <= p:
        coefficients = counted(p, "coefficient", "coefficients")
        raise NotEstimable(f"{coefficients} and tau2 need {p + 1} studies or more, got {k}")


class LeastSquares(NamedTuple):
    """Of one analysis, or of many in the leading axis. The covariance of `coefficients` is `root` times its transpose.

    `scores` are the coefficients of orthonormal columns, uncorrelated, each after those before it; `hat` is the
    leverage of each study; `rss` the weighted residual sum of squares.
    """

    coefficients: Floats
    root: Floats
    scores: Floats
    hat: Floats
    rss: Floats


def least_squares(yi: Floats, w: Floats, matrix: Floats) -> LeastSquares:
    """Regress `yi` on `matrix` (k x p) with weights `w` (k, or analyses x k), zero for a study that is absent."""
    scale = np.sqrt(w)
    q, r = np.linalg.qr(scale[..., None] * matrix)
    outcome = scale * yi
    scores = np.einsum("...kp,...k->...p", q, outcome)
    root = np.linalg.inv(r)
    rss = ((outcome - np.einsum("...kp,...p->...k", q, scores)) ** 2).sum(-1)
    return LeastSquares(np.einsum("...pq,...q->...p", root, scores), root, scores, (q**2).sum(-1), rss)


def rounding(yi: Floats) -> float:
    """A residual that the floating-point form of the estimates alone may cause."""
    return ROUNDING * float(abs(yi).max(initial=0.0))


def variance_factor(fit: LeastSquares, w: Floats, df: int, interval: str, noise: float) -> Floats:
    """What the covariance is multiplied by: the mean squared residual for Hartung-Knapp, 1 otherwise.

    It is zero where residuals are not above `noise`.
    """
    if not interval.startswith("hartung_knapp"):
        return np.ones_like(fit.rss)
    scatter = np.where(fit.rss > noise**2 * w.sum(-1), fit.rss / df, 0.0)
    return np.maximum(1.0, scatter) if interval == "hartung_knapp_adhoc" else scatter


def between_variance(yi: Floats, vi: Floats, design: Design, tau2: str | float) -> float:
    """The given tau2, or the estimate by the method of that name."""
    return estimated_or_given(yi, vi, tau2, design.matrix if design.moderators else None)


def between_variances(yi: Floats, vi: Floats, design: Design, tau2: str | float) -> Floats:
    """The same for many analyses (analyses x studies; vi nan where one is absent) with the same moderators."""
    if not isinstance(tau2, str):
        return np.full(len(yi), float(tau2))
    if not design.moderators:
        return estimate_tau2_many(yi, vi, tau2)
    return estimate(Regressions(yi, vi, design.matrix), tau2)


class Regressions(Model):
    """Analyses of the same moderators `x` (k x p); absent studies have variance inf."""

    def __init__(self, yi: Floats, vi: Floats, x: Floats) -> None:
        self.present = np.isfinite(vi)
        self.vi = np.where(self.present, vi, np.inf)
        self.least = self.vi.min(1)
        self.x, _ = np.linalg.qr(x)
        self.products = (self.x[:, :, None] * self.x[:, None, :]).reshape(len(x), -1)
        self.k = self.present.sum(1)
        self.df = self.k - x.shape[1]
        plain = WeightedRegression(self.present.astype(float), self.x, self.products)
        mean = np.where(self.present, yi, 0.0).sum(1) / self.k
        self.total_square = np.where(self.present, (yi - mean[:, None]) ** 2, 0.0).sum(1) / self.k
        self.yi = plain.residual(yi)
        hat = np.einsum("kp,apq,kq->ak", self.x, np.linalg.inv(plain.information), self.x)
        left = np.where(self.present, self.yi**2, 0.0), np.where(self.present, vi * (1 - hat), 0.0)
        self.sums = np.stack([each.sum(1) for each in left])

    def at(self, rows: Rows, tau2: Floats | float) -> tuple[Floats, WeightedRegression]:
        w = 1 / (self.vi[rows] + np.reshape(tau2, (-1, 1)))
        return self.yi[rows], WeightedRegression(w, self.x, self.products)

    def unweighted(self, rows: Rows) -> Floats:
        return self.sums[:, rows]

    def mean_square(self, rows: Rows) -> Floats:
        return self.total_square[rows]
