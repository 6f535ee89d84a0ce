"""The estimates of studies and their sampling variances, with what was done to get them."""

from dataclasses import dataclass

import numpy as np

from perennial.stats.effects.inputs import Floats, Mask, studies
from perennial.stats.result import Result, counted

ABSENT = "not given"
NOT_FINITE = "no finite value"


@dataclass(frozen=True, eq=False)
class Effects(Result):
    """One estimate a study, of any shape whose last axis is the studies of an analysis.

    `measure` is the abbreviation in use (that of metafor), `label` says it in words, `scale` names the way back
    (see `perennial.stats.back_transformation`). `yi` are estimates and `vi` sampling variances on that scale, both nan
    where a study has none; `undefined` gives each reason with its studies; `corrected` marks the studies whose cells
    were added to.
    """

    measure: str
    label: str
    scale: str
    yi: Floats
    vi: Floats
    corrected: Mask
    undefined: dict[str, Mask]
    warnings: tuple[str, ...] = ()

    @property
    def defined(self) -> Mask:
        return ~np.isnan(self.yi)

    @property
    def sei(self) -> Floats:
        return np.sqrt(self.vi)

    def usable(self) -> tuple[Floats, Floats]:
        """`yi` and `vi` of the studies of one analysis that have an estimate."""
        if self.yi.ndim != 1:
            raise ValueError("several analyses: pool them masked, as they stand")
        return self.yi[self.defined], self.vi[self.defined]

    @property
    def notes(self) -> tuple[str, ...]:
        """What there is to say of each study of one analysis; an empty string where there is nothing."""
        said = [[] for _ in range(self.yi.size)]
        for i in np.flatnonzero(self.corrected):
            said[i].append("corrected")
        for reason, mask in self.undefined.items():
            for i in np.flatnonzero(mask):
                said[i].append(f"undefined: {reason}")
        return tuple("; ".join(each) for each in said)

    def summary(self) -> str:
        counts = f"{counted(self.yi.size)}, {self.corrected.sum()} corrected, {(~self.defined).sum()} undefined"
        lines = [f"{self.measure}, {self.label}: {counts}"]
        if self.yi.ndim == 1:
            rows = zip(self.yi, self.vi, self.notes, strict=True)
            lines += [
                f"{i:4d}  {y:12.6g}  variance {v:12.6g}  {note}".rstrip() for i, (y, v, note) in enumerate(rows, 1)
            ]
        return "\n".join([*lines, *self.warnings])


def effects(
    measure: str,
    label: str,
    scale: str,
    yi: Floats,
    vi: Floats,
    corrected: Mask | None = None,
    undefined: dict[str, Mask] | None = None,
    warnings: tuple[str, ...] = (),
) -> Effects:
    """Assemble a result: nan wherever a study has a reason to be undefined or a value that is not finite.

    A study has one reason, the first that holds. Absent studies are those whose `yi` is nan already for want of data;
    they must not appear in `undefined`.
    """
    reasons, taken = {}, np.zeros(yi.shape, dtype=bool)
    bad = ~(np.isfinite(yi) & np.isfinite(vi))
    for reason, mask in {**(undefined or {}), NOT_FINITE: bad}.items():
        if (mask & ~taken).any():
            reasons[reason] = mask & ~taken
            taken |= mask
    yi, vi = (np.where(taken, np.nan, values) for values in (yi, vi))
    corrected = np.zeros(yi.shape, dtype=bool) if corrected is None else corrected & ~taken
    said = [f"no estimate in {studies(mask)}: {reason}" for reason, mask in reasons.items()]
    if (vi == 0).any():
        said.append(f"the sampling variance is zero in {studies(vi == 0)}: there is no inverse of it to weight by")
    for array in (yi, vi, corrected, *reasons.values()):
        array.flags.writeable = False
    return Effects(measure, label, scale, yi, vi, corrected, reasons, (*warnings, *said))
