"""The flow diagram of an update with 0 to 12 sources and 0 to 15 reasons: nothing overlaps or leaves its box.

The counts, sources and reasons are synthetic.
"""

import json
import os
import subprocess
import sys
from itertools import combinations, pairwise
from pathlib import Path

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.patches import Rectangle
from matplotlib.text import Annotation, Text
from matplotlib.transforms import Bbox

from perennial.figures.style import FORMATS, render
from perennial.figures.update_flow import NOTE, UNKNOWN, update_flow_figure
from perennial.screening.standing import STAGES, standing
from perennial.screening.update_flow import Publication, update_flow

SOURCE = Path(__file__).parents[2] / "src"
LONG = "the cohort was told together with others in words that go on and on, at $5 a word or $6, beyond any box " * 3
PREVIOUS = {"version": "2001-02-03", "studies": 1, "reports": 1}
OLD = {"report_id": "old", "study_id": "s1"}


def flow(sources: int = 1, reasons: int = 1, label=lambda i: f"number {i}", previous=PREVIOUS, old=OLD, **more) -> dict:
    """Each source lists a publication for each of the places in which one can end; each reason excludes one."""
    publications, standings = [], {}

    def add(name: str, first: str, second: str, reason: str = "") -> None:
        publications.append(Publication(name, (name,), tuple(f"place{i}" for i in range(sources))))
        standings[name] = {}
        for stage, said in zip(STAGES, (first, second), strict=True):
            votes = [(who, each) for who, each in zip("AB", said.split(), strict=False)]
            row = {"record_id": name, "date": "2001-01-01", "reason": reason if stage == "full_text" else ""}
            rows = [{**row, "reviewer": who, "decision": each} for who, each in votes]
            standings[name][stage] = standing(stage, rows, [], 2)

    if sources:
        for number, (first, second) in enumerate(
            [("", ""), ("include", ""), ("include exclude", ""), ("exclude exclude", ""), ("include include", "")]
        ):
            add(f"record{number}", first, second)
        for number, second in enumerate(["include", "include exclude", "include include", "include include"]):
            add(f"report{number}", "include include", second)
        for code in [f"code{i}" for i in range(reasons)]:
            add(f"excluded {code}", "include include", "exclude exclude", code)
            add(f"awaiting {code}", "include include", "maybe maybe", code)
        for word, code in (("maybe", "ongoing"), ("exclude", "not_retrieved")):
            add(code, "include include", f"{word} {word}", code)
    found = [{"report_id": "new", "study_id": "s2", "record_id": "report2"}] if sources else []
    labels = {f"code{i}": label(i) for i in range(reasons)}
    places = {f"place{i}": label(i) for i in range(sources)}
    reports = [*([old] if old else []), *found]
    return update_flow(publications, standings, reports, labels, previous, places, **more)


