"""Figures of an appraisal at 0 to 60 studies: nothing overlaps, every cell has its sign, a gap never looks like an answer.

The studies and their answers are synthetic.
"""

import json
import os
import random
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex, to_rgb
from matplotlib.patches import Rectangle
from matplotlib.text import Text

from perennial.appraisal.answers import Appraisal, judged
from perennial.appraisal.checklists import AnswerKind, Checklist, Item, read_checklist
from perennial.figures.appraisal_summary import SCALE, appraisal_summary
from perennial.figures.style import render
from perennial.figures.traffic_light import traffic_light

ROOT = Path(__file__).parents[2]
TOOLS = {path.stem: read_checklist(path) for path in sorted((ROOT / "workflow" / "checklists").glob("*.yaml"))}
LONG = "Study of a synthetic drug with a name that goes on and on, at $5 a word or $6, beyond any column, second cohort"
KNOWN = {"one appraiser", "agreed"}


def rows_of(checklist: Checklist, k: int, seed: int = 1) -> list[dict]:
    """Answers with gaps, conflicts, single answers, and now and then a study that nobody appraised."""
    chance, rows = random.Random(seed), []
    for study in range(k):
        for item in checklist.items if chance.random() < 0.85 else ():
            for by in ("ab", "cd"):
                if chance.random() < 0.8:
                    answer = checklist.answers[min(int(chance.expovariate(1)), len(checklist.answers) - 1)].id
                    fixed = {"role": "appraiser", "date": "2026-01-01", "support": "synthetic"}
                    rows.append({"study_id": f"s{study}", "item": item.id, "answer": answer, "appraiser": by, **fixed})
    return rows


def appraised(checklist: Checklist, k: int, seed: int = 1) -> Appraisal:
    return judged(rows_of(checklist, k, seed), checklist, [f"s{study}" for study in range(k)])


def lights(checklist: Checklist, k: int, label=lambda i: f"Synthetic {2000 + i}", seed: int = 1):
    return traffic_light(appraised(checklist, k, seed), checklist, {f"s{i}": label(i) for i in range(k)})


def drawn(figure) -> tuple[list[Text], np.ndarray]:
    """The texts, and their extents: left, lower, right and upper edge."""
    renderer = FigureCanvasAgg(figure).get_renderer()
    (axes,) = figure.axes
    return list(axes.texts), np.array([text.get_window_extent(renderer).extents for text in axes.texts])


def assert_in_order(figure) -> None:
    texts, extents = drawn(figure)
    words = [text.get_text() for text in texts]
    left, lower, right, upper = extents.T
    sheet = figure.bbox
    for outside in np.flatnonzero((left < sheet.x0) | (right > sheet.x1) | (lower < sheet.y0) | (upper > sheet.y1)):
        pytest.fail(f"{words[outside]!r} leaves the sheet")
    left, lower, right, upper = left + 0.5, lower + 0.5, right - 0.5, upper - 0.5
    across = (left[:, None] < right) & (left < right[:, None])
    down = (lower[:, None] < upper) & (lower < upper[:, None])
    for one, other in np.argwhere(np.triu(across & down, 1)):
        pytest.fail(f"{words[one]!r} lies over {words[other]!r}")
    tiles = tiles_of(figure)
    assert len(tiles) and all(tile.x0 >= sheet.x0 and tile.x1 <= sheet.x1 for tile, _ in tiles)
    for word, (x0, y0, x1, y1) in zip(words, extents, strict=True):
        for tile, _ in tiles:
            if x0 < tile.x1 and tile.x0 < x1 and y0 < tile.y1 and tile.y0 < y1:
                assert tile.x0 <= x0 + 1 and x1 - 1 <= tile.x1, f"{word!r} crosses the outline of a tile"


def tiles_of(figure) -> list:
    """The filled tiles with their extents, from the top of the sheet down and from left to right."""
    (axes,) = figure.axes
    patches = [patch for patch in axes.patches if isinstance(patch, Rectangle) and patch.get_fill()]
    tiles = [(patch.get_window_extent(), patch) for patch in patches]
    return sorted(tiles, key=lambda tile: (-round(tile[0].y0), tile[0].x0))


