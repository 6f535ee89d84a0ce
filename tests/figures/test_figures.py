"""Figures at 0 to 60 studies: nothing overlaps, nothing leaves the sheet, the bytes are the same each time.

The studies are synthetic.
"""

import subprocess
import sys
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

from perennial.figures.forest import forest_figure
from perennial.figures.funnel import funnel_figure
from perennial.figures.leave_one_out import leave_one_out_figure
from perennial.figures.style import FORMATS, render, shortened, text_width
from perennial.stats.egger import egger, funnel_coordinates
from perennial.stats.pooling import BinomialNormalModel, InverseVariance, pool_proportions
from perennial.stats.proportions import clopper_pearson
from perennial.stats.sensitivity import leave_one_out

MODELS = {"two_step": InverseVariance("freeman_tukey", "DL", "wald"), "glmm": BinomialNormalModel(7, "t")}
LONG = "Study of a synthetic drug with a name that goes on and on beyond any column, second cohort, extension"


def pooled(group: str, k: int, seed: int = 1) -> dict:
    random = np.random.default_rng(seed)
    n = random.integers(10, 200, k)
    events = random.binomial(n, random.uniform(0.1, 0.9, k))
    low, high = clopper_pearson(events, n)
    studies = [
        {"arm_id": f"{group}{i}", "events": int(events[i]), "n": int(n[i]), "estimate": events[i] / n[i], "ci_low": low[i], "ci_high": high[i]}
        for i in range(k)
    ]  # fmt: skip
    models = {name: pool_proportions(events, n, model).to_dict() for name, model in MODELS.items()}
    return {"group": group, "studies": studies, "models": models}


def card(
    groups: dict[str, int], model: str = "two_step", label=lambda i: f"Synthetic {2000 + i}", left_out: int = 0
) -> dict:
    reason = "count not reported (about 75%)"
    return {
        "outcome": {"label": "Overall response", "abbreviation": "ORR"},
        "groups": [{"id": group, "label": f"Group {group}"} for group in groups],
        "model": model,
        "model_label": "Some model",
        "level": 0.95,
        "arms": {
            f"{group}{i}": {"label": label(i), "regimen": f"Drug {i % 7} + other", "colour": "#332288"}
            for group, k in groups.items()
            for i in range(k + 2)
        },
        "left_out": {
            group: [{"arm_id": f"{group}{k + i}", "reason": reason} for i in range(left_out)]
            for group, k in groups.items()
        },
    }


def assert_nothing_overlaps(figure) -> None:
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    renderer = canvas.get_renderer()
    sheet = figure.bbox
    undrawn = {
        tick.label1
        for axes in figure.axes
        for axis in (axes.xaxis, axes.yaxis)
        for tick in axis.get_major_ticks()
        if not min(axis.get_view_interval()) <= tick.get_loc() <= max(axis.get_view_interval())
    }
    boxes = []
    for text in set(figure.findobj(Text)) - undrawn:
        if text.get_text().strip() and text.get_visible():
            box = text.get_window_extent(renderer)
            assert sheet.x0 <= box.x0 and box.x1 <= sheet.x1, f"{text.get_text()!r} leaves the sheet"
            assert sheet.y0 <= box.y0 and box.y1 <= sheet.y1, f"{text.get_text()!r} leaves the sheet"
            boxes.append((text.get_text(), box.padded(-0.5)))
    for (one, box), (other, other_box) in combinations(boxes, 2):
        assert not box.overlaps(other_box), f"{one!r} lies over {other!r}"


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("k", [0, 1, 2, 5, 12, 60])
def test_forest(k, model):
    assert_nothing_overlaps(forest_figure(card({"a": k}, model, left_out=1), {"a": pooled("a", k)}))