def drawn(figure) -> tuple[list, list, list]:
    """Texts with their extents, the extents of boxes, bars and headings, and the pieces of lines and arrows."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    renderer = canvas.get_renderer()
    texts = [(text.get_text(), text.get_window_extent(renderer)) for text in figure.findobj(Text) if text.get_text()]
    (axes,) = figure.axes
    boxes = [patch.get_window_extent(renderer) for patch in axes.patches if isinstance(patch, Rectangle)]
    ways = [list(zip(*line.get_data(), strict=True)) for line in axes.lines]
    ways += [[note.xyann, note.xy] for note in axes.findobj(Annotation)]
    place = axes.transData.transform
    lines = [(place(start), place(end)) for way in ways for start, end in pairwise(way)]
    return texts, boxes, lines


def inside(inner, outer) -> bool:
    return outer.x0 <= inner.x0 and inner.x1 <= outer.x1 and outer.y0 <= inner.y0 and inner.y1 <= outer.y1


def assert_in_order(figure) -> None:
    texts, boxes, lines = drawn(figure)
    for text, extent in texts:
        assert inside(extent, figure.bbox), f"{text!r} leaves the sheet"
        touched = [box for box in boxes if box.overlaps(extent)]
        assert all(inside(extent, box) for box in touched) and len(touched) <= 1, f"{text!r} crosses an outline"
    for (one, extent), (other, other_extent) in combinations(texts, 2):
        assert not extent.padded(-0.5).overlaps(other_extent.padded(-0.5)), f"{one!r} lies over {other!r}"
    for box, other_box in combinations(boxes, 2):
        assert not box.overlaps(other_box)
    assert all(inside(box, figure.bbox) for box in boxes)
    for start, end in lines:
        assert start[0] == pytest.approx(end[0]) or start[1] == pytest.approx(end[1]), "a line is askew"
        piece = Bbox([start, end])
        assert not any(box.padded(-1).overlaps(piece) for box in boxes), "a line crosses a box"


def words(figure) -> list[str]:
    return [text for text, _ in drawn(figure)[0]]


def said(figure) -> str:
    return " ".join(words(figure))


@pytest.mark.parametrize("reasons", [0, 1, 15])
@pytest.mark.parametrize("sources", [0, 1, 3, 12])
@pytest.mark.parametrize("label", [lambda i: f"number {i}", lambda i: f"{i} {LONG}"], ids=["short", "long"])
def test_any_number_of_sources_and_reasons(sources, reasons, label):
    assert_in_order(update_flow_figure(flow(sources, reasons, label)))


@pytest.mark.parametrize("label", ["W" * 400, "short " * 12 + "W" * 100], ids=["letters", "both"])
def test_labels_without_a_space_to_break_at(label):
    assert_in_order(update_flow_figure(flow(12, 15, lambda i: f"{i} {label}")))


@pytest.mark.parametrize(
    "given",
    [
        {"previous": None, "old": None},
        {"previous": None},
        {"previous": {**PREVIOUS, "reports": None}},
        {"previous": {**PREVIOUS, "studies": None, "reports": None}},
        {"known": ["record0"]},
    ],
)
def test_with_and_without_what_a_previous_version_told(given):
    assert_in_order(update_flow_figure(flow(3, 3, **given)))


def test_every_box_is_drawn_with_its_count():
    counted = flow(2, 3, known=["record0"])
    text = said(update_flow_figure(counted))
    for box in counted["boxes"].values():
        if box["id"] != "included":
            assert f"{box['label']} (n = {box['count']:,})" in text
    for box in counted["boxes"].values():
        for each in box["reasons"]:
            assert f"{each['reason']} (n = {each['count']:,})" in text
    assert UNKNOWN not in text and NOTE not in text
    assert "Records of reports included before" not in said(update_flow_figure(flow()))
    assert "PRISMA 2020 flow diagram, update of the version of 2001-02-03" in text
    assert "Previous studies" in text and "Identification of new studies via databases and registers" in text


def test_large_counts_are_written_as_people_write_them():
    counted = flow()
    counted["boxes"]["records_identified"] |= {"count": 12345, "reasons": [{"reason": "PubMed", "count": 12345}]}
    text = said(update_flow_figure(counted))
    assert "Records identified (n = 12,345) PubMed (n = 12,345)" in text


def test_a_count_that_is_not_known_is_grey_and_says_so():
    whole = said(update_flow_figure(flow(previous=None)))
    assert whole.count(UNKNOWN) == 5 and NOTE in whole
    half = said(update_flow_figure(flow(previous={**PREVIOUS, "reports": None})))
    assert half.count(UNKNOWN) == 3
    assert "Total studies included in review (n = 2) Reports of total included studies not known" in half


def test_a_review_without_a_previous_version_has_no_column_for_it():
    figure = update_flow_figure(flow(previous=None, old=None))
    text = said(figure)
    for absent in ("revious", "Total", "new studies", "before", "update"):
        assert absent not in text
    assert "Studies included in review (n = 1)" in text
    assert figure.get_figwidth() < update_flow_figure(flow()).get_figwidth()


def test_the_same_bytes_twice(tmp_path):
    """Also in a process with another seed for hashes."""
    counted = flow(3, 3, lambda i: f"{i} {LONG}")
    program = (
        "import json, sys; from pathlib import Path; from perennial.figures.style import render\n"
        "from perennial.figures.update_flow import update_flow_figure\n"
        "figure = update_flow_figure(json.loads(Path(sys.argv[1]).read_bytes()))\n"
        "for name in sys.argv[2:]: Path(name).write_bytes(render(figure, Path(name).suffix[1:]))"
    )
    (tmp_path / "flow.json").write_text(json.dumps(counted), encoding="utf-8")
    drawings = [tmp_path / f"flow.{kind}" for kind in FORMATS]
    environment = {**os.environ, "PYTHONPATH": str(SOURCE), "PYTHONHASHSEED": "7"}
    subprocess.run([sys.executable, "-c", program, tmp_path / "flow.json", *drawings], env=environment, check=True)
    figure = update_flow_figure(counted)
    assert [path.read_bytes() for path in drawings] == [render(figure, kind) for kind in FORMATS]
