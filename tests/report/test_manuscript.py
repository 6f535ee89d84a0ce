"""A manuscript says what the values say, in English, at any size of review; hostile text stays text.

Counts of overall response are those of the review that ships with the software; all others are synthetic.
"""

import io
import json
import re
import subprocess
import sys
from html.parser import HTMLParser
from itertools import product
from pathlib import Path

import pytest
from docx import Document

from perennial.csv_table import csv_table
from perennial.report.blocks import Heading, Paragraph, Picture, Table, plain
from perennial.report.manuscript import figures, manuscript
from perennial.report.to_docx import WIDTH, to_docx
from perennial.report.to_html import to_html
from perennial.report.to_markdown import to_markdown
from perennial.stats.egger import egger, funnel_coordinates
from perennial.stats.errors import NotEstimable
from perennial.stats.pooling import model_from_dict, pool_proportions
from perennial.stats.sensitivity import leave_one_out
from perennial.stats.subgroups import subgroup_difference

PUBLISHED = {
    "mono": [("Hutchings", 26, 52), ("Thieblemont", 33, 61), ("Cartron", 35, 46), ("Chong", 11, 27), ("Topp", 29, 60)],
    "combi": [("Pola", 21, 27), ("Budde", 20, 35), ("Brody", 22, 29)],
}
GROUPS = {"mono": "Monotherapy", "combi": "Combination"}
MODELS = {
    "two_step": {"method": "inverse_variance", "transformation": "freeman_tukey", "tau2": "DL", "interval": "wald"},
    "recommended": {"method": "glmm", "quadrature_points": 7, "interval": "t"},
}
ARM = ["arm_id", "study", "registry_id", "group", "arm", "regimen"]
TESTS = {"raw": "Raw form", "freeman_tukey": "Transformed form"}
HOSTILE = (
    '<script>alert("x")</script> & \'| **b** [l](http://x.y) `c` \u202egnp.exe\x00\x07\x1b[31m\ud800\n# H ' + "x" * 5000
)
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c636060f8cf00000302"
    "0101cf1d5bc90000000049454e44ae426082"
)


def review(folder: Path, orr: dict, *, primary="two_step", reconstructed=True, cr=None, secondary=(), checks=0) -> dict:
    """Write the results of a review with these counts as (study, events, n) and give the card of its page."""
    outcomes = {"orr": orr} | ({"cr": cr} if cr is not None else {})
    groups, labels = list(orr), {"orr": "Overall response", "cr": "Complete response"}
    analyses = {
        o: {g: _analysis(folder / "analyses" / o / g, counts[g], primary) for g in groups}
        for o, counts in outcomes.items()
    }
    arms = [{"arm_id": name, "study": name, "group": GROUPS[g], "n": n} for g in groups for name, _, n in orr[g]]
    summary = {
        "as_of": "2025-05-20",
        "reconstructed": reconstructed,
        "studies_included": len({arm["study"] for arm in arms}),
        "analyses": analyses,
        "comparisons": {o: {"c": {"models": _differences(analyses[o], groups)}} for o in outcomes},
        "bias": {
            o: {e: _bias([row for g in groups for row in counts[g]], e) for e in TESTS}
            for o, counts in outcomes.items()
        },
    }
    write(folder / "summary.json", json.dumps(summary).encode())
    common = {"registry_id": "", "arm": "all", "regimen": "Drug", "design": "phase 2", "locator": "Table 1"}
    columns = [*ARM, "design", "n", "locator"]
    write(folder / "tables" / "characteristics.csv", csv_table(columns, [common | arm for arm in arms]))
    responses = [
        {"arm_id": name, "study": name, "group": GROUPS[g], "outcome": o, "population": "all", "events": e, "n": n}
        for o, g in product(outcomes, groups)
        for name, e, n in outcomes[o][g]
    ]
    columns = [*ARM, "outcome", "population", "events", "n", "reported_percent"]
    write(folder / "tables" / "responses.csv", csv_table(columns, [common | row for row in responses]))
    columns = [*ARM, "outcome", "timepoint", "population", "ci_level", "unit", "row_id"]
    columns += [f"{value}{end}" for value in ("estimate", "ci_low", "ci_high") for end in ("", "_status")]
    write(folder / "tables" / "secondary.csv", csv_table(columns, [common | row for row in secondary]))
    columns = ["file", "record", "column", "value", "message", "remedy"]
    write(folder / "todo" / "checks.csv", csv_table(columns, [dict.fromkeys(columns, "odd")] * checks))
    notices = {"shown": {}, "waiting": [], "decided": []}
    write(folder / "update" / "notices.json", json.dumps(notices).encode())
    pfs = {"id": "pfs", "label": "Median survival", "abbreviation": "mPFS", "kind": "median"}
    return {
        "review": {"title": "A review", "question": "Which?"},
        "level": 0.95,
        "heterogeneity": {"low": 25, "moderate": 50},
        "enough_studies": 10,
        "primary_model": primary,
        "outcomes": [*({"id": o, "label": labels[o], "abbreviation": o.upper(), "kind": "proportion"} for o in outcomes), pfs],
        "groups": [{"id": g, "label": GROUPS[g]} for g in groups],
        "models": [{"id": name, "label": name.capitalize(), **model} for name, model in MODELS.items()],
        "comparisons": [{"id": "c", "label": "Combination against monotherapy", "groups": groups}] if len(groups) > 1 else [],
        "bias_sets": {"all": "All arms"},
        "bias_tests": [{"id": effect, "label": label, "set": "all"} for effect, label in TESTS.items()],
        "characteristics": [["n", "Patients"]],
        "arms": {row[0]: {"label": row[0]} for counts in outcomes.values() for rows in counts.values() for row in rows},
    }  # fmt: skip


