"""What tells a disagreement from a fault of metafor's: likelihoods at their estimates, ties that rounding decides."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from scipy import optimize

from against_metafor.values import Floats
from perennial.stats.errors import NotEstimable
from perennial.stats.tau2 import estimate_tau2
from perennial.stats.trim_and_fill import TrimAndFill

TIED = 1e-10  # relative difference that rounding may make


def log_likelihood(yi: Floats, vi: Floats, tau2: float, method: str, x: Floats | None = None) -> float:
    """The textbook formula, up to a constant: common mean, or the design `x` with its constant column."""
    x = np.ones((len(yi), 1)) if x is None else x
    w = 1 / (vi + tau2)
    information = x.T @ (w[:, None] * x)
    residual = yi - x @ np.linalg.solve(information, x.T @ (w * yi))
    restricted = np.linalg.slogdet(information)[1] if method == "REML" else 0.0
    return float((np.log(w).sum() - w @ residual**2 - restricted) / 2)


def shortfall(yi: Floats, vi: Floats, method: str, theirs: Any, x: Floats | None = None) -> Callable[[], float]:
    """How far the log-likelihood at their tau2 lies below that at ours; zero for estimators that maximise none."""

    def found() -> float:
        if method not in ("ML", "REML") or not isinstance(theirs, int | float):
            return 0.0
        try:
            ours = estimate_tau2(yi, vi, method, x)
        except NotEstimable:
            return 0.0
        return log_likelihood(yi, vi, ours, method, x) - log_likelihood(yi, vi, theirs, method, x)

    return found


def shortfall_beside_a_line(yi: Floats, vi: Floats, x: Floats, method: str, se: Any) -> Callable[[], float]:
    """The same for a line on `x`, where R says nothing of tau2: the one at which the slope has their standard error."""
    design = np.column_stack([np.ones(len(yi)), x])

    def excess(tau2: float) -> float:
        w = 1 / (vi + tau2)
        return np.linalg.inv(design.T @ (w[:, None] * design))[1, 1] ** 0.5 - se

    def found() -> float:
        if not isinstance(se, int | float) or method not in ("ML", "REML"):
            return 0.0
        high = vi.max() + np.var(yi)
        if excess(0.0) >= 0 or excess(high) <= 0:
            tau2 = 0.0 if excess(0.0) >= 0 else high
        else:
            tau2 = optimize.brentq(excess, 0.0, high, xtol=1e-15 * high)
        return shortfall(yi, vi, method, float(tau2), design)()

    return found


def standard_error(height: Callable[[float, float], float], mean: float, tau: float, step: float) -> float:
    """That of the mean, by second differences of the log-likelihood of mean and tau."""
    h, centre = step, height(mean, tau)
    ahead, behind, up, down = (height(mean + i * h, tau + j * h) for i, j in ((1, 0), (-1, 0), (0, 1), (0, -1)))
    corners = sum(i * j * height(mean + i * h, tau + j * h) for i in (1, -1) for j in (1, -1)) / 4
    curvature = np.array([[ahead + behind - 2 * centre, corners], [corners, up + down - 2 * centre]]) / h**2
    return float(np.linalg.inv(-curvature)[0, 0] ** 0.5)


def largest(*each: Callable[[], float]) -> Callable[[], float]:
    """Of values that depend on several fits: how far the worst of them falls short."""
    return lambda: max(one() for one in each)


def at(values: Sequence | None, place: int) -> Any:
    return None if values is None else np.ravel(np.array(values, dtype=object))[place]


def tied_ranks(yi: Floats, vi: Floats) -> Callable[[], bool]:
    """Whether rounding decides the order of standardised estimates, or of variances."""

    def found() -> bool:
        w = 1 / vi
        deviates = (yi - w @ yi / w.sum()) / np.sqrt(vi - 1 / w.sum())
        return any(np.diff(np.sort(each)).min() <= TIED * np.abs(each).max() for each in (deviates, vi))

    return found


def tied_distances(yi: Floats, fit: Callable[[], TrimAndFill]) -> Callable[[], bool]:
    """Whether estimates lie on the centre of the funnel, or equally far from it on both sides."""

    def found() -> bool:
        ours = fit()
        for centre in (ours.centre, ours.observed.mean):
            away = np.sort(np.abs(yi - centre))
            if min(away[0], np.diff(away).min()) <= TIED * max(np.abs(yi).max(), away[-1]):
                return True
        return False

    return found


def of_filled(yi: Floats, vi: Floats, method: str, theirs: Mapping[str, Any], fit: Callable[[], TrimAndFill]):
    """Shortfall and ties of a filled funnel; where it is filled as ours, its tau2 is of the same estimates."""

    def found() -> float:
        ours = fit()
        if ours.k0 != theirs["k0"]:
            return 0.0
        return shortfall(np.append(yi, ours.filled_yi), np.append(vi, ours.filled_vi), method, at(theirs["tau2"], 0))()

    return found, tied_distances(yi, fit)
