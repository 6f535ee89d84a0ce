"""The PRISMA 2020 flow diagram of an updated review, with the boxes that a living review needs.

After the template of Page 2021 (BMJ 372:n71) for updated reviews, databases and registers: the previous version comes
in on the left, and joins at the bottom what was found since. A review without a previous version has no such column.
"""

from collections.abc import Mapping
from typing import Any

from matplotlib.figure import Figure

from perennial.figures.boxes import (
    ACROSS,
    BAR,
    GAP,
    HEADING,
    LEADING,
    MAIN,
    MARGIN,
    SIDE,
    SLACK,
    Box,
    Row,
    Stage,
    arrow,
    bottom_of,
    counts_box,
    draw_stages,
    heading,
    outlined,
    sheet,
    wrapped,
    write_below,
)

PREVIOUS = 2.0
"""Inches: the width of the column of the previous version."""

FIRST = MARGIN + BAR + GAP
"""Inches: where the first column begins."""

FOUND = (
    (
        "Identification",
        ((("records_identified",), (("records_removed", "records_known"), ("records_waiting",))),),
    ),
    (
        "Screening",
        (
            (("records_screened",), (("records_excluded",),)),
            (("reports_sought",), (("reports_not_retrieved",), ("reports_waiting",))),
            (("reports_assessed",), (("reports_excluded",), ("awaiting",), ("ongoing",))),
        ),
    ),
)
"""Stages with their rows: what the box in the main column holds, and each of those beside it."""

INCLUDED = (("new_studies", "new_reports", "updated_reports"), (("to_extract",),))
TOTAL = (("total_studies", "total_reports"), ())

UNKNOWN = "not known"
NOTE = "Grey: the previous version does not tell its count, so that the total is not known either."


def update_flow_figure(flow: Mapping[str, Any]) -> Figure:
    """`flow` is the result of update_flow()."""
    told = {name: _readable(box) for name, box in flow["boxes"].items()}
    updated = flow["previous"] is not None or told["previous_reports"]["count"] is None
    zero = ("records_known",) if updated else ("records_known", "updated_reports")
    left_out = {name for name in zero if told[name]["count"] == "0"}

    def box(names: tuple[str, ...], width: float) -> Box:
        return counts_box([told[name] for name in names if name not in left_out], width, UNKNOWN)

    stages = [
        Stage(name, tuple(Row(box(main, MAIN), tuple(box(side, SIDE) for side in sides)) for main, sides in rows))
        for name, rows in (*FOUND, ("Included", (INCLUDED, TOTAL) if updated else (INCLUDED,)))
    ]
    left = FIRST + (PREVIOUS + ACROSS if updated else 0)
    width = left + MAIN + ACROSS + SIDE + MARGIN
    footnotes = wrapped(NOTE, SLACK * (width - 2 * MARGIN)) if flow["missing"] else []
    top = MARGIN + 2 * LEADING
    first = top + HEADING + GAP
    bottom = bottom_of(stages, first)
    height = bottom + (2 * GAP + LEADING * len(footnotes) if footnotes else 0) + MARGIN

    version = f", update of the version of {flow['previous']['version']}" if flow["previous"] else ""
    figure, axes = sheet(f"PRISMA 2020 flow diagram{version}", width, height)
    found = "Identification of new studies" if updated else "Identification of studies"
    heading(axes, left, width - MARGIN, top, f"{found} via databases and registers")
    *_, last = draw_stages(axes, stages, left, first)
    if updated:
        heading(axes, FIRST, FIRST + PREVIOUS, top, "Previous studies")
        previous = box(("previous_studies", "previous_reports"), PREVIOUS)
        outlined(axes, previous, FIRST, first + previous.height / 2, PREVIOUS)
        middle = FIRST + PREVIOUS / 2
        arrow(axes, (middle, first + previous.height), (middle, last), (left, last))
    write_below(axes, bottom + 2 * GAP, footnotes)
    return figure


def _readable(box: Mapping[str, Any]) -> dict[str, Any]:
    """Its counts as people write them: 12,345."""
    count = None if box["count"] is None else f"{box['count']:,}"
    return {**box, "count": count, "reasons": [{**each, "count": f"{each['count']:,}"} for each in box["reasons"]]}