def _analysis(folder: Path, counts: list[tuple], primary: str) -> dict:
    names, events, n = ([row[i] for row in counts] for i in range(3))
    models = {name: model_from_dict(definition) for name, definition in MODELS.items()}
    runs = {
        name: [
            {"left_out": study, **run.to_dict()}
            for study, run in zip(names, leave_one_out(events, n, model), strict=True)
        ]
        for name, model in models.items()
    }
    write(folder / "sensitivity.json", json.dumps({"leave_one_out": runs}).encode())
    pooled = {name: pool_proportions(events, n, model).to_dict() for name, model in models.items()}
    return {**pooled[primary], "left_out": [], "models": pooled}


def _differences(pooled: dict, groups: list[str]) -> dict:
    differences = {}
    for model in MODELS if len(groups) > 1 else ():
        fits = [pooled[group]["models"][model] for group in groups]
        try:
            found = subgroup_difference([fit["mean"] for fit in fits], [fit["se"] for fit in fits]).to_dict()
        except NotEstimable as reason:
            found = {"estimate": None, "warnings": [f"not tested: {reason}"]}
        differences[model] = {"scale": fits[0]["scale"], **found}
    return differences


def _bias(counts: list[tuple], effect: str) -> dict:
    shared = {"k": len(counts), "studies": len(counts), "too_few": len(counts) < 10}
    warnings = [f"{len(counts)} studies, fewer than 10: the test has little power"] if len(counts) < 10 else []
    try:
        return {
            **egger(*funnel_coordinates([row[1] for row in counts], [row[2] for row in counts], effect)).to_dict(),
            **shared,
            "warnings": warnings,
        }
    except NotEstimable as reason:
        return {**shared, "p": None, "warnings": [*warnings, f"not tested: {reason}"]}


def write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def median(study: str, estimate: str = "", status: str = "reported", **more: str) -> dict:
    statuses = {"estimate_status": status, "ci_low_status": "not_reported", "ci_high_status": "not_reported"}
    where = {"group": "Monotherapy", "outcome": "pfs", "timepoint": "median", "population": "all", "unit": "months"}
    return {"arm_id": study, "study": study, "row_id": study, "estimate": estimate, **statuses, **where, **more}


def text(blocks: list) -> str:
    return "\n".join(block.text for block in blocks if not isinstance(block, Table))


def tables(blocks: list) -> list[Table]:
    return [block for block in blocks if isinstance(block, Table)]


