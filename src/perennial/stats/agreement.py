"""Agreement of two raters who each put the same items into one of q categories."""

from dataclasses import dataclass
from fractions import Fraction
from math import sqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray

from perennial.stats.distributions import critical_value
from perennial.stats.proportions import clopper_pearson
from perennial.stats.result import Result

# In simulated 2 x 2 tables (20 to 5000 items, prevalence 1% to 50%) 95% Wald intervals of kappa and AC1 held the truth
# in 93% to 95% where 10 or more of what the warnings count were expected, and in 62% to 94% where fewer were. The cells
# expected by chance tell less: there were good intervals with one of 2, and bad ones with one of 91.
ENOUGH = 10


@dataclass(frozen=True)
class Coefficient(Result):
    """A measure of agreement, its standard error and interval; what does not exist is None."""

    estimate: float | None = None
    se: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    ci_method: str | None = None


@dataclass(frozen=True)
class Agreement(Result):
    """How far two raters agree on `n` items; `warnings` says what does not exist, and which interval not to rely on.

    `agreed` items were put into the same category, `observed` is their fraction (0 to 1). `kappa` and `ac1` lie in
    [-1, 1], `pabak` in [-1/(q-1), 1]. The indices exist for two categories, in [-1, 1]: `prevalence_index` is positive
    when the first category is the more common, `bias_index` when the first rater chooses it more often.
    """

    n: int
    agreed: int
    categories: int
    level: float
    observed: Coefficient = Coefficient()
    kappa: Coefficient = Coefficient()
    pabak: Coefficient = Coefficient()
    ac1: Coefficient = Coefficient()
    prevalence_index: float | None = None
    bias_index: float | None = None
    warnings: tuple[str, ...] = ()

    def summary(self) -> str:
        lines = [f"{self.agreed} of {self.n} alike in {self.categories} categories"]
        for name in ("observed", "kappa", "pabak", "ac1"):
            found: Coefficient = getattr(self, name)
            if found.estimate is not None:
                bounds = "" if found.ci_low is None else f" ({found.ci_low:.4g} to {found.ci_high:.4g})"
                lines.append(f"{name} {found.estimate:.4g}{bounds}")
        return "\n".join([*lines, *self.warnings])


def agreement(table: ArrayLike, level: float = 0.95) -> Agreement:
    """Agreement in a `table` of counts (q, q), q >= 2: rows are the first rater's categories, columns the second's.

    With p_ij the shares of the cells, r_i and c_j those of rows and columns, m_i = (r_i + c_i)/2, and po the share on
    the diagonal, each coefficient is (po - pe)/(1 - pe) with its own pe, the agreement expected by chance:

    ``kappa``  pe = sum r_i c_i (Cohen 1960, Educ Psychol Meas 20:37), undefined where both raters put every item into
               the same category. Its variance is the large-sample one of Fleiss, Cohen & Everitt 1969 (Psychol Bull
               72:323) that an interval needs, not the one for testing kappa = 0.
    ``pabak``  pe = 1/q; for two categories 2 po - 1 (Byrt, Bishop & Carlin 1993, J Clin Epidemiol 46:423, as for the
               indices p_11 - p_22 and p_12 - p_21), for more see Brennan & Prediger 1981, Educ Psychol Meas 41:687.
    ``ac1``    pe = sum m_i (1 - m_i)/(q - 1), with the variance for two raters (Gwet 2008, Br J Math Stat Psychol
               61:29) and no correction for a finite population.

    `pabak` and `ac1` depend on q: the table needs a row and a column for every category on offer, used or not.

    `observed` has the Clopper-Pearson interval, `pabak` the same one rescaled. `kappa` and `ac1` have Wald intervals
    (normal quantile) cut off at -1 and 1, and none where the standard error is 0. Without any item there is no
    coefficient. Raises ValueError for a table that is not square, has one category, or holds anything but counts.
    """
    counts = _check_table(table)
    q, n, agreed = len(counts), int(counts.sum()), int(np.trace(counts))
    if n == 0:
        return Agreement(n, agreed, q, level, warnings=("no item was judged by both raters",))
    # In fractions: whether a denominator or a variance is 0 is then a fact and not a matter of rounding.
    shares = counts * Fraction(1, n)
    rows, columns = shares.sum(axis=1), shares.sum(axis=0)
    middle = (rows + columns) / 2
    chance = (rows * columns).sum()
    chance_ac1 = (middle * (1 - middle)).sum() / (q - 1)

    kappa = Coefficient()
    if chance < 1:
        kappa = _large_sample(shares, n, chance, np.add.outer(columns, rows), level)
    ac1 = _large_sample(shares, n, chance_ac1, (1 - np.add.outer(middle, middle)) / (q - 1), level)

    exact = [float(bound[0]) for bound in clopper_pearson([agreed], [n], level)]
    observed = Coefficient(agreed / n, sqrt(agreed * (n - agreed) / n) / n, *exact, "Clopper-Pearson")
    rescaled = [(q * bound - 1) / (q - 1) for bound in exact]
    pabak_se = q / (q - 1) * observed.se
    return Agreement(
        n=n,
        agreed=agreed,
        categories=q,
        level=level,
        observed=observed,
        kappa=kappa,
        pabak=Coefficient((q * agreed - n) / (n * (q - 1)), pabak_se, *rescaled, "Clopper-Pearson, rescaled"),
        ac1=ac1,
        prevalence_index=float(shares[0, 0] - shares[1, 1]) if q == 2 else None,
        bias_index=float(shares[0, 1] - shares[1, 0]) if q == 2 else None,
        warnings=_warnings(counts, kappa, ac1),
    )


