"""Why an estimate changed: its way from one version to the next, with one change at a time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from perennial.stats.pooling import model_from_dict, pool_proportions

STEPS = ("changed code", "changed method", "corrected data", "new evidence")
"""In the order in which they are taken. Another order would share the same change out differently."""

Counts = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Way:
    """One estimate from the old version to the new, as fractions.

    `values` are the estimate as released, then after each step in turn; None where there is no estimate.
    """

    values: tuple[float | None, ...]

    @property
    def causes(self) -> dict[str, float | None]:
        """What each step changed; a step from or to no estimate has no number."""
        pairs = zip(STEPS, self.values, self.values[1:], strict=False)
        return {step: None if None in (old, new) else new - old for step, old, new in pairs}

    @property
    def total(self) -> float | None:
        old, new = self.values[0], self.values[-1]
        return None if None in (old, new) else new - old


def way(
    released: Mapping[str, Any], counts: Mapping[str, Counts], models: Mapping[str, dict], levels: Mapping[str, float]
) -> tuple[Way, list[dict[str, Any]]]:
    """The way of one analysis, and the full result after each step.

    `released` is the result as it was released; `counts` are those of the released evidence under the old and the new
    protocol ("old", "method"), of its corrected form ("data") and of all evidence ("evidence"); `models` and `levels`
    are the old and the new ones.
    """
    steps = [("old", "old"), ("method", "new"), ("data", "new"), ("evidence", "new")]
    results = [dict(released), *(_pooled(counts[of], models[by], levels[by]) for of, by in steps)]
    return Way(tuple(result["estimate"] for result in results)), results


def _pooled(counts: Counts, model: dict, level: float) -> dict[str, Any]:
    events, n = [row["events"] for row in counts], [row["n"] for row in counts]
    return pool_proportions(events, n, model_from_dict(model), level).to_dict()