def test_the_published_results_with_their_cautions(tmp_path):
    card = review(tmp_path, PUBLISHED, checks=2)
    said = text(manuscript(card, tmp_path))
    for sentence in (
        "As of 2025-05-20, the review includes 8 studies. This state of the review is reconstructed",
        "Table 1 describes 8 arms with 337 patients: 5 arms with 246 patients in Monotherapy and 3 arms with 91 patients in Combination.",
        "Monotherapy: the pooled proportion was 54.5% (95% interval 43.1 to 65.7%), from 134 events among 246 patients in 5 studies.",
        "Heterogeneity was substantial (I² 68.2%; Q = 12.60, 4 degrees of freedom, P = 0.013).",
        "A new study like these would be expected to find a true proportion between 22.2% and 84.8% (95% prediction interval).",
        "The estimates of the 2 models differed by less than 0.1 percentage points; the widest interval was 39.9 to 68.4% (“Recommended”).",
        "Fewer than 10 studies were pooled in Monotherapy (5) and Combination (3).",
        "difference 0.155 (-0.022 to 0.332) on the Freeman-Tukey scale, P = 0.086.",
        "The interval includes zero: a difference is neither shown nor ruled out.",
        "leaving one study out moves the result between 49.5% (without Cartron) and 57.1% (without Chong).",
        "Heterogeneity, substantial with all studies, becomes low without Cartron (I² 0.0%).",
        "becomes substantial without Pola (I² 58.0%) or Brody (I² 64.5%), and low without Budde (I² 0.0%).",
        "Transformed form; All arms, k = 8: P = 0.341 (8 studies, fewer than 10: the test has little power).",
        "No pooled result rests on more than 5 studies.",
        "In 2 of 2 pooled results (ORR, Monotherapy; ORR, Combination) the prediction interval spans more than 50 percentage points",
        "No search was archived for this date",
        "The risk of bias of the studies was not appraised.",
        "2 oddities still wait",
    ):
        assert sentence in said
    assert "publication bias" not in said.lower()


def test_every_number_of_the_pooled_table_is_computed(tmp_path):
    characteristics, responses, pooled = tables(manuscript(review(tmp_path, PUBLISHED), tmp_path))
    assert [len(table.rows) for table in (characteristics, responses, pooled)] == [8, 8, 4]
    assert responses.rows[0] == ("Hutchings", "Monotherapy", "Drug", "26/52 (50.0%)")
    assert pooled.rows[0] == (
        *("ORR, Monotherapy", "Two_step", "5", "134/246", "54.5 (43.1 to 65.7)", "22.2 to 84.8", "68.2", "0.0110", ""),
    )
    for table in (characteristics, responses, pooled):
        assert all(len(row) == len(table.columns) for row in table.rows)


def test_an_empty_review(tmp_path):
    blocks = manuscript(review(tmp_path, {"mono": [], "combi": []}), tmp_path)
    said = text(blocks)
    assert "the review includes no study." in said
    assert "Monotherapy: no study gave a count, so there is no result." in said
    assert "Monotherapy: fewer than two studies, none can be left out." in said
    assert (
        "k = 0: no result (not tested: a regression on the standard error needs three studies or more, got 0)." in said
    )
    assert "Secondary outcomes" not in said
    (pooled,) = tables(blocks)
    assert pooled.caption.startswith("Table 1. Pooled results")
    assert "Table 1 gives the results under all 2 models." in said
    assert Document(io.BytesIO(to_docx(blocks, "Empty"))).tables[0].cell(1, 4).text == "none"


def test_one_study_of_one_patient(tmp_path):
    said = text(manuscript(review(tmp_path, {"mono": [("Alone", 1, 1)]}, reconstructed=False, checks=1), tmp_path))
    assert "the review includes 1 study." in said and "reconstructed" not in said
    assert "Table 1 describes 1 arm with 1 patient, all in Monotherapy." in said
    assert "phase 2 in 1 study." in said
    assert "one study found 100.0% (95% interval 2.5 to 100.0%; 1 event among 1 patient). Nothing is pooled" in said
    assert "One result rests on a single study." in said
    assert "One oddity" in said
    assert "Comparison of groups" not in said
    assert not re.search(r"\b1 (studies|patients|arms|events|models|degrees)\b", said)


def test_two_studies_and_no_variation_between_them(tmp_path):
    said = text(manuscript(review(tmp_path, {"mono": [("A", 20, 40), ("B", 21, 40)]}), tmp_path))
    assert "Q = 0.05, 1 degree of freedom" in said
    assert "τ² was estimated as 0, so this interval holds no variation between studies and may be too narrow." in said
    assert "Each of these is the result of the one study that stays." in said
    assert "In 1 of 1 pooled result τ² was estimated as 0, which does not show that the studies agree." in said


def test_a_model_that_refuses(tmp_path):
    none = {"mono": [("A", 0, 10), ("B", 0, 20), ("C", 0, 30)]}
    said = text(manuscript(review(tmp_path, none, primary="recommended"), tmp_path))
    assert (
        "Monotherapy: 3 studies (0 events among 60 patients) were not pooled under this model (not estimable: no patient"
        " had the event: the mean logit is infinite). The model “Two_step” gave"
    ) in said
    assert "with one study left out the model gave fewer than two estimates" in said
    said = text(manuscript(review(tmp_path, none), tmp_path))
    assert "No estimate came from “Recommended”." in said