def _check_table(table: ArrayLike) -> NDArray[np.object_]:
    """The counts as Python's whole numbers, so that shares of them are exact."""
    values = np.asarray(table, dtype=float)
    if values.ndim != 2 or values.shape[0] != values.shape[1] or len(values) < 2:
        raise ValueError(f"the table must be square with two categories or more, got shape {values.shape}")
    wrong = values[~(np.isfinite(values) & (values >= 0) & (values == np.floor(values)))]
    if wrong.size:
        raise ValueError(f"the table must hold counts, whole numbers of 0 or more, got {wrong[0]:g}")
    return values.astype(int).astype(object)


def _large_sample(shares: NDArray, n: int, chance: Fraction, slopes: NDArray, level: float) -> Coefficient:
    """(po - pe)/(1 - pe) with its variance by the delta method for a multinomial table; pe is `chance`.

    `slopes` (q, q) are the derivatives of pe by each share, up to a constant, which the variance does not see. With
    c_i + r_j this is the variance of Fleiss, Cohen & Everitt, with (1 - m_i - m_j)/(q - 1) that of Gwet.
    """
    exact = (np.trace(shares) - chance) / (1 - chance)
    scores = np.identity(len(shares), dtype=object) - (1 - exact) * slopes
    spread = (shares * (scores - (shares * scores).sum()) ** 2).sum()
    estimate, se = float(exact), sqrt(spread / n) / float(1 - chance)
    if se == 0:
        return Coefficient(estimate, se)
    half = critical_value(level) * se
    return Coefficient(estimate, se, max(-1.0, estimate - half), min(1.0, estimate + half), "Wald")


def _warnings(counts: NDArray, kappa: Coefficient, ac1: Coefficient) -> tuple[str, ...]:
    used_by_first, used_by_second = np.flatnonzero(counts.sum(axis=1)), np.flatnonzero(counts.sum(axis=0))
    used = np.union1d(used_by_first, used_by_second)
    agreements = np.diagonal(counts)
    coefficients = {"kappa": kappa, "AC1": ac1}
    without_interval = [name for name, coefficient in coefficients.items() if coefficient.se == 0]
    with_interval = [name for name, coefficient in coefficients.items() if coefficient.se]
    found = []
    if kappa.estimate is None:
        found.append("kappa is undefined (0/0): both raters put every item into the same category")
    elif 1 in (len(used_by_first), len(used_by_second)):
        found.append("kappa is 0 whatever the other rater does: one rater used a single category")
    if without_interval:
        found.append(f"no interval for {' and '.join(without_interval)}: the standard error is 0")
    for what, count, names in (
        ("agreements", agreements.sum(), with_interval),
        ("disagreements", counts.sum() - agreements.sum(), with_interval),
        ("agreements in the rarest category", agreements[used].min(), [n for n in with_interval if n == "kappa"]),
    ):
        if names and count < ENOUGH:
            found.append(
                f"{what}: {count}, fewer than {ENOUGH}; the interval of {' and '.join(names)} may be too narrow"
            )
    if len(counts) > max(2, len(used)):
        found.append(
            f"categories that nobody used: {len(counts) - len(used)} of {len(counts)}; PABAK and AC1 count them"
        )
    return tuple(found)
