"""The PRISMA 2020 flow diagram of a version known by its printed counts: what came in, was left out and why, stayed."""

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
    Row,
    Stage,
    bottom_of,
    counts_box,
    draw_stages,
    heading,
    sheet,
    wrapped,
    write_below,
)

WIDTH = MARGIN + BAR + GAP + MAIN + ACROSS + SIDE + MARGIN

STAGES = (
    ("Identification", ((("records_identified",), ("records_removed",)),)),
    (
        "Screening",
        (
            (("records_screened",), ("records_excluded",)),
            (("reports_sought",), ("reports_not_retrieved",)),
            (("reports_assessed",), ("reports_excluded",)),
        ),
    ),
    ("Included", ((("studies_included", "reports_included"), ()),)),
)
"""Stages with their rows: what the box in the main column holds, and the one beside it."""


def flow_figure(flow: dict) -> Figure:
    """`flow` is the result of count_flow.py."""
    told = {box["id"]: box for box in flow["boxes"]}

    def row(main: tuple[str, ...], side: tuple[str, ...]) -> Row:
        sides = (counts_box([told[name] for name in side], SIDE),) if side else ()
        return Row(counts_box([told[name] for name in main], MAIN), sides)

    stages = [Stage(name, tuple(row(*names) for names in rows)) for name, rows in STAGES]
    footnotes = [line for note in _footnotes(flow) for line in wrapped(note, SLACK * (WIDTH - 2 * MARGIN))]
    top = MARGIN + 2 * LEADING
    bottom = bottom_of(stages, top + HEADING + GAP)
    height = bottom + (2 * GAP + LEADING * len(footnotes) if footnotes else 0) + MARGIN

    version = f", version of {flow['version']}" if flow["version"] else ""
    figure, axes = sheet(f"PRISMA 2020 flow diagram{version}", WIDTH, height)
    left = MARGIN + BAR + GAP
    heading(axes, left, WIDTH - MARGIN, top, "Identification of studies via databases and registers")
    draw_stages(axes, stages, left, top + HEADING + GAP)
    write_below(axes, bottom + 2 * GAP, footnotes)
    return figure


def _footnotes(flow: dict) -> list[str]:
    dashed = ["Grey, dashed: the source gives no count."] if flow["missing"] else []
    wrong = [
        f"The counts do not add up ({each['left']} against {each['right']}): {each['statement']}."
        for each in flow["reconciled"]
        if not each["holds"]
    ]
    return [*dashed, *flow.get("notes", []), *wrong]
