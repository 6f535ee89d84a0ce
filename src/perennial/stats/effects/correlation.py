"""Correlations on Fisher's scale."""

import numpy as np
from numpy.typing import ArrayLike

from perennial.stats.effects.estimates import ABSENT, Effects, effects
from perennial.stats.effects.inputs import aligned, require


def fisher_z(ri: ArrayLike, ni: ArrayLike) -> Effects:
    """Fisher's z, artanh(r), of correlations in [-1, 1] with variance 1/(n - 3) (Fisher 1921, Metron 1:3).

    A perfect correlation, or fewer than four participants, has no value. Raises ValueError beyond -1 and 1 or n < 1.
    """
    r, n = aligned(ri=ri, ni=ni)
    require(np.isnan(r) | (np.abs(r) <= 1), "a correlation lies between -1 and 1")
    require(np.isnan(n) | (n >= 1), "a correlation needs a participant or more")
    undefined = {
        ABSENT: np.isnan(r),
        "the correlation is perfect": np.abs(r) == 1,
        "fewer than four participants": n <= 3,
    }
    with np.errstate(divide="ignore"):
        return effects("ZCOR", "Fisher's z", "fisher_z", np.arctanh(r), 1 / (n - 3), undefined=undefined)
