"""By how much metafor's estimate falls short of the highest likelihood: what tells a local maximum from a disagreement."""

from collections.abc import Callable, Sequence

import numpy as np

from against_metafor.values import Floats
from perennial.stats.errors import NotEstimable
from perennial.stats.tau2 import estimate_tau2


def log_likelihood(yi: Floats, vi: Floats, tau2: float, method: str, x: Floats | None = None) -> float:
    """The textbook formula, up to a constant: common mean, or the design `x` with its constant column."""
    x = np.ones((len(yi), 1)) if x is None else x
    w = 1 / (vi + tau2)
    information = x.T @ (w[:, None] * x)
    residual = yi - x @ np.linalg.solve(information, x.T @ (w * yi))
    restricted = np.linalg.slogdet(information)[1] if method == "REML" else 0.0
    return float((np.log(w).sum() - w @ residual**2 - restricted) / 2)


def shortfall(yi: Floats, vi: Floats, method: str, theirs: object, x: Floats | None = None) -> Callable[[], float]:
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


def largest(*each: Callable[[], float]) -> Callable[[], float]:
    """Of values that depend on several fits: how far the worst of them falls short."""
    return lambda: max(one() for one in each)


def at(values: Sequence | None, place: int) -> object:
    return None if values is None else np.ravel(np.array(values, dtype=object))[place]