def test_ten_studies_need_no_caution_for_their_number(tmp_path):
    many = {"mono": [(f"Study {i}", 20 + i, 50) for i in range(12)]}
    said = text(manuscript(review(tmp_path, many, cr=many), tmp_path))
    assert "in 12 studies." in said and "Complete response (CR)" in said
    for caution in ("Fewer than", "few studies", "No pooled result", "Wald"):
        assert caution not in said


def test_a_count_that_is_not_reported_is_named(tmp_path):
    card = review(tmp_path, PUBLISHED)
    summary = json.loads((tmp_path / "summary.json").read_bytes())
    summary["analyses"]["orr"]["combi"]["left_out"] = [
        {"arm_id": "abramson", "reason": "count not reported (about 75%)"}
    ]
    card["arms"]["abramson"] = {"label": "Abramson"}
    write(tmp_path / "summary.json", json.dumps(summary).encode())
    assert "One arm was not pooled: Abramson, count not reported (about 75%)." in text(manuscript(card, tmp_path))


def test_secondary_outcomes_are_counted_and_not_pooled(tmp_path):
    rows = [
        *(median("A", "9.6"), median("B", "31.1"), median("C", "3.8"), median("D", "", "not_reached")),
        *(median("E", "", "not_estimable"), median("F", "", "not_reported"), median("G", "", "not_reported")),
    ]
    said = text(manuscript(review(tmp_path, PUBLISHED, secondary=rows), tmp_path))
    assert "Table 4 gives the secondary outcomes of 7 arms as reported. None was pooled." in said
    assert (
        "Median survival (mPFS): reported for 3 of 7 arms, 3.8 to 31.1 months; not reached in 1; not estimable in 1;"
        " not reported for 2."
    ) in said
    said = text(manuscript(review(tmp_path, PUBLISHED, secondary=rows[:1]), tmp_path))
    assert "Median survival (mPFS): reported for 1 arm, 9.6 months." in said
    said = text(manuscript(review(tmp_path, PUBLISHED, secondary=rows[3:4]), tmp_path))
    assert "Median survival (mPFS): not reached in 1 arm." in said


def test_an_interval_that_is_reported_in_full_is_shown(tmp_path):
    bounds = {"ci_low": "2.4", "ci_low_status": "reported", "ci_high": "19.6", "ci_high_status": "reported"}
    blocks = manuscript(review(tmp_path, PUBLISHED, secondary=[median("A", "3.8", **bounds)]), tmp_path)
    assert tables(blocks)[-1].rows[0][-1] == "3.8 (2.4 to 19.6)"


def hostile_blocks(folder: Path) -> list:
    write(folder / "dot.png", PNG)
    return [
        Heading(1, HOSTILE),
        Paragraph(HOSTILE),
        Table(HOSTILE, (HOSTILE, "B|"), ((HOSTILE, "1. a"), ("# b", "\u2028"))),
        Picture(folder / "dot.png", HOSTILE, HOSTILE),
    ]


def test_plain_text_is_one_printable_line():
    assert plain("a\u202eb\x00\x1b[1m\r\n c\ud800\ufffe\u2028d") == "ab[1m c d"


def test_hostile_text_stays_text_in_html(tmp_path):
    html = to_html(hostile_blocks(tmp_path))
    tags = []
    parser = HTMLParser()
    parser.handle_starttag = lambda tag, attributes: tags.append((tag, {name for name, _ in attributes}))
    parser.feed(html)
    assert {tag for tag, _ in tags} == {
        *("h3", "p", "div", "table", "caption", "thead", "tbody", "tr", "th", "td", "figure", "img", "figcaption"),
    }
    assert set().union(*(names for _, names in tags)) == {
        "class",
        "tabindex",
        "role",
        "aria-label",
        "data-trace",
        "scope",
        "src",
        "alt",
    }
    assert plain(html.replace("\n", " ")) == html.replace("\n", " ").strip()


def test_html_starts_at_the_third_level_and_names_rows_and_columns():
    html = to_html([Heading(1, "One"), Heading(2, "Two"), Table("Name", ("A", "B"), (("a", "b"),))])
    assert re.search("<h3[^>]*>One</h3>", html) and re.search("<h4[^>]*>Two</h4>", html)
    assert re.search("<caption[^>]*>Name</caption>", html)
    assert '<th scope="col">A</th><th scope="col">B</th>' in html and '<th scope="row">a</th><td>b</td>' in html


