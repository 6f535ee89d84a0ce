"""Why an estimate changed: its way from one version to another, with one change at a time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from perennial.stats.pooling import model_from_dict, pool_proportions

STEPS = ("changed code", "changed method", "corrected data", "new evidence")
"""The causes; of what a step changes, none is left over."""

PATH = (
    ("changed code", "old", "old"),
    ("changed method", "method", "new"),
    ("new evidence", "shared", "new"),
    ("corrected data", "data", "new"),
    ("new evidence", "evidence", "new"),
)
"""The steps in their order: the cause, the counts that are pooled then, and by whose protocol.

The released numbers come before the first, and, where the later version was released too, its numbers after the last.
Another order would share the same change out differently.
"""

Counts = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Way:
    """One estimate from the old version to the new, as fractions.

    `values` are the estimate as released, after each step of `PATH`, and as the later version has it; None where there
    is no estimate.
    """

    values: tuple[float | None, ...]

    @property
    def causes(self) -> dict[str, float | None]:
        """What each cause changed; a step from or to no estimate has no number."""
        found: dict[str, float | None] = dict.fromkeys(STEPS, 0.0)
        steps = [*(cause for cause, *_ in PATH), "changed code"]
        for cause, (old, new) in zip(steps, pairwise(self.values), strict=True):
            found[cause] = None if None in (old, new, found[cause]) else found[cause] + (new - old)
        return found

    @property
    def total(self) -> float | None:
        old, new = self.values[0], self.values[-1]
        return None if None in (old, new) else new - old


def way(
    released: Mapping[str, Any],
    counts: Mapping[str, Counts],
    models: Mapping[str, dict],
    levels: Mapping[str, float],
    later: Mapping[str, Any] | None = None,
) -> tuple[Way, dict[str, Any]]:
    """The way of one analysis, and its result in the later version.

    `released` is the result as it was released, `later` that of the later version where it was released too; without
    it, that version is what the code of now makes of its counts. `counts` are those of the released evidence under its
    own and under the later protocol ("old", "method"), of the reports that both versions know as the old and as the
    later one reads them ("shared", "data"), and of all evidence of the later one ("evidence"). `models` and `levels`
    are the old and the new ones.
    """
    results = [pooled(counts[of], models[by], levels[by]) for _, of, by in PATH]
    last = results[-1] if later is None else dict(later)
    return Way(tuple(result["estimate"] for result in (released, *results, last))), last


def pooled(counts: Counts, model: dict, level: float) -> dict[str, Any]:
    """The result of `counts` under a model, as the code of now makes it."""
    events, n = [row["events"] for row in counts], [row["n"] for row in counts]
    return pool_proportions(events, n, model_from_dict(model), level).to_dict()
