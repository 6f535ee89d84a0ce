"""What funnel plots show: contours of significance, the region without heterogeneity, size in place of precision."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from perennial.stats.asymmetry import ENOUGH_STUDIES, Floats, cautions
from perennial.stats.distributions import check_level, critical_value, two_sided_p
from perennial.stats.errors import NotEstimable
from perennial.stats.proportions import TRANSFORMATIONS, check_counts
from perennial.stats.quadratic_forms import check_effects, squares
from perennial.stats.result import Result, counted


@dataclass(frozen=True)
class Contour(Result):
    """Edges of a region of the funnel plot: estimates between `low` and `high` at standard errors `sei`.

    Within the edges of level 0.95 about no effect lie the estimates with a two-sided P value above 0.05.
    """

    level: float
    centre: float
    sei: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True)
class ContourFunnel(Result):
    """Estimates with standard errors, the contours behind them, and each study's two-sided P value against `reference`.

    `between` counts the studies from one contour to the next: below the first level, between the first and the
    second, ..., beyond the last.
    """

    k: int
    yi: Floats
    sei: Floats
    reference: float
    p: Floats
    contours: tuple[Contour, ...]
    between: tuple[int, ...]
    assumptions: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class SizeFunnel(Result):
    """Transformed proportions `yi` (log odds by default) against the sample sizes `ni`."""

    k: int
    yi: Floats
    ni: Floats
    transformation: str
    assumptions: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def contour(centre: float, sei: ArrayLike, level: float = 0.95) -> Contour:
    """Edges at `centre` plus and minus the normal quantile times `sei` >= 0.

    The source is Sterne & Egger (2001, J Clin Epidemiol 54:1046).
    About the pooled estimate it is the region that holds the share `level` of the studies where there is neither
    heterogeneity nor asymmetry; about no effect it is a contour of significance.
    """
    sei = np.asarray(sei, dtype=float)
    if not (np.isfinite(centre) and np.all(np.isfinite(sei) & (sei >= 0))):
        raise ValueError("the centre must be finite, and the standard errors finite and not negative")
    check_level(level)
    half = critical_value(level) * sei
    return Contour(level, centre, sei, centre - half, centre + half)


def contour_funnel(
    yi: ArrayLike,
    sei: ArrayLike,
    reference: float = 0.0,
    levels: tuple[float, ...] = (0.90, 0.95, 0.99),
    points: int = 2,
) -> ContourFunnel:
    """A contour-enhanced funnel plot (Peters et al 2008, J Clin Epidemiol 61:991).

    `reference` is no effect on the scale of `yi`: a proportion has none unless one is named. The contours run from a
    standard error of zero to the largest by `points` >= 2 (edges are straight where the axis is the standard error).
    Raises NotEstimable where there is no study.
    """
    yi, vi = check_effects(yi, squares(sei))
    if not len(yi):
        raise NotEstimable("there is no study to draw")
    if list(levels) != sorted(set(levels)) or points < 2:
        raise ValueError("levels must rise, and there must be two points or more")
    sei = np.sqrt(vi)
    grid = np.linspace(0, sei.max(), points)
    p = np.array([two_sided_p(z) for z in (yi - reference) / sei])
    region = np.searchsorted(1 - np.array(levels[::-1]), p, side="left")
    counts = np.bincount(region, minlength=len(levels) + 1)[::-1]
    assumptions = (
        "each P value is by the normal distribution, its standard error taken as known",
        "few studies where results would not be significant may be for selection, but also for other reasons",
    )
    return ContourFunnel(
        len(yi), yi, sei, reference, p, tuple(contour(reference, grid, level) for level in levels),
        tuple(counts.tolist()), assumptions, cautions(yi, vi),
    )  # fmt: skip


def size_funnel(events: ArrayLike, n: ArrayLike, transformation: str = "logit") -> SizeFunnel:
    """Proportions against sample size (Hunter et al 2014, J Clin Epidemiol 67:897).

    A proportion's standard error depends on the proportion, so that the usual funnel of log odds is lopsided by itself
    where events are rare; the sample size does not. `transformation` is a key of TRANSFORMATIONS. Asymmetry in it is
    tested by `egger.regression_test` with a predictor made of the sample size. Raises NotEstimable for no study.
    """
    events, n = check_counts(events, n)
    if not len(n):
        raise NotEstimable("there is no study to draw")
    if transformation not in TRANSFORMATIONS:
        raise ValueError(f"transformation must be one of {', '.join(TRANSFORMATIONS)}, got {transformation!r}")
    yi, _ = TRANSFORMATIONS[transformation].effects(events, n)
    said, extreme = [], int(((events == 0) | (events == n)).sum())
    if len(n) < ENOUGH_STUDIES:
        said.append(f"{counted(len(n))}, fewer than {ENOUGH_STUDIES}: asymmetry cannot be told from chance")
    if n.max() < 2 * n.min():
        said.append("little spread in size: the largest study is less than twice the smallest")
    if extreme:
        said.append(
            f"{extreme} of {len(n)} studies with no event, or with nothing else: their place depends on n alone"
        )
    assumptions = ("without asymmetry the proportion does not depend on the sample size",)
    return SizeFunnel(len(n), yi, n, transformation, assumptions, tuple(said))
