"""The evidence of one analysis as it stood day by day: each time that what is pooled changed is a step."""

from collections.abc import Mapping, Sequence
from typing import Any

State = Mapping[str, Any]
"""What was known from a day on: `date`, `reconstructed`, `rows` that are pooled, and `left_out` with reasons."""


def steps(states: Sequence[State]) -> list[State]:
    """Those of the states, oldest first, in which other counts are pooled than in the one before; at first, any."""
    found: list[State] = []
    for state in states:
        before = found[-1]["rows"] if found else []
        if _counted(state["rows"]) != _counted(before):
            found.append(state)
    return found


def _counted(rows: Sequence[Mapping[str, Any]]) -> list[tuple]:
    return sorted((row["arm_id"], row["report_id"], row["events"], row["n"]) for row in rows)


def replayed(found: Sequence[State], models: Mapping[str, dict], level: float) -> list[dict[str, Any]]:
    """Each step with what came, went and was superseded, and with what is pooled then under every model."""
    from perennial.stats.pooling import model_from_dict, pool_proportions  # late: a plan counts steps and pools nothing

    told, before = [], {}
    for step in found:
        rows = {row["arm_id"]: row for row in step["rows"]}
        events, n = [row["events"] for row in rows.values()], [row["n"] for row in rows.values()]
        reasons = {arm["arm_id"]: arm["reason"] for arm in step["left_out"]}
        told.append(
            {
                "date": step["date"],
                "reconstructed": step["reconstructed"],
                "came": [row for arm, row in rows.items() if arm not in before],
                "changed": [
                    {"before": before[arm], "now": row}
                    for arm, row in rows.items()
                    if arm in before and _counted([row]) != _counted([before[arm]])
                ],
                "went": [
                    {"arm_id": arm, "reason": reasons.get(arm, "nothing of it was entered yet")}
                    for arm in before
                    if arm not in rows
                ],
                "models": {
                    name: pool_proportions(events, n, model_from_dict(model), level).to_dict()
                    for name, model in models.items()
                },
            }
        )
        before = rows
    return told


def cautions(found: Sequence[Any]) -> list[str]:
    """What is to be kept in mind of so many steps."""
    from perennial.stats.cumulative_evidence import MANY_LOOKS

    return [MANY_LOOKS] if len(found) > 1 else []
