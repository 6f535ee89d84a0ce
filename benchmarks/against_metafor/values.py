"""A reference value beside ours, how far apart they are, and the account of many such pairs.

The relative difference is |ours - theirs| / max(|theirs|, size). `size` is natural for the quantity, so that a mean
that happens to be near zero, or a tau2 that is zero to a millionth of the smallest sampling variance, counts as met:

    mean, bound of an interval, estimate        its standard error; on a scale transformed back, the interval's width
    tau2; tau                                   the smallest sampling variance; its root
    z or t statistic                            1
    residual or change in standard errors       0.01, and so their squares
    Q; chi-squared; H2                          1
    I2, a percentage                            1
    standard error, sampling variance, weight   0: plainly relative
    P value                                     compared by its logarithm, size 1
    count, side, yes or no                      right or wrong
"""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perennial.stats.errors import NotEstimable

Floats = NDArray[np.float64]

CLOSE = 1e-6
CLOSE_BY_QUADRATURE = 1e-4  # iterative models whose likelihood is itself integrated numerically

LOGARITHM = "logarithm"
EXACT = "exact"

Field = Callable[[Any], tuple[Any, Any]]  # of our result: the value, and its size (or LOGARITHM, or EXACT)


@dataclass(frozen=True)
class Case:
    """An analysis by the name of its table and what was done with it, and what may explain a disagreement.

    `yi` and `vi` are what was analysed; `shortfall` is how much less likely the data are at their estimates than at
    ours; `tied` whether values that rounding alone tells apart decide the result; `confirmed` whether our standard
    error was found in another way too.
    """

    where: str
    yi: Floats = field(default_factory=lambda: np.empty(0))
    vi: Floats = field(default_factory=lambda: np.empty(0))
    shortfall: Callable[[], float] = float
    tied: Callable[[], bool] = bool
    confirmed: Callable[[], bool] = bool

    @property
    def table(self) -> str:
        return self.where.split()[0]


@dataclass(frozen=True)
class Pair:
    """Our value and theirs; `refusal` says why we give none."""

    function: str
    kind: str
    case: Case
    name: str
    ours: Any
    theirs: Any
    difference: float
    close: float
    refusal: str | None = None


@dataclass
class Count:
    """Of one row of the table: values that both give, how many of them met, and those that we do not give."""

    compared: int = 0
    met: int = 0
    refused: int = 0
    worst: float = 0.0


@dataclass
class Account:
    """Every comparison counted by function and kind, and those that failed in full."""

    counts: dict[tuple[str, str], Count] = field(default_factory=lambda: defaultdict(Count))
    disagreements: list[Pair] = field(default_factory=list)

    def compare(
        self,
        function: str,
        kind: str,
        case: Case,
        ours: Callable[[], Any],
        theirs: Mapping[str, Any] | None,
        fields: Mapping[str, Field],
        close: float = CLOSE,
    ) -> None:
        """Compare what `fields` take out of our result with the values that `theirs` have under the same names.

        Where they have none, there is nothing to compare; where we refuse, nothing is met.
        """
        if not theirs or "error" in theirs:
            return
        expected = {name: values for name in fields if (values := as_values(theirs.get(name))) is not None}
        if not expected:
            return
        try:
            found = ours()
        except (NotEstimable, RuntimeWarning) as refusal:
            for name, values in expected.items():
                for theirs_ in values[known(values)]:
                    self._note(Pair(function, kind, case, name, None, theirs_, np.inf, close, str(refusal)))
            return
        for name, values in expected.items():
            value, size = fields[name](found)
            for place, pair in enumerate(pairs(as_values(value), values, size)):
                if pair is not None:
                    label = name if len(values) == 1 else f"{name}[{place + 1}]"
                    self._note(Pair(function, kind, case, label, *pair, close, NO_VALUE if pair[0] is None else None))

    def _note(self, found: Pair) -> None:
        count = self.counts[found.function, found.kind]
        if found.refusal is not None:
            count.refused += 1
        else:
            count.compared += 1
            count.met += found.difference <= found.close
            count.worst = max(count.worst, float(found.difference))
        if found.refusal is not None or not found.difference <= found.close:
            self.disagreements.append(found)


NO_VALUE = "no value"


def as_values(values: Any) -> NDArray | None:
    """An array of numbers or labels, nan where R had none; None where there is nothing at all."""
    if values is None or (isinstance(values, Mapping) and not values):
        return None
    flat = np.ravel(np.array(values, dtype=object))
    if len(flat) and all(isinstance(each, str) for each in flat) and not set(flat) <= NO_NUMBER.keys():
        return flat.astype(str)
    return np.array([NO_NUMBER.get(each, each) if isinstance(each, str) else number(each) for each in flat], float)


NO_NUMBER = {"NA": np.nan, "NaN": np.nan, "Inf": np.inf, "-Inf": -np.inf}


def number(value: Any) -> float:
    return np.nan if value is None else float(value)


def known(values: NDArray) -> NDArray[np.bool_]:
    return np.ones(len(values), bool) if values.dtype.kind == "U" else ~np.isnan(values)


def pairs(ours: NDArray | None, theirs: NDArray, size: Any) -> list[tuple[Any, Any, float] | None]:
    """Our value, theirs and the difference, for each of theirs that is known."""
    if not known(theirs).any():
        return []
    if ours is None:
        ours = np.full(len(theirs), np.nan)
    if len(ours) != len(theirs):
        return [(ours, theirs, np.inf)]
    sizes = np.broadcast_to(size, len(theirs))
    every = zip(ours, theirs, sizes, known(ours), known(theirs), strict=True)
    return [(a if given else None, b, difference(a, b, s)) if there else None for a, b, s, given, there in every]


def difference(ours: Any, theirs: Any, size: Any) -> float:
    if ours == theirs:
        return 0.0
    if size == EXACT or isinstance(theirs, str) or not (np.isfinite(ours) and np.isfinite(theirs)):
        return np.inf
    if size == LOGARITHM:
        ours, theirs = (float(np.log(max(p, 1e-300))) for p in (ours, theirs))
        size = 1.0
    scale = max(abs(theirs), float(size))
    return abs(ours - theirs) / scale if scale > 0 else np.inf
