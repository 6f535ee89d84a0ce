"""How a pooled result depends on single studies, and on the order in which they came."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import ArrayLike, NDArray

from perennial.stats.batches import ManyEffects, random_effects_many
from perennial.stats.errors import NotEstimable
from perennial.stats.pooling import BinomialNormalModel, InverseVariance, PooledProportion, pool_proportions
from perennial.stats.prediction import prediction_interval
from perennial.stats.quadratic_forms import Floats, check_effects
from perennial.stats.result import Result

_AT_A_TIME = 1 << 21  # estimates, so that thousands of studies need no large memory


def leave_one_out(
    events: Sequence[int], n: Sequence[int], model: InverseVariance | BinomialNormalModel, level: float = 0.95
) -> list[PooledProportion]:
    """The pooled proportion without each study in turn, in their order.

    Everything is computed from the studies that stay, the harmonic mean of n included.
    """
    return [
        pool_proportions([*events[:i], *events[i + 1 :]], [*n[:i], *n[i + 1 :]], model, level) for i in range(len(n))
    ]


def leave_one_out_effects(
    yi: ArrayLike, vi: ArrayLike, tau2: str | float = "REML", interval: str = "wald", level: float = 0.95
) -> ManyEffects:
    """The mean of `yi` with variances `vi` (length k >= 2) without each study in turn, in their order.

    Everything is estimated anew from the studies that stay; `tau2` 0 keeps a common effect. Of two studies the one
    that stays gives its own estimate, and a warning. Raises NotEstimable for fewer than two.
    """
    yi, vi = check_effects(yi, vi)
    k = len(yi)
    if k < 2:
        raise NotEstimable(f"leaving one out needs two studies or more, got {k}")

    def stay(rows: NDArray[np.intp]) -> tuple[Floats, Floats]:
        others = np.arange(k - 1)
        others = others + (others >= rows[:, None])
        return yi[others], vi[others]

    return _in_blocks(stay, k, k, tau2, interval, level)


@dataclass(frozen=True)
class Cumulative(Result):
    """A pooled result after each step: `order` are the positions of the studies in the order they were added.

    `fits` are the results of the first `fits.k` studies in that order, one for each value of the order; `pi_low` and
    `pi_high` the prediction interval by `prediction`, nan while there are too few studies for it.
    """

    order: NDArray[np.intp]
    fits: ManyEffects
    pi_low: Floats
    pi_high: Floats
    prediction: str
    warnings: tuple[str, ...] = ()

    def summary(self) -> str:
        bounds = zip(self.fits.k, self.fits.mean, self.fits.ci_low, self.fits.ci_high, strict=True)
        rows = [f"k = {k}: {mean:.4g} ({low:.4g} to {high:.4g})" for k, mean, low, high in bounds]
        return "\n".join(["Cumulative analysis", *rows, *self.warnings])


def cumulative(
    yi: ArrayLike,
    vi: ArrayLike,
    order: ArrayLike | None = None,
    tau2: str | float = "REML",
    interval: str = "wald",
    level: float = 0.95,
    prediction: str = "t_k-1",
) -> Cumulative:
    """Pool the first study, the first two, and so on (Lau et al 1992, N Engl J Med 327:248).

    `order` holds a value for each study (a year, a size, a precision): studies are added from the smallest value up,
    those with the same value together; None adds them one by one as they come. After one study there is its own
    estimate. `tau2` 0 keeps a common effect. Raises NotEstimable without a study.
    """
    yi, vi = check_effects(yi, vi)
    k = len(yi)
    if not k:
        raise NotEstimable("a cumulative analysis needs a study or more, got none")
    by = np.arange(k) if order is None else np.asarray(order)
    if by.shape != (k,) or (by.dtype.kind == "f" and np.isnan(by).any()):
        raise ValueError(f"the order has a value for each of {k} studies")
    added = np.argsort(by, kind="stable")
    y, v, by = yi[added], vi[added], by[added]
    sizes = np.append(np.flatnonzero(by[1:] != by[:-1]) + 1, k)

    def first(rows: NDArray[np.intp]) -> tuple[Floats, Floats]:
        so_far = slice(sizes[rows[-1]])
        later = np.arange(so_far.stop) >= sizes[rows, None]
        return np.where(later, np.nan, y[so_far]), np.where(later, np.nan, v[so_far])

    fits = _in_blocks(first, len(sizes), k, tau2, interval, level)
    predicted = prediction_interval(fits.mean, fits.se, fits.tau2, fits.k, prediction, level)
    warnings = (*fits.warnings, *predicted.warnings)
    return Cumulative(added, fits, predicted.low, predicted.high, prediction, warnings)


def _in_blocks(
    studies: Callable[[NDArray[np.intp]], tuple[Floats, Floats]],
    analyses: int,
    k: int,
    tau2: str | float,
    interval: str,
    level: float,
) -> ManyEffects:
    """The analyses of at most k studies whose estimates and variances `studies` gives, a few at a time."""
    blocks = np.array_split(np.arange(analyses), -(-analyses * k // _AT_A_TIME))
    parts = [random_effects_many(*studies(rows), tau2, interval, level) for rows in blocks]
    if len(parts) == 1:
        return parts[0]
    names = [field.name for field in fields(ManyEffects) if field.name != "warnings"]
    values = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
    return ManyEffects(**values, warnings=tuple(warning for part in parts for warning in part.warnings))
