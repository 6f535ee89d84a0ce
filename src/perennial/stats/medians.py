"""Survival medians: the median of the studies' medians, with an exact interval where there are studies enough."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import comb
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from perennial.stats.distributions import check_level
from perennial.stats.errors import NotEstimable
from perennial.stats.result import Result, counted

Floats = NDArray[np.float64]

FEWEST = 6
"""With five studies the range of their medians covers the true median with a probability of only 1 - 2/32 = 0.9375."""

REPORTED, NOT_REACHED, NOT_REPORTED = "reported", "not_reached", "not_reported"
NOT_AVAILABLE = "not_available"


@dataclass(frozen=True)
class StudyMedian(Result):
    """A study's line: `value` (None unless reported), `status`, and its rank, not-reached last; ties share a rank."""

    label: str
    value: float | None
    status: str
    n: int | None
    rank: float | None


@dataclass(frozen=True)
class MedianOfMedians(Result):
    """The pooled median in the unit of the medians; each value comes with a status.

    `status`, `ci_low_status` and `ci_high_status` are "reported" (there is a number), "not_reached" (it lies beyond the
    medians that were reached; the value is None) or "not_available". `coverage` is the exact probability that the
    interval holds the median of the population of medians, at least the `level`. `weighted` is the same median with
    each study counted as often as it has patients, and has no interval.
    """

    k: int
    k_reached: int
    status: str
    estimate: float | None
    ci_low: float | None
    ci_low_status: str
    ci_high: float | None
    ci_high_status: str
    level: float
    coverage: float | None
    weighted: float | None
    weighted_status: str
    studies: tuple[StudyMedian, ...]
    warnings: tuple[str, ...] = ()

    def summary(self) -> str:
        def shown(value: float | None, status: str) -> str:
            return status.replace("_", " ") if value is None else f"{value:g}"

        medians = counted(self.k, "median", "medians")
        rows = [f"median of {medians}, {self.k_reached} reached: {shown(self.estimate, self.status)}"]
        if self.coverage is not None:
            bounds = shown(self.ci_low, self.ci_low_status), shown(self.ci_high, self.ci_high_status)
            rows.append(f"interval {bounds[0]} to {bounds[1]}, exact coverage {self.coverage:.1%}")
        rows += [f"  {it.label}: {shown(it.value, it.status)}" for it in self.studies]
        return "\n".join([*rows, *self.warnings])


def pool_median_rows(rows: Sequence[Mapping[str, Any]], level: float = 0.95) -> MedianOfMedians:
    """`pool_medians` of rows with `label`, `n`, `status` and, where the median was reached, its `estimate`."""
    values = [row.get("estimate", math.inf if row["status"] == NOT_REACHED else math.nan) for row in rows]
    return pool_medians(values, [row["n"] for row in rows], [row["label"] for row in rows], level)


def pool_medians(
    medians: ArrayLike, n: ArrayLike | None = None, labels: Sequence[str] | None = None, level: float = 0.95
) -> MedianOfMedians:
    """The unweighted median of the studies' `medians` and its interval by inverting the sign test.

    McGrath, Zhao, Qin, Steele & Benedetti (2019, Stat Med 38:969). Each median is a positive time, inf where it was not
    reached (ranked last), nan where the study does not report one (listed, not ranked). The interval is that between
    the order statistics r and k + 1 - r of the greatest r that keeps the binomial coverage at `level` or above. Below
    six medians nothing is pooled: all values are "not_available" and a warning says so. `n` are patients (for the
    weighted median). Raises ValueError for a median that is not positive, or lists of unequal length.
    """
    values = np.asarray(medians, dtype=float)
    labels = [str(number) for number in range(1, values.size + 1)] if labels is None else list(labels)
    sizes = np.full(values.shape, np.nan) if n is None else np.asarray(n, dtype=float)
    if values.ndim != 1 or sizes.shape != values.shape or len(labels) != len(values):
        raise ValueError("medians, n and labels must be lists of equal length")
    if np.any(values <= 0):
        raise ValueError("a median survival must be positive, inf (not reached) or nan (not reported)")
    if n is not None and not (np.all(sizes >= 1) and np.all(np.isfinite(sizes))):
        raise ValueError("every study needs one patient or more")
    check_level(level)

    given = ~np.isnan(values)
    ordered, k, reached = np.sort(values[given]), int(given.sum()), int(np.isfinite(values).sum())
    studies = _table(values, sizes, labels)
    warnings = []
    if k < len(values):
        left_out = ", ".join(it.label for it in studies if it.status == NOT_REPORTED)
        warnings.append(f"no median reported, left out: {left_out}")
    if k < FEWEST:
        warnings.append(f"{counted(k, 'median', 'medians')}: a pooled median needs {FEWEST} or more")
        nothing = (None, NOT_AVAILABLE)
        return MedianOfMedians(
            k, reached, NOT_AVAILABLE, None, *nothing, *nothing, level, None, *nothing, studies, tuple(warnings)
        )
    if reached < k:
        warnings.append("medians not reached are ranked last, which a short follow-up need not deserve")
    estimate, status = _stated(_middle(ordered, np.ones(k)))
    low = high = (None, NOT_AVAILABLE)
    coverage = None
    try:
        r, coverage = sign_test_rank(k, level)
        low, high = _stated(ordered[r - 1]), _stated(ordered[k - r])
    except NotEstimable as reason:
        warnings.append(str(reason))
    weighted = (None, NOT_AVAILABLE)
    if n is not None:
        order = np.argsort(values[given], kind="stable")
        weighted = _stated(_middle(ordered, sizes[given][order]))
    return MedianOfMedians(
        k, reached, status, estimate, *low, *high, level, coverage, *weighted, studies, tuple(warnings)
    )


def sign_test_rank(k: int, level: float = 0.95) -> tuple[int, float]:
    """The greatest r whose interval from the r-th smallest to the r-th largest of k covers, and its coverage.

    1 - 2 P(X < r) with X binomial(k, 1/2) (Thompson 1936, Ann Math Stat 7:122). Raises NotEstimable where even the
    whole range covers less than `level`.
    """
    found, outside = None, 0
    for r in range(1, (k + 1) // 2 + 1):
        outside += 2 * comb(k, r - 1)
        coverage = 1 - outside / 2**k
        if coverage < level:
            break
        found = r, coverage
    if found is None:
        raise NotEstimable(f"{k} medians are too few for an exact interval of level {level:g}")
    return found


def _middle(ordered: Floats, weights: Floats) -> float:
    """The median of the list in which each value stands as often as its weight says (ends of a gap are averaged)."""
    below = np.cumsum(weights) - weights.sum() / 2
    lower, upper = ordered[np.searchsorted(below, 0.0, side="left")], ordered[np.searchsorted(below, 0.0, side="right")]
    return float(lower + (upper - lower) / 2) if np.isfinite(upper) else float(upper)


def _stated(value: float) -> tuple[float | None, str]:
    return (float(value), REPORTED) if np.isfinite(value) else (None, NOT_REACHED)


def _table(values: Floats, sizes: Floats, labels: Sequence[str]) -> tuple[StudyMedian, ...]:
    rows = []
    for value, size, label in zip(values, sizes, labels, strict=True):
        status = NOT_REPORTED if np.isnan(value) else _stated(value)[1]
        rank = None if np.isnan(value) else float((values < value).sum() + ((values == value).sum() + 1) / 2)
        shown = float(value) if status == REPORTED else None
        rows.append(StudyMedian(label, shown, status, None if np.isnan(size) else int(size), rank))
    return tuple(rows)
