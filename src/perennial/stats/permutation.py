"""Permutation tests of a pooled mean and of the coefficients of a meta-regression."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from math import factorial, prod

import numpy as np
from numpy.typing import ArrayLike, NDArray

from perennial.stats.errors import NotEstimable
from perennial.stats.linear_model import (
    Floats,
    between_variances,
    check_model,
    least_squares,
    make_design,
    rounding,
    variance_factor,
)
from perennial.stats.meta_regression import checked_names
from perennial.stats.quadratic_forms import check_effects
from perennial.stats.result import Result

ALTERNATIVES = ("two_sided", "two_sided_doubled", "less", "greater")
TIE = np.finfo(float).eps ** 0.5  # statistics this close are equal: rounding alone tells them apart
MOST = 1 << 22
CELLS = 1 << 18  # numbers in an array of arrangements x studies: more are worked on in blocks


@dataclass(frozen=True)
class PermutationTest(Result):
    """P values of the coefficients `names` and, in `qm_p`, of all of them except the constant together.

    `statistic` holds the z or t values, `qm` the omnibus chi-squared or F of the data as observed. `permutations` is
    the number of arrangements compared, the observed one among them: all there are if `exact`, else a random sample,
    which leaves the P values a standard error of `p_se`.
    """

    names: tuple[str, ...]
    statistic: Floats
    p: Floats
    p_se: Floats
    qm: float
    qm_p: float
    alternative: str
    permutations: int
    exact: bool
    warnings: tuple[str, ...] = ()

    def summary(self) -> str:
        kind = "all" if self.exact else "a random sample of"
        lines = [f"Permutation test over {kind} {self.permutations} arrangements, alternative: {self.alternative}"]
        lines += [f"  {name}: P = {p:.3g}" for name, p in zip(self.names, self.p, strict=True)]
        lines.append(f"  omnibus: P = {self.qm_p:.3g}")
        return "\n".join([*lines, *self.warnings])


def permutation_test(
    yi: ArrayLike,
    vi: ArrayLike,
    x: ArrayLike | None = None,
    tau2: str | float = "REML",
    interval: str = "hartung_knapp",
    alternative: str = "two_sided",
    permutations: int = 1000,
    exact: bool = False,
    seed: int = 1,
    names: tuple[str, ...] | None = None,
    constant: bool = True,
) -> PermutationTest:
    """Refit the model to the arrangements that were as likely under the null hypothesis, each with a tau2 of its own.

    Without `x` the signs of the estimates `yi` are flipped: the mean is zero and the distribution symmetric (Follmann &
    Proschan 1999, Biometrics 55:732). With `x` (as in `meta_regression`, like `tau2`, `interval`, `names` and
    `constant`) its rows are shuffled over the studies (Higgins & Thompson 2004, Stat Med 23:1663). All different
    arrangements are used if they are at most `permutations`, or if `exact`; otherwise the observed one and, drawn with
    `seed`, as many as make up `permutations`, so that P is never zero.

    `alternative`: "two_sided" compares absolute values, "less" and "greater" look at one side, "two_sided_doubled"
    doubles the P value of the side of the median on which the observed value lies. The same as metafor's `permutest`,
    near ties included: statistics that differ by less than 1.5e-8 are equal.

    Raises NotEstimable as `meta_regression` does; ValueError for unknown names, fewer than two permutations, and an
    exact test of more than four million arrangements.
    """
    yi, vi = check_effects(yi, vi)
    design = make_design(x, len(yi), constant)
    k, p = design.matrix.shape
    check_model(tau2, interval, k, p)
    if alternative not in ALTERNATIVES:
        raise ValueError(f"the alternative must be one of {ALTERNATIVES}, got {alternative!r}")
    if permutations < 2:
        raise ValueError(f"a test needs two permutations or more, got {permutations}")

    _, labels = np.unique(design.matrix, axis=0, return_inverse=True)
    every = 2**k if x is None else factorial(k) // prod(map(factorial, np.bincount(labels.ravel()).tolist()))
    if exact and every > MOST:
        raise ValueError(f"{every} different arrangements are too many for an exact test: leave out `exact`")
    exact = exact or every <= permutations

    def statistics(yi: Floats, vi: Floats) -> Floats:
        """Of each arrangement (in rows) the z or t of every coefficient and, last, the omnibus chi-squared or F."""
        between = between_variances(yi, vi, design, tau2)
        w = 1 / (vi + between[:, None])
        fit = least_squares(yi, w, design.matrix)
        factor = variance_factor(fit, w, k - p, interval, noise)
        with np.errstate(divide="ignore", invalid="ignore"):
            z = fit.coefficients @ design.back.T / np.sqrt(factor[:, None] * ((design.back @ fit.root) ** 2).sum(2))
            omnibus = (fit.scores[:, design.tested] ** 2).sum(1) / factor
        return np.column_stack([z, omnibus if interval == "wald" else omnibus / len(fit.scores[0, design.tested])])

    noise = rounding(yi)
    observed = statistics(yi[None], vi[None])
    if not np.isfinite(observed).all():
        raise NotEstimable("the estimates lie exactly on the line: the Hartung-Knapp standard errors are zero")
    if x is None:
        order = all_signs(k) if exact else random_signs(k, permutations - 1, seed)
        found = [statistics(signs * yi, np.broadcast_to(vi, signs.shape)) for signs in order]
    else:
        # studies are shuffled under the rows, which comes to the same and leaves one design for all
        order = all_orders(labels.ravel()) if exact else random_orders(k, permutations - 1, seed)
        found = [statistics(yi[studies], vi[studies]) for studies in order]
    permuted, observed = np.concatenate(found if exact else [observed, *found]), observed[0]
    tie = TIE * np.maximum(1, abs(observed))
    above, below = (permuted >= observed - tie).mean(0), (permuted <= observed + tie).mean(0)
    p_values = {
        "two_sided": (abs(permuted) >= abs(observed) - tie).mean(0),
        "two_sided_doubled": np.minimum(1, 2 * np.where(observed > np.median(permuted, axis=0), above, below)),
        "less": below,
        "greater": above,
    }[alternative][:-1]
    return PermutationTest(
        names=checked_names(names, design.moderators, design.constant),
        statistic=observed[:-1],
        p=p_values,
        p_se=np.zeros(p) if exact else np.sqrt(p_values * (1 - p_values) / len(permuted)),
        qm=float(observed[-1]),
        qm_p=float(above[-1]),
        alternative=alternative,
        permutations=len(permuted),
        exact=exact,
        warnings=cautions(every, x is None and alternative.startswith("two_sided")),
    )


def cautions(every: int, paired: bool) -> tuple[str, ...]:
    least = (2 if paired else 1) / every
    return (f"only {every} arrangements exist: P cannot be below {least:.3g}",) if least > 0.05 else ()


def blocks(k: int, count: int) -> Iterator[tuple[int, int]]:
    size = max(1, CELLS // k)
    return ((start, min(size, count - start)) for start in range(0, count, size))


def all_signs(k: int) -> Iterator[Floats]:
    for start, size in blocks(k, 2**k):
        yield 1.0 - 2.0 * (np.arange(start, start + size)[:, None] >> np.arange(k) & 1)


def random_signs(k: int, count: int, seed: int) -> Iterator[Floats]:
    random = np.random.default_rng(seed)
    for _, size in blocks(k, count):
        yield random.choice([-1.0, 1.0], (size, k))


def all_orders(labels: NDArray[np.intp]) -> Iterator[NDArray[np.intp]]:
    """Studies in all orders that differ to rows of the design of which those of the same label are equal."""
    places = np.argsort(labels, kind="stable")
    arranged = in_turn(labels[places].tolist())
    while block := list(islice(arranged, max(1, CELLS // len(labels)))):
        orders = np.empty((len(block), len(labels)), dtype=np.intp)
        orders[:, places] = np.argsort(np.array(block), axis=1, kind="stable")
        yield orders


def random_orders(k: int, count: int, seed: int) -> Iterator[NDArray[np.intp]]:
    random = np.random.default_rng(seed)
    for _, size in blocks(k, count):
        yield random.permuted(np.tile(np.arange(k), (size, 1)), axis=1)


def in_turn(order: list[int]) -> Iterator[tuple[int, ...]]:
    """Different orders from the sorted one on, in lexicographic order (Knuth, TAOCP 7.2.1.2, algorithm L)."""
    while True:
        yield tuple(order)
        rise = next((i for i in range(len(order) - 2, -1, -1) if order[i] < order[i + 1]), None)
        if rise is None:
            return
        larger = next(i for i in range(len(order) - 1, rise, -1) if order[i] > order[rise])
        order[rise], order[larger] = order[larger], order[rise]
        order[rise + 1 :] = order[:rise:-1]
