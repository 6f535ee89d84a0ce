"""Single proportions: counts, their transformations and the way back."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from perennial.stats.distributions import check_level
from perennial.stats.effects.corrections import HALF_WHERE_ZERO, NO_CORRECTION, Correction
from perennial.stats.errors import NotEstimable
from perennial.stats.result import counted

Floats = NDArray[np.float64]


def check_counts(events: ArrayLike, n: ArrayLike) -> tuple[Floats, Floats]:
    """`events` and `n` as float arrays of equal length k, each pair with 0 <= events <= n and n >= 1.

    Raises ValueError for counts that are not whole, out of range, or of unequal number.
    """
    events, n = np.asarray(events, dtype=float), np.asarray(n, dtype=float)
    if events.ndim != 1 or events.shape != n.shape:
        raise ValueError(f"events and n must be lists of equal length, got {events.shape} and {n.shape}")
    if not (np.all(events == np.floor(events)) and np.all(n == np.floor(n))):
        raise ValueError("events and n must be whole numbers")
    if np.any(n < 1) or np.any(events < 0) or np.any(events > n):
        raise ValueError("each pair must satisfy n >= 1 and 0 <= events <= n")
    return events, n


def check_arms(ai: ArrayLike, n1i: ArrayLike, ci: ArrayLike, n2i: ArrayLike) -> tuple[Floats, ...]:
    """The counts of both arms of the same studies, each arm as in `check_counts`."""
    arms = *check_counts(ai, n1i), *check_counts(ci, n2i)
    if arms[0].shape != arms[2].shape:
        raise ValueError(f"both arms must be lists of equal length, got {arms[0].shape} and {arms[2].shape}")
    return arms


def clopper_pearson(events: ArrayLike, n: ArrayLike, level: float = 0.95) -> tuple[Floats, Floats]:
    """Exact interval of each proportion, as fractions (Clopper & Pearson 1934, Biometrika 26:404)."""
    events, n = check_counts(events, n)
    check_level(level)
    tail = (1 - level) / 2
    low, high = np.zeros_like(events), np.ones_like(events)
    some, not_all = events > 0, events < n
    low[some] = special.betaincinv(events[some], n[some] - events[some] + 1, tail)
    high[not_all] = special.betaincinv(events[not_all] + 1, n[not_all] - events[not_all], 1 - tail)
    return low, high


class Transformation(Protocol):
    """A scale on which proportions are pooled.

    `correction` is what its `effects` add to counts of 0 and of n. `to_proportion` keeps within 0 and 1; where that
    takes cutting, `beyond` is true of the value, and who reports the result has to say so.
    """

    name: str
    correction: Correction

    def transform(self, events: Floats, n: Floats) -> tuple[Floats, Floats]:
        """Transformed proportions and their sampling variances, of counts that need no further correction."""

    def effects(self, events: ArrayLike, n: ArrayLike) -> tuple[Floats, Floats]:
        """Transformed proportions and their sampling variances, each of length k, after the correction."""

    def to_proportion(self, value: float, n: ArrayLike) -> float:
        """The pooled `value` as a proportion in [0, 1]; `n` are the sizes of the studies pooled."""

    def beyond(self, value: float, n: ArrayLike) -> bool:
        """Whether `value` lies outside the transforms of 0 and 1."""


@dataclass(frozen=True)
class _Corrected:
    """A transformation under which counts of 0 or n fail, corrected as said; metafor's `add=1/2, to="only0"` if not."""

    correction: Correction = HALF_WHERE_ZERO

    def effects(self, events, n):
        events, n, _ = corrected(*check_counts(events, n), self.correction)
        with np.errstate(divide="ignore", invalid="ignore"):
            yi, vi = self.transform(events, n)
        if not np.all(np.isfinite(yi) & np.isfinite(vi)):
            raise NotEstimable("a count of 0 or n has no finite transform; choose a correction")
        return yi, vi


class _Uncorrected:
    """A transformation that is finite for any counts and takes no correction."""

    correction = NO_CORRECTION

    def effects(self, events, n):
        return self.transform(*check_counts(events, n))


