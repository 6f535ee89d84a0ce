"""Fisher's noncentral hypergeometric distribution: one 2x2 table given all four of its margins.

Its density at the observed table, as a function of the log odds ratio, is the exact conditional likelihood of a study
(van Houwelingen, Zwinderman & Stijnen 1993, Stat Med 12:2273; Stijnen, Hamza & Ozdemir 2010, Stat Med 29:3046).
"""

import numpy as np
from numpy.typing import NDArray
from scipy import special

Floats = NDArray[np.float64]

LARGEST_BLOCK = 2_000_000
"""Terms held in memory at a time; tables of thousands of events have as many terms at each point."""


class ConditionalTables:
    """Kernel of k tables: `ai` events of `n1i` in the first arm, `ci` of `n2i` in the second, each of length k.

    The linear predictor is the log odds ratio, in arrays (..., 1, k).
    """

    constant = 0.0

    def __init__(self, ai: Floats, n1i: Floats, ci: Floats, n2i: Floats):
        total = ai + ci
        self.lowest, self.highest = np.maximum(0.0, total - n2i), np.minimum(n1i, total)
        self.ai = ai
        yes, no, other_yes, other_no = ai + 0.5, n1i - ai + 0.5, ci + 0.5, n2i - ci + 0.5
        self.guess = np.log(yes * other_no / (no * other_yes))[None]
        self.weight = (1 / (1 / yes + 1 / no + 1 / other_yes + 1 / other_no))[None]

        terms = int((self.highest - self.lowest).max(initial=0)) + 1
        table = np.minimum(self.lowest[:, None] + np.arange(terms), self.highest[:, None])
        log_ways = _log_choose(n1i[:, None], table) + _log_choose(n2i[:, None], total[:, None] - table)
        log_ways -= (_log_choose(n1i, ai) + _log_choose(n2i, ci))[:, None]
        # Terms beyond a study's own highest are padding: they weigh nothing.
        self.log_ways = np.where(np.arange(terms) > (self.highest - self.lowest)[:, None], -np.inf, log_ways)
        self.excess = table - ai[:, None]

    def value_and_slope(self, eta: Floats) -> tuple[Floats, Floats]:
        value, mean, *_ = self._moments(eta, 1)
        return value, mean

    def slopes(self, eta: Floats) -> tuple[Floats, Floats, Floats]:
        _, mean, second, third = self._moments(eta, 3)
        return mean, second, third

    def _moments(self, eta: Floats, order: int) -> list[Floats]:
        """Log density of the observed tables and its derivatives, which are minus the cumulants of the excess."""
        out = [np.empty(eta.shape) for _ in range(order + 1)]
        width = max(1, LARGEST_BLOCK * eta.shape[-1] // (eta.size * self.excess.shape[1]))
        for first in range(0, eta.shape[-1], width):
            part = slice(first, first + width)
            excess = self.excess[part]
            exponent = self.log_ways[part] + excess * eta[..., part, None]
            peak = exponent.max(axis=-1, keepdims=True)
            weight = np.exp(exponent - peak)
            total = weight.sum(axis=-1)
            out[0][..., part] = -np.log(total) - peak[..., 0]
            mean = (weight * excess).sum(axis=-1) / total
            out[1][..., part] = -mean
            if order == 3:
                centred = excess - mean[..., None]
                weight *= centred**2
                out[2][..., part] = -weight.sum(axis=-1) / total
                out[3][..., part] = -(weight * centred).sum(axis=-1) / total
        return out


def _log_choose(n: Floats, chosen: Floats) -> Floats:
    return special.gammaln(n + 1) - special.gammaln(chosen + 1) - special.gammaln(n - chosen + 1)