def test_notes_stay_to_the_left_of_the_scale():
    figure = forest_figure(card({"a": 12}), {"a": pooled("a", 12)})
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    texts = {text.get_text(): text.get_window_extent(canvas.get_renderer()) for text in figure.findobj(Text)}
    (note,) = (box for text, box in texts.items() if text.startswith("I²"))
    assert note.x1 <= (texts["0"].x0 + texts["0"].x1) / 2


@pytest.mark.parametrize("sizes", [(0, 0), (1, 3, 5), (12, 1, 0, 8)])
def test_forest_across_groups(sizes):
    groups = dict(zip("abcd", sizes, strict=False))
    figure = forest_figure(card(groups), {group: pooled(group, k) for group, k in groups.items()})
    assert_nothing_overlaps(figure)


def test_forest_with_long_names():
    assert_nothing_overlaps(forest_figure(card({"a": 5}, label=lambda i: LONG), {"a": pooled("a", 5)}))


def test_forest_of_a_model_that_refused():
    result = pooled("a", 3)
    result["models"]["glmm"] = pool_proportions([0, 0, 0], [10, 20, 30], MODELS["glmm"]).to_dict()
    assert_nothing_overlaps(forest_figure(card({"a": 3}, "glmm"), {"a": result}))


@pytest.mark.parametrize("k", [0, 1, 2, 5, 60])
def test_leave_one_out(k):
    result = pooled("a", k)
    events, n = ([study[name] for study in result["studies"]] for name in ("events", "n"))
    runs = [
        {"left_out": study["arm_id"], **run.to_dict()}
        for study, run in zip(result["studies"], leave_one_out(events, n, MODELS["two_step"]), strict=True)
    ]
    assert_nothing_overlaps(leave_one_out_figure(card({"a": k}), result, {"leave_one_out": {"two_step": runs}}))


@pytest.mark.parametrize("k", [0, 1, 2, 12, 60])
def test_funnel(k):
    studies = pooled("a", k)["studies"]
    tests = {}
    for effect in ("raw", "freeman_tukey"):
        yi, sei = funnel_coordinates([s["events"] for s in studies], [s["n"] for s in studies], effect)
        points = [{"group": "a", "yi": float(y), "sei": float(s)} for y, s in zip(yi, sei, strict=True)]
        p = egger(yi, sei).p if k > 2 else None
        tests[effect] = {"effect": effect, "p": p, "k": k, "studies": k, "too_few": k < 10, "points": points}
    names = {
        "tests": [
            {"id": "raw", "label": "One form of the test, told at some length so that it needs two lines"},
            {"id": "freeman_tukey", "label": "The other form"},
        ]
    }
    assert_nothing_overlaps(funnel_figure(card({"a": k}) | names, {"egger": tests}))


def test_the_same_values_give_the_same_bytes_in_another_process(tmp_path):
    """A second process, with another seed for hashes, draws the same files."""
    program = (
        "import sys; sys.path.insert(0, sys.argv[1]); import test_figures as t; "
        "figure = t.forest_figure(t.card({'a': 5}), {'a': t.pooled('a', 5)}); "
        "[sys.stdout.buffer.write(t.render(figure, kind)) for kind in t.FORMATS]"
    )
    figure = forest_figure(card({"a": 5}), {"a": pooled("a", 5)})
    ours = b"".join(render(figure, kind) for kind in FORMATS)
    folder = Path(__file__).parent
    environment = {"PYTHONPATH": str(folder.parents[1] / "src"), "PYTHONHASHSEED": "7", "PATH": ""}
    other = subprocess.run(
        [sys.executable, "-c", program, str(folder)], capture_output=True, env=environment, check=True
    )
    assert other.stdout == ours


def test_a_text_is_shortened_to_its_width_and_no_further():
    for width in (0.3, 1.0, 2.5):
        short = shortened(LONG, width)
        assert text_width(short) <= width
        assert short.endswith("…")
        assert text_width(LONG[: len(short) + 2] + "…") > width
    assert shortened("short", 2.0) == "short"
