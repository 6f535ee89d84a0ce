"""How much estimates differ beyond chance: Q, and I2 and H2 each from Q and from tau2."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from perennial.stats.distributions import critical_value
from perennial.stats.errors import NotEstimable
from perennial.stats.result import Result

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Heterogeneity(Result):
    """Cochran's Q with its degrees of freedom and P value, and two measures made of it or of tau2.

    `i2` (percent) and `h2` are from Q, `i2_tau2` (percent) and `h2_tau2` from tau2 and the typical sampling variance.
    `h2` is Q/df and below 1 where Q is less than expected. What does not exist is None.
    """

    q: float
    q_df: int
    q_p: float | None
    i2: float
    i2_tau2: float | None
    h2: float | None = None
    h2_tau2: float | None = None

    def summary(self) -> str:
        from_tau2 = "" if self.i2_tau2 is None else f", {self.i2_tau2:.1f}% from tau2"
        p = "" if self.q_p is None else f", P = {self.q_p:.3g}"
        return f"I2 {self.i2:.1f}% from Q{from_tau2}\nQ {self.q:.4g} with {self.q_df} df{p}"


def i2_from_q(q: float, df: int) -> float:
    """I2 in percent as (Q - df)/Q, truncated at zero (Higgins & Thompson 2002, Stat Med 21:1539)."""
    return 100 * max(0.0, (q - df) / q) if q > 0 else 0.0


def i2_from_tau2(tau2: float, vi: Floats) -> float:
    """I2 in percent as tau2 / (tau2 + typical sampling variance) (Higgins & Thompson 2002, equation 9)."""
    return float(100 * tau2 / (tau2 + _typical(vi)))


def h2_from_tau2(tau2: float, vi: Floats) -> float:
    """H2 as 1 + tau2 / typical sampling variance (Higgins & Thompson 2002)."""
    return float(1 + tau2 / _typical(vi))


def _typical(vi: Floats) -> float:
    w = 1 / vi
    return (len(vi) - 1) * w.sum() / (w.sum() ** 2 - (w**2).sum())


def i2_interval_from_q(q: float, df: int, level: float = 0.95) -> tuple[float, float]:
    """Test-based interval of I2 (percent) from `q` with `df` >= 1; R's meta prints it, Stata's metan by `testbased`.

    Higgins & Thompson (2002, Stat Med 21:1539) for the logarithm of H = sqrt(Q/df); bounds below H = 1 are
    set to it. Raises NotEstimable without a degree of freedom, and with one where `q` is 2 or less: the standard error
    then divides by k - 2.
    """
    if df < 1 or (df == 1 and q <= 2):
        raise NotEstimable(
            f"the test-based interval of I2 needs three studies, or two with Q above 2; got {df + 1}, Q {q:.4g}"
        )
    k, h = df + 1, max(1.0, (q / df) ** 0.5)
    if q > k:
        se = 0.5 * (np.log(q) - np.log(df)) / ((2 * q) ** 0.5 - (2 * k - 3) ** 0.5)
    else:
        se = ((1 - 1 / (3 * (k - 2) ** 2)) / (2 * (k - 2))) ** 0.5
    half = critical_value(level) * se
    low, high = (max(1.0, h * float(np.exp(sign * half))) for sign in (-1, 1))
    return 100 * (1 - low**-2), 100 * (1 - high**-2)
