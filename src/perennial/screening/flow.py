"""The boxes of the PRISMA 2020 flow diagram (new reviews, databases and registers) and whether they add up.

A version made before the ledgers began is known by the counts that its source prints. A count that is not printed is
None; it is never worked out from other boxes, for then nothing could fail to add up.
"""

from collections.abc import Iterator

BOXES = {
    "records_identified": "Records identified",
    "records_removed": "Records removed before screening",
    "records_screened": "Records screened",
    "records_excluded": "Records excluded",
    "reports_sought": "Reports sought for retrieval",
    "reports_not_retrieved": "Reports not retrieved",
    "reports_assessed": "Reports assessed for eligibility",
    "reports_excluded": "Reports excluded",
    "studies_included": "Studies included in review",
    "reports_included": "Reports of included studies",
}
"""In the order of PRISMA."""

NOUNS = {
    "records_identified": "records identified",
    "records_excluded": "excluded",
    "studies_included": "studies included",
    "reports_included": "reports included",
}
"""The boxes of which legacy rows can tell, as they are called in a sum."""

ANY_STAGE = "Records excluded, stage not reported"
ANY_STAGE_NOTE = "The source counts its exclusions together: reports excluded at full text may be among them."


def flow_from_legacy(rows: list[dict]) -> dict:
    """The flow diagram of one version from its rows of legacy.csv, checked before; rows may be none at all."""
    if len(versions := {row["version"] for row in rows}) > 1:
        raise ValueError(f"rows of more than one version: {', '.join(sorted(versions))}")
    if unknown := {row["box"] for row in rows} - set(NOUNS):
        raise ValueError(f"no such box: {', '.join(sorted(unknown))}")
    boxes = {name: _box(name, [row for row in rows if row["box"] == name]) for name in BOXES}
    told_together = boxes["records_excluded"]["count"] is not None
    if told_together:
        boxes["records_excluded"]["label"] = ANY_STAGE
    return {
        "version": next(iter(versions), None),
        "form": "new",
        "boxes": list(boxes.values()),
        "reconciled": [*_wholes_and_parts(rows), *_in_and_out(boxes)],
        "missing": [box["label"] for box in boxes.values() if box["count"] is None],
        "notes": [ANY_STAGE_NOTE] if told_together else [],
    }


def _box(name: str, rows: list[dict]) -> dict:
    reasons = [{"reason": row["reason"], "count": row["count"]} for row in rows if row.get("reason")]
    whole = _whole(rows)
    if whole is None and reasons:
        whole = sum(each["count"] for each in reasons)
    locators = dict.fromkeys(row["locator"] for row in rows)
    return {
        "id": name,
        "label": BOXES[name],
        "count": whole,
        "reasons": reasons,
        "locator": " | ".join(locators) or None,
    }


def _whole(rows: list[dict]) -> int | None:
    """The count that the source gives for a whole box."""
    return next((row["count"] for row in rows if not row.get("reason")), None)


def _wholes_and_parts(rows: list[dict]) -> Iterator[dict]:
    """A box whose whole was worked out from its parts proves nothing and is left out."""
    for name, noun in NOUNS.items():
        of_box = [row for row in rows if row["box"] == name]
        parts = [row for row in of_box if row.get("reason")]
        whole = _whole(of_box)
        if whole is not None and parts:
            right = [(row["count"], row["reason"]) for row in parts]
            yield _statement((whole, noun), right)


def _in_and_out(boxes: dict[str, dict]) -> Iterator[dict]:
    """Records become reports, and several of these may tell of one study: so reports count, where they are known."""
    included = "studies_included" if boxes["reports_included"]["count"] is None else "reports_included"
    sides = [(boxes[name]["count"], NOUNS[name]) for name in ("records_identified", "records_excluded", included)]
    if all(count is not None for count, _ in sides):
        yield _statement(sides[0], sides[1:])


def _statement(left: tuple[int, str], right: list[tuple[int, str]]) -> dict:
    total = sum(count for count, _ in right)
    parts = " + ".join(f"{count} {noun}" for count, noun in right)
    return {"statement": f"{left[0]} {left[1]} = {parts}", "left": left[0], "right": total, "holds": left[0] == total}
