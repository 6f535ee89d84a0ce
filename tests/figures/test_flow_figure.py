"""The flow diagram with 0 to 12 reasons: nothing overlaps, nothing leaves sheet or box, the bytes are the same.

The counts and reasons are synthetic.
"""

import json
import os
import subprocess
import sys
from itertools import combinations
from pathlib import Path

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.patches import Rectangle
from matplotlib.text import Text

from perennial.figures.boxes import LINES
from perennial.figures.flow import flow_figure
from perennial.figures.style import FORMATS, render
from perennial.screening.flow import BOXES, flow_from_legacy

ROOT = Path(__file__).parents[2]
LONG = "the cohort was told together with others in words that go on and on, at $5 a word or $6, beyond any box " * 3
LEGACY = ("records_identified", "records_excluded", "studies_included", "reports_included")


def row(box: str, count: int, reason: str = "") -> dict:
    return {"version": "2001-02-03", "box": box, "reason": reason, "count": count, "locator": "Synthetic 2001"}


def flow(reasons: int, reason=lambda i: f"reason number {i}", box: str = "records_excluded") -> dict:
    wholes = [row(name, 10 * (position + 1)) for position, name in enumerate(LEGACY)]
    return flow_from_legacy([*wholes, *(row(box, i + 1, reason(i)) for i in range(reasons))])


def complete() -> dict:
    """A flow in which every box is known, as the ledgers of a later version tell it."""
    boxes = [
        {"id": name, "label": label, "count": 12345, "reasons": [{"reason": LONG, "count": 12345}] * 2, "locator": None}
        for name, label in BOXES.items()
    ]
    return {"version": "2001-02-03", "form": "new", "boxes": boxes, "reconciled": [], "missing": []}


def drawn(figure) -> tuple[list, list]:
    """Texts with their extents, and the extents of boxes, bars and heading."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    renderer = canvas.get_renderer()
    texts = [(text.get_text(), text.get_window_extent(renderer)) for text in figure.findobj(Text) if text.get_text()]
    (axes,) = figure.axes
    boxes = [patch.get_window_extent(renderer) for patch in axes.patches if isinstance(patch, Rectangle)]
    return texts, boxes


def inside(inner, outer) -> bool:
    return outer.x0 <= inner.x0 and inner.x1 <= outer.x1 and outer.y0 <= inner.y0 and inner.y1 <= outer.y1


def assert_in_order(figure) -> None:
    texts, boxes = drawn(figure)
    for text, extent in texts:
        assert inside(extent, figure.bbox), f"{text!r} leaves the sheet"
        touched = [box for box in boxes if box.overlaps(extent)]
        assert all(inside(extent, box) for box in touched) and len(touched) <= 1, f"{text!r} crosses an outline"
    for (one, extent), (other, other_extent) in combinations(texts, 2):
        assert not extent.padded(-0.5).overlaps(other_extent.padded(-0.5)), f"{one!r} lies over {other!r}"
    for box, other_box in combinations(boxes, 2):
        assert not box.overlaps(other_box)
    assert all(inside(box, figure.bbox) for box in boxes)


@pytest.mark.parametrize("box", LEGACY)
@pytest.mark.parametrize("reasons", [0, 1, 2, 5, 12])
def test_any_number_of_reasons(reasons, box):
    assert_in_order(flow_figure(flow(reasons, box=box)))


@pytest.mark.parametrize("reason", [LONG, "W" * 400, "short " * 12 + "W" * 100], ids=["words", "letters", "both"])
@pytest.mark.parametrize("box", LEGACY)
def test_long_reasons(reason, box):
    assert_in_order(flow_figure(flow(12, lambda i: f"{i} {reason}", box)))


def test_every_length_of_a_reason_keeps_its_count_and_its_box():
    for length in range(1, len(LONG), 23):
        figure = flow_figure(flow(1, lambda i, length=length: LONG[:length].strip()))
        assert_in_order(figure)
        assert sum(text.endswith("(n = 1)") for text, _ in drawn(figure)[0]) == 1


def test_a_long_reason_is_cut_to_a_few_lines_and_keeps_its_count():
    whole, cut = (flow_figure(flow(1, lambda i, reason=reason: reason)).get_figheight() for reason in (LONG, LONG * 20))
    assert whole == cut
    texts = [text for text, _ in drawn(flow_figure(flow(1, lambda i: LONG)))[0]]
    last = texts.index(next(text for text in texts if text.endswith("… (n = 1)")))
    assert LONG.startswith(" ".join(texts[last - LINES + 1 : last]))


def test_a_count_that_is_not_known_is_grey_and_says_so():
    texts, _ = drawn(flow_figure(flow(2)))
    words = [text for text, _ in texts]
    assert words.count("not reported") == 6
    assert "Grey, dashed: the source gives no count." in words
    assert words.count("(n = 10)") == 1


def test_nothing_known_and_everything_known():
    assert_in_order(flow_figure(flow_from_legacy([])))
    assert_in_order(flow_figure(complete()))
    assert "not reported" not in [text for text, _ in drawn(flow_figure(complete()))[0]]


def test_counts_that_do_not_add_up_are_told():
    texts = " ".join(text for text, _ in drawn(flow_figure(flow(0)))[0])
    statement = "10 records identified = 20 excluded + 40 reports included"
    assert f"The counts do not add up (10 against 60): {statement}." in texts


def test_the_programs_write_the_same_bytes_twice(tmp_path):
    """Each time in processes with another seed for hashes; and the library draws what the programs write."""
    rows = [row(name, 10, reason) for name in LEGACY for reason in ("", "one", LONG)]
    card = tmp_path / "card.json"
    card.write_text(json.dumps({"rows": rows}), encoding="utf-8")

    def run(seed: str) -> list[bytes]:
        counted = tmp_path / seed / "flow.json"
        figures = [tmp_path / seed / f"flow.{kind}" for kind in FORMATS]
        environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "PYTHONHASHSEED": seed}
        for program, *arguments in (("count_flow", counted), ("plot_flow", counted, "--figures", *figures)):
            command = [sys.executable, ROOT / "scripts" / f"{program}.py", card, *arguments]
            subprocess.run(command, env=environment, check=True)
        return [path.read_bytes() for path in (counted, *figures)]

    first = run("1")
    assert run("7") == first
    ours = flow_from_legacy(rows)
    counted = json.loads(first[0])
    assert len(counted.pop("card_sha256")) == 64
    assert counted == ours
    assert [render(flow_figure(ours), kind) for kind in FORMATS] == first[1:]