def corrected(events: Floats, n: Floats, correction: Correction) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Counts after `correction` of events and non-events alike, and which studies it touched."""
    added = correction.added((events == 0) | (events == n))
    return events + added, n + 2 * added, added > 0


def said_of_correction(events: Floats, n: Floats, correction: Correction) -> tuple[str, ...]:
    """A warning where `correction` changes what is pooled."""
    touched = int(corrected(events, n, correction)[2].sum())
    what = f"{correction.amount:g} added to events and non-events in {touched} of {counted(len(n))}"
    return (f"{what}, for counts of none or all",) if touched else ()


class Raw(_Corrected):
    """The proportion itself, variance p(1 - p)/n: zero for 0 and 1 where they are not corrected."""

    name = "raw"

    def transform(self, events, n):
        return events / n, events * (n - events) / n**3

    def to_proportion(self, value, n):
        return float(min(max(value, 0.0), 1.0))

    def beyond(self, value, n):
        return bool(value < 0 or value > 1)


class Log(_Corrected):
    """log(p), variance 1/events - 1/n."""

    name = "log"

    def transform(self, events, n):
        return np.log(events / n), (n - events) / (events * n)

    def to_proportion(self, value, n):
        return float(np.exp(min(value, 0.0)))

    def beyond(self, value, n):
        return bool(value > 0)


class Logit(_Corrected):
    """Log odds, variance 1/events + 1/(n - events).

    A study with no event, or with nothing else, gets 0.5 added to its events and to its non-events; the others are
    left alone (metafor's `add=1/2, to="only0"`), unless another correction is asked for.
    """

    name = "logit"

    def transform(self, events, n):
        return np.log(events / (n - events)), 1 / events + 1 / (n - events)

    def to_proportion(self, value, n):
        return float(special.expit(value))

    def beyond(self, value, n):
        return False


class Arcsine(_Uncorrected):
    """arcsin(sqrt(p)) in radians, variance 1/(4n) (Rucker et al 2009, Stat Med 28:721)."""

    name = "arcsine"

    def transform(self, events, n):
        return np.arcsin(np.sqrt(events / n)), 1 / (4 * n)

    def to_proportion(self, value, n):
        return float(np.sin(min(max(value, 0.0), np.pi / 2)) ** 2)

    def beyond(self, value, n):
        return bool(value < 0 or value > np.pi / 2)


class FreemanTukey(_Uncorrected):
    """Double arcsine in the averaged form, variance 1/(4n+2) (Freeman & Tukey 1950, Ann Math Stat 21:607).

    The way back is Miller's (1978, Am Stat 32:138) at the harmonic mean of n. Values beyond the transform of 0 of n or
    n of n become 0 or 1, as in metafor's `transf.ipft.hm`.
    """

    name = "freeman_tukey"

    def transform(self, events, n):
        return double_arcsine(events, n), 1 / (4 * n + 2)

    def to_proportion(self, value, n):
        return inverse_double_arcsine(value, harmonic_mean(n))

    def beyond(self, value, n):
        size = harmonic_mean(n)
        return bool(value < double_arcsine(0.0, size) or value > double_arcsine(size, size))


def double_arcsine(events: ArrayLike, n: ArrayLike) -> Floats:
    """(arcsin sqrt(x/(n+1)) + arcsin sqrt((x+1)/(n+1)))/2 in radians (Freeman & Tukey 1950)."""
    return (np.arcsin(np.sqrt(events / (n + 1))) + np.arcsin(np.sqrt((events + 1) / (n + 1)))) / 2


def inverse_double_arcsine(value: float, size: float) -> float:
    """The proportion whose transform in a study of `size` is `value` (Miller 1978, Am Stat 32:138).

    Values beyond the transform of 0 of `size`, or of all of `size`, become 0 or 1.
    """
    if value >= double_arcsine(size, size):
        return 1.0
    if value <= double_arcsine(0.0, size):
        return 0.0
    # Miller's equation, written for the averaged form (its t is twice our value).
    sine, cosine = np.sin(2 * value), np.cos(2 * value)
    root = 1 - (sine + (sine - 1 / sine) / size) ** 2
    return float((1 - np.sign(cosine) * np.sqrt(max(root, 0.0))) / 2)


def harmonic_mean(n: ArrayLike) -> float:
    """k / sum(1/n), the size that Miller lets stand for all studies."""
    return float(1 / np.mean(1 / np.asarray(n, dtype=float)))


TRANSFORMATIONS: dict[str, Transformation] = {t.name: t for t in (FreemanTukey(), Logit(), Raw(), Log(), Arcsine())}