def rows_on_sheet(figure) -> dict[str, list[str]]:
    """What stands on the line of each text at the left margin, from left to right."""
    texts, extents = drawn(figure)
    order = sorted(zip(texts, extents, strict=True), key=lambda each: each[1][0])
    middle = {text: text.get_position()[1] for text in texts}
    return {
        text.get_text(): [other.get_text() for other, _ in order if abs(middle[other] - middle[text]) < 0.03][1:]
        for text, _ in order
        if text.get_position()[0] == 0.2
    }


@pytest.mark.parametrize("name", TOOLS)
@pytest.mark.parametrize("k", [0, 1, 5, 12])
def test_nothing_overlaps(name, k):
    assert_in_order(lights(TOOLS[name], k))
    assert_in_order(appraisal_summary(appraised(TOOLS[name], k), TOOLS[name]))


@pytest.mark.parametrize("name", ["minors", "robins_i"])
def test_nothing_overlaps_with_many_studies(name):
    assert_in_order(lights(TOOLS[name], 60))
    assert_in_order(appraisal_summary(appraised(TOOLS[name], 60), TOOLS[name]))


@pytest.mark.parametrize("name", TOOLS)
def test_nothing_overlaps_with_long_names(name):
    assert_in_order(lights(TOOLS[name], 5, label=lambda i: LONG))


@pytest.mark.parametrize("overall", [False, True])
def test_nothing_overlaps_in_a_tool_of_many_words(overall):
    colours = ["#3aa394", "#f6e08a", "#d4703a", "#7a1f2b", "#d6d6e0", "#101010", "#fefefe"]
    answers = tuple(AnswerKind(f"a{i}", f"{LONG[: 8 * i + 1]}{i}", f"W{i}", c, "bad") for i, c in enumerate(colours))
    items = tuple(Item(f"Section-{i}.a", f"{LONG} {i}") for i in range(14))
    items += (Item("overall", "Overall judgement"),) * overall
    tool = Checklist("synthetic", f"{LONG} {LONG}", f"{LONG} {'W' * 300} {LONG}", answers, items, overall)
    assert_in_order(lights(tool, 5))
    assert_in_order(appraisal_summary(appraised(tool, 5), tool))
    short = replace(tool, items=items[:1] + items[14:])
    assert_in_order(lights(short, 1))
    assert_in_order(appraisal_summary(appraised(short, 1), short))


@pytest.mark.parametrize("name", TOOLS)
def test_each_study_shows_the_sign_of_each_answer(name):
    tool, k = TOOLS[name], 12
    sign = {answer.id: answer.symbol for answer in tool.answers}
    appraisal, shown = appraised(tool, k), rows_on_sheet(lights(tool, k))
    assert shown["Study"] == [*(item.id for item in tool.questions), *["Overall"] * tool.overall]
    for i, study in enumerate(appraisal.studies):
        cells = [appraisal.cells[study, item.id] for item in tool.items]
        expected = [sign[c.answer] if c.state in KNOWN else {"conflict": "≠"}.get(c.state, "∅") for c in cells]
        assert shown[f"Synthetic {2000 + i}"] == expected


def test_a_study_without_answers_is_hatched_across_its_row_and_like_no_answer():
    tool = TOOLS["rob2"]
    figure = traffic_light(judged([], tool, ["a"]), tool, {"a": "Synthetic"})
    assert rows_on_sheet(figure)["Synthetic"] == ["∅"] * 6
    row, legend = tiles_of(figure)[:6], tiles_of(figure)[6:]
    assert all(tile.get_hatch() and to_hex(tile.get_facecolor()) == "#ffffff" for _, tile in row)
    answers = [to_hex(tile.get_facecolor()) for _, tile in legend if not tile.get_hatch()]
    assert answers == [answer.colour for answer in tool.answers]


def test_a_single_answer_has_a_dashed_outline_and_an_agreed_one_has_not():
    tool = TOOLS["rob2"]
    fixed = {"study_id": "a", "answer": "low", "role": "appraiser", "date": "2026-01-01"}
    rows = [{**fixed, "item": item, "appraiser": by} for item, by in (("D1", "ab"), ("D2", "ab"), ("D2", "cd"))]
    figure = traffic_light(judged(rows, tool, ["a"]), tool, {"a": "Synthetic"})
    (axes,) = figure.axes
    outlines = [patch for patch in axes.patches if not patch.get_fill()][:6]
    assert [patch.get_linestyle() not in ("-", "solid") for patch in outlines] == [True, *[False] * 5]
    assert any("one appraiser only" in text.get_text() for text in figure.findobj(Text))
    assert not any("one appraiser only" in text.get_text() for text in lights(tool, 0).findobj(Text))


