"""Single proportions: counts, their transformations and the way back."""

from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

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


def clopper_pearson(events: ArrayLike, n: ArrayLike, level: float = 0.95) -> tuple[Floats, Floats]:
    """Exact interval of each proportion, as fractions (Clopper & Pearson 1934, Biometrika 26:404)."""
    events, n = check_counts(events, n)
    tail = (1 - level) / 2
    low, high = np.zeros_like(events), np.ones_like(events)
    some, not_all = events > 0, events < n
    low[some] = special.betaincinv(events[some], n[some] - events[some] + 1, tail)
    high[not_all] = special.betaincinv(events[not_all] + 1, n[not_all] - events[not_all], 1 - tail)
    return low, high


class Transformation(Protocol):
    """A scale on which proportions are pooled."""

    name: str

    def effects(self, events: ArrayLike, n: ArrayLike) -> tuple[Floats, Floats]:
        """Transformed proportions and their sampling variances, each of length k."""

    def to_proportion(self, value: float, n: ArrayLike) -> float:
        """The pooled `value` as a proportion in [0, 1]; `n` are the sizes of the studies pooled."""


class FreemanTukey:
    """Double arcsine in the averaged form, variance 1/(4n+2) (Freeman & Tukey 1950, Ann Math Stat 21:607).

    The way back is Miller's (1978, Am Stat 32:138) at the harmonic mean of n. Values beyond the transform of 0 of n or
    n of n become 0 or 1, as in metafor's `transf.ipft.hm`.
    """

    name = "freeman_tukey"

    def effects(self, events, n):
        events, n = check_counts(events, n)
        return self._transform(events, n), 1 / (4 * n + 2)

    def to_proportion(self, value, n):
        size = 1 / np.mean(1 / np.asarray(n, dtype=float))
        if value >= self._transform(size, size):
            return 1.0
        if value <= self._transform(0.0, size):
            return 0.0
        # Miller's equation, written for the averaged form (its t is twice our value).
        sine, cosine = np.sin(2 * value), np.cos(2 * value)
        root = 1 - (sine + (sine - 1 / sine) / size) ** 2
        return float((1 - np.sign(cosine) * np.sqrt(max(root, 0.0))) / 2)

    @staticmethod
    def _transform(events, n):
        return (np.arcsin(np.sqrt(events / (n + 1))) + np.arcsin(np.sqrt((events + 1) / (n + 1)))) / 2


class Logit:
    """Log odds, variance 1/events + 1/(n - events).

    A study with no event, or with nothing else, gets 0.5 added to its events and to its non-events; the others are
    left alone (metafor's `add=1/2, to="only0"`).
    """

    name = "logit"

    def effects(self, events, n):
        events, n = check_counts(events, n)
        added = np.where((events == 0) | (events == n), 0.5, 0.0)
        yes, no = events + added, n - events + added
        return np.log(yes / no), 1 / yes + 1 / no

    def to_proportion(self, value, n):
        return float(special.expit(value))


TRANSFORMATIONS: dict[str, Transformation] = {t.name: t for t in (FreemanTukey(), Logit())}
