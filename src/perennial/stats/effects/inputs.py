"""What goes into an effect size: arrays of one shape, whose last axis is the studies of an analysis."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


def aligned(**named: ArrayLike) -> list[Floats]:
    """The arguments as float arrays of one shape; a study that lacks one value is nan in all of them.

    Raises ValueError for arguments of unequal shape, for a single number, and for infinite values.
    """
    arrays = [np.array(values, dtype=float) for values in named.values()]
    shapes = {name: array.shape for name, array in zip(named, arrays, strict=True)}
    if len(set(shapes.values())) > 1 or arrays[0].ndim == 0:
        raise ValueError(f"expected lists of equal length, got {', '.join(f'{n} {s}' for n, s in shapes.items())}")
    absent = np.zeros(arrays[0].shape, dtype=bool)
    for name, array in zip(named, arrays, strict=True):
        require(~np.isinf(array), f"{name} must be finite")
        absent |= np.isnan(array)
    for array in arrays:
        array[absent] = np.nan
    return arrays


def require(holds: Mask, sentence: str) -> None:
    """Raise ValueError with the sentence and the studies (from 1) for which it does not hold."""
    if not np.all(holds):
        raise ValueError(f"{sentence}; not so in {studies(~holds)}")


def studies(mask: Mask) -> str:
    """The studies of a mask in words: their numbers from 1, or how many where there are several analyses."""
    where = np.flatnonzero(mask)
    if mask.ndim > 1:
        return f"{where.size} of {mask.size} studies"
    shown = ", ".join(str(i + 1) for i in where[:10])
    return f"stud{'y' if where.size == 1 else 'ies'} {shown}" + (" and others" if where.size > 10 else "")


def not_whole(*counts: Floats) -> tuple[str, ...]:
    """A warning where counts are fractions, as effective counts of cluster-randomised trials may be.

    Formulas of effect sizes and sums over tables take them. Exact intervals, likelihoods and what starts from the
    counts of single arms do not: `perennial.stats.proportions.check_counts` refuses them.
    """
    fractional = np.logical_or.reduce([np.floor(count) != count for count in counts]) & ~np.isnan(counts[0])
    return (f"counts that are not whole numbers in {studies(fractional)}",) if fractional.any() else ()


def one_axis(values: Floats) -> None:
    """Raise ValueError where there are several analyses."""
    if values.ndim != 1:
        raise ValueError(f"one analysis at a time: expected lists of studies, got shape {values.shape}")


def left_out(absent: Mask) -> tuple[str, ...]:
    """A warning where studies are absent."""
    return (f"left out, with a missing value: {studies(absent)}",) if absent.any() else ()