def test_hostile_text_stays_text_in_markdown(tmp_path):
    markdown = to_markdown(hostile_blocks(tmp_path), HOSTILE)
    assert not re.search(r"<(?!/)(?!.*dot\.png>)", markdown) and "&lt;script&gt;" in markdown
    assert not re.search(r"(?<!\\)[`*]b|(?<!\\)\[l|[^\\]://", markdown)
    lines = [line for line in markdown.splitlines() if line.startswith("|")]
    assert [len(re.findall(r"(?<!\\)\|", line)) for line in lines] == [3] * 4
    assert lines[2].endswith("| 1\\. a |") and lines[3] == "| \\# b |  |"
    assert to_markdown([Paragraph("54.5% of 3 * 4 - 1"), Paragraph("- a"), Paragraph("2) b")], "T") == (
        "# T\n\n54.5% of 3 \\* 4 - 1\n\n\\- a\n\n2\\) b\n"
    )


def test_hostile_text_stays_text_in_word(tmp_path):
    document = Document(io.BytesIO(to_docx(hostile_blocks(tmp_path), HOSTILE)))
    assert document.paragraphs[0].text == plain(HOSTILE)
    assert document.tables[0].cell(1, 0).text == plain(HOSTILE)
    assert len(document.inline_shapes) == 1
    assert len(document.core_properties.title) == 255


def test_a_word_document_opens_again_and_holds_the_tables(tmp_path):
    blocks = manuscript(review(tmp_path, PUBLISHED), tmp_path)
    document = Document(io.BytesIO(to_docx(blocks, "A review")))
    shown = [[[cell.text for cell in row.cells] for row in table.rows] for table in document.tables]
    assert shown == [[list(table.columns), *map(list, table.rows)] for table in tables(blocks)]
    for table in document.tables:
        assert len(table._tbl.xpath("./w:tr[1]/w:trPr/w:tblHeader")) == 1
        assert sum(column.width for column in table.columns) <= WIDTH
    assert (document.core_properties.author, document.core_properties.comments) == ("", "")


@pytest.mark.parametrize("columns", [1, 9, 40])
def test_a_wide_table_stays_on_the_page(columns):
    wide = Table(
        "Wide", tuple(f"Antidisestablishmentarianism {i}" for i in range(columns)), (("x" * 90,) * columns,) * 3
    )
    (table,) = Document(io.BytesIO(to_docx([wide], "T"))).tables
    assert 0.99 * WIDTH < sum(column.width for column in table.columns) <= WIDTH


def test_figures_have_the_results_as_captions(tmp_path):
    card = review(tmp_path, PUBLISHED)
    write(tmp_path / "analyses" / "orr" / "forest.png", PNG)
    _, picture = figures(card, tmp_path)
    assert picture.caption.startswith("Figure 1. Forest plot of Overall response (ORR). Monotherapy: 54.5%")
    assert len(Document(io.BytesIO(to_docx([picture], "T"))).inline_shapes) == 1


def test_the_same_values_give_the_same_bytes_in_another_process(tmp_path):
    program = (
        "import sys; from pathlib import Path; sys.path.insert(0, sys.argv[1]); import test_manuscript as t; "
        "folder = Path(sys.argv[2]); card = t.review(folder, t.PUBLISHED); "
        "sys.stdout.buffer.write(t.to_docx([*t.manuscript(card, folder), *t.hostile_blocks(folder)], 'T'))"
    )
    here = Path(__file__).parent
    environment = {"PYTHONPATH": str(here.parents[1] / "src"), "PYTHONHASHSEED": "7", "PATH": "", "TZ": "Asia/Tokyo"}
    command = [sys.executable, "-c", program, str(here), str(tmp_path)]
    other = subprocess.run(command, capture_output=True, env=environment, check=True)
    card = review(tmp_path, PUBLISHED)
    assert other.stdout == to_docx([*manuscript(card, tmp_path), *hostile_blocks(tmp_path)], "T")


def test_a_report_that_was_retracted_is_told_before_anything_is_compared(tmp_path):
    card = review(tmp_path, PUBLISHED)
    doubted = {"report_id": "r", "study": "Synthetic", "kind": "retraction", "said": ["PubMed"], "gives": ["OS"], "analyses": [], "medians": []}  # fmt: skip
    told = {"shown": {}, "waiting": [doubted], "decided": []}
    assert "Reports with a notice" not in text(manuscript(card, tmp_path))
    write(tmp_path / "update" / "notices.json", json.dumps(told).encode())
    assert "until then it counts" in text(manuscript(card, tmp_path))