@pytest.mark.parametrize("name", TOOLS)
@pytest.mark.parametrize("k", [1, 7, 60])
def test_bars_are_as_long_as_their_counts(name, k):
    tool = TOOLS[name]
    appraisal = appraised(tool, k)
    figure = appraisal_summary(appraisal, tool)
    (axes,) = figure.axes
    shown = rows_on_sheet(figure)
    patches = sorted((p for p in axes.patches if p.get_fill()), key=lambda p: (round(p.get_y(), 3), p.get_x()))
    states = {cell.state for cell in appraisal.cells.values()}
    kinds = len(tool.answers) + ("conflict" in states) + ("not appraised" in states)
    bars = patches[kinds:]
    for item in tool.items:
        cells = [appraisal.cells[study, item.id] for study in appraisal.studies]
        expected = [sum(cell.answer == answer.id for cell in cells) for answer in tool.answers]
        expected += [sum(c.state == state for c in cells) for state in ("conflict", "not appraised") if state in states]
        label = item.label if item.id == "overall" else f"{item.id}: {item.label}"
        assert [int(count) for count in shown[label][-kinds:]] == expected and sum(expected) == k
        parts, bars = bars[: np.count_nonzero(expected)], bars[np.count_nonzero(expected) :]
        assert np.allclose([part.get_width() / SCALE for part in parts], [count / k for count in expected if count])
        ends = [part.get_x() + part.get_width() for part in parts]
        assert np.allclose(ends[:-1], [part.get_x() for part in parts[1:]])
    assert any("unweighted" in text.get_text() for text in figure.findobj(Text))


@pytest.mark.parametrize("name", TOOLS)
def test_signs_stand_out_from_their_colours(name):
    """A contrast of at least 4.5 to 1, as WCAG asks for text."""

    def luminance(colour) -> float:
        parts = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
        return float(np.dot(parts, [0.2126, 0.7152, 0.0722]))

    figure = lights(TOOLS[name], 1)
    texts = {text.get_text(): text for text in figure.findobj(Text) if text.get_weight() == "bold"}
    for answer in TOOLS[name].answers:
        pair = sorted((luminance(answer.colour), luminance(texts[answer.symbol].get_color())))
        assert (pair[1] + 0.05) / (pair[0] + 0.05) >= 4.5


def card_of(tool: Checklist, k: int, seed: int) -> bytes:
    rows = rows_of(tool, k)
    random.Random(seed).shuffle(rows)
    studies = [{"study_id": f"s{i}", "label": f"Synthetic {2000 + i}"} for i in range(k)]
    return json.dumps({"checklist": tool.to_dict(), "rows": rows, "studies": studies}).encode()


def test_the_program_writes_the_same_bytes_for_rows_in_any_order(tmp_path):
    """Two processes with other seeds for hashes."""
    written = []
    for seed in (1, 2):
        folder = tmp_path / str(seed)
        folder.mkdir()
        (folder / "card.json").write_bytes(card_of(TOOLS["robins_i"], 5, seed))
        files = [[str(folder / name) for name in names] for names in (["a.svg", "a.pdf"], ["b.png", "b.svg"])]
        command = [sys.executable, str(ROOT / "scripts" / "plot_appraisal.py"), str(folder / "card.json")]
        command += ["--traffic-light", *files[0], "--summary", *files[1]]
        environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "PYTHONHASHSEED": str(seed)}
        subprocess.run(command, env=environment, check=True)
        written.append([Path(path).read_bytes() for part in files for path in part])
    assert written[0] == written[1]
    appraisal = appraised(TOOLS["robins_i"], 5)
    figure = traffic_light(appraisal, TOOLS["robins_i"], {f"s{i}": f"Synthetic {2000 + i}" for i in range(5)})
    assert written[0][:2] == [render(figure, "svg"), render(figure, "pdf")]
