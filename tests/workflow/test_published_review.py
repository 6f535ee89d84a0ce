"""The shipped review, run whole: the numbers that Shen et al. 2025 printed, and the files that come out.

Front Oncol 15:1641769, abstract and Results (pages of the online version): pooled ORR and CR.
"""

import base64
import csv
import json
import re
from html.parser import HTMLParser

import pytest

PRINTED = {
    ("orr", "monotherapy"): ("54.5", "43.1", "65.7", 5),
    ("cr", "monotherapy"): ("35.6", "29.1", "42.2", 5),
    ("orr", "combination"): ("70.0", "56.4", "82.2", 3),
    ("cr", "combination"): ("44.2", "34.5", "54.1", 4),
    ("orr", "naive"): ("73.9", "55.3", "88.9", 3),
    ("cr", "naive"): ("53.2", "38.1", "68.0", 3),
}


@pytest.fixture(scope="module")
def summary(whole_run):
    project, run = whole_run
    assert run.code == 0, run.output
    return json.loads((project.root / "results" / "summary.json").read_bytes())


@pytest.mark.parametrize("analysis", PRINTED, ids=".".join)
def test_pooled_proportions_at_the_printed_decimals(summary, analysis):
    outcome, group = analysis
    result = summary["analyses"][outcome][group]
    printed = [f"{100 * result[name]:.1f}" for name in ("estimate", "ci_low", "ci_high")]
    assert (*printed, result["k"]) == PRINTED[analysis]
    assert result["model"] == summary["primary_model"] == "as_published"


def test_heterogeneity_at_the_printed_decimals(summary):
    orr, cr = (summary["analyses"][outcome]["monotherapy"] for outcome in ("orr", "cr"))
    assert (f"{orr['i2']:.2f}", f"{orr['q_p']:.3f}") == ("68.24", "0.013")
    assert (f"{cr['i2']:.1f}", f"{cr['q_p']:.2f}") == ("13.5", "0.33")


def test_egger_as_reconstructed_and_as_it_should_be(summary):
    shown = {
        outcome: {form: round(test["p"], 6) for form, test in tests.items()}
        for outcome, tests in summary["bias"].items()
    }
    assert shown == {
        "orr": {"reconstructed": 0.601967, "recommended": 0.341474},
        "cr": {"reconstructed": 0.558486, "recommended": 0.324272},
    }
    assert all("fewer than 10" in test["warnings"][0] for tests in summary["bias"].values() for test in tests.values())


def test_every_model_has_every_field_of_the_contract(summary):
    fields = [
        "k",
        "n",
        "events",
        "estimate",
        "ci_low",
        "ci_high",
        "ci_method",
        "pi_low",
        "pi_high",
        "pi_method",
        "tau2",
        "i2",
        "q",
        "q_df",
        "q_p",
        "model",
    ]
    for groups in summary["analyses"].values():
        for result in groups.values():
            assert set(result["models"]) == {"as_published", "recommended", "glmm_z", "logit_reml_hk"}
            for entry in (result, *result["models"].values()):
                assert set(fields) <= set(entry)


def test_three_hundred_and_fifty_patients_in_nine_trials(summary):
    after = [summary["analyses"]["cr"][group]["n"] for group in ("monotherapy", "combination")]
    assert (sum(after), summary["studies_included"]) == (350, 9)
    assert (summary["as_of"], summary["reconstructed"]) == ("2026-11-22", True)


def test_the_response_rate_of_about_75_percent_is_recorded_and_not_pooled(summary, whole_run):
    combination = summary["analyses"]["orr"]["combination"]
    assert combination["left_out"] == [{"arm_id": "abramson2024-post", "reason": "count not reported (about 75%)"}]
    rows = table(whole_run, "tables/responses.csv")
    assert [(r["events"], r["reported_percent"]) for r in rows if r["row_id"] == "abramson2024-post-orr"] == [
        ("", "~75")
    ]


def test_not_reached_not_estimable_and_not_reported_are_told_apart(whole_run):
    rows = {row["row_id"]: row for row in table(whole_run, "tables/secondary.csv")}
    assert rows["cartron2025-post-docr"]["estimate_status"] == "not_reached"
    assert rows["hutchings2023-glofitamab-post-os"]["estimate_status"] == "not_estimable"
    assert rows["brody2025-post-dor"]["estimate_status"] == "not_reported"
    assert rows["budde2024-post-pfs"]["ci_high_status"] == "not_estimable"
    assert {name for name, row in rows.items() if row["ci_level"]} == {"cartron2025-post-os-abstract"}


def test_what_is_odd_was_accepted_with_a_reason_and_is_used(whole_run):
    assert table(whole_run, "todo/checks.csv") == []
    accepted = table(whole_run, "tables/accepted_checks.csv")
    assert all(row["reason"] and row["by"] for row in accepted)
    found = {(row["record"], row["value"]) for row in accepted}
    assert ("chong2025-post-orr", "40") in found
    assert ("topp2025-post-orr-relapsed", "84.2") in found
    assert len(found) == 5


def test_the_comparison_within_trials_is_of_the_three_that_report_both(whole_run):
    """Woolf's odds ratio and the risk difference, from the counts in Table 2."""
    counts = {
        "orr": {"brody2025": (22, 29, 66, 74), "budde2024": (20, 35, 38, 63), "thieblemont2024": (33, 61, 66, 96)},
        "cr": {"brody2025": (13, 29, 50, 74), "budde2024": (14, 35, 31, 63), "thieblemont2024": (22, 61, 41, 96)},
    }
    for outcome, of_outcome in counts.items():
        text = (whole_run[0].root / "results" / "analyses" / outcome / "within_trials.json").read_bytes()
        found = json.loads(text)["comparisons"]["prior_cart"]
        odds, risks = found["odds_ratio"], found["risk_difference"]
        assert {trial["label"] for trial in odds["trials"]} == set(of_outcome)
        for trial, risk in zip(odds["trials"], risks["trials"], strict=True):
            a, n1, c, n2 = of_outcome[trial["label"]]
            assert trial["estimate"] == pytest.approx(a * (n2 - c) / (c * (n1 - a)))
            assert risk["estimate"] == pytest.approx(a / n1 - c / n2)
        assert odds["hartung_knapp"]["ci_low"] < odds["hartung_knapp"]["estimate"] < odds["hartung_knapp"]["ci_high"]


def test_every_figure_is_there_in_three_formats(whole_run):
    base = whole_run[0].root / "results" / "analyses"
    heads = {"svg": b"<?xml", "pdf": b"%PDF", "png": b"\x89PNG"}
    figures = sorted(path for path in base.rglob("*") if path.suffix[1:] in heads)
    assert len(figures) == 2 * (4 + 3 * 3) * 3
    assert all(path.read_bytes().startswith(heads[path.suffix[1:]]) for path in figures)


def test_results_name_the_card_they_were_made_from(whole_run):
    from hashlib import sha256

    base = whole_run[0].root / "results"
    card = (base / "identity" / "pool" / "cr.naive.json").read_bytes()
    pooled = json.loads((base / "analyses" / "cr" / "naive" / "pooled.json").read_bytes())
    assert pooled["card_sha256"] == sha256(card).hexdigest()
    assert [row["from"]["row_id"] for row in json.loads(card)["rows"]] == [
        row["from"]["row_id"] for row in pooled["studies"]
    ]


def table(whole_run, name: str) -> list[dict]:
    with (whole_run[0].root / "results" / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


class Page(HTMLParser):
    """Collects ids, links, addresses that a browser would fetch, and table cells."""

    def __init__(self, text: str):
        super().__init__()
        self.ids, self.links, self.fetched, self.text, self.scripts = set(), set(), [], "", []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        if "id" in values:
            self.ids.add(values["id"])
        if tag == "a":
            self.links.add(values["href"])
        self.fetched += [values[name] for name in ("src", "srcset", "data", "poster") if name in values]
        self.fetched += [values["href"]] if tag in ("link", "base") and values["href"] != "data:," else []
        self.scripts += [values] if tag == "script" else []

    def handle_data(self, data):
        self.text += data


@pytest.fixture(scope="module")
def page(whole_run) -> Page:
    return Page((whole_run[0].root / "results" / "report" / "index.html").read_text(encoding="utf-8"))


def test_the_page_fetches_nothing_and_its_links_lead_somewhere(page):
    assert page.fetched
    assert all(address.startswith("data:image/svg+xml;base64,") for address in page.fetched)
    svg = base64.b64decode(page.fetched[0].partition(",")[2]).decode()
    assert not re.search(r'(?:href|src)="(?!#)', svg)
    assert {link[1:] for link in page.links if link.startswith("#")} <= page.ids
    program, traces = sorted(page.scripts, key=len)
    assert (program, traces["type"]) == ({}, "application/json")


def test_every_download_of_the_page_lies_beside_it(whole_run, page):
    folder = whole_run[0].root / "results" / "report"
    downloads = [link for link in page.links if not link.startswith("#")]
    assert len(downloads) > 20
    assert all((folder / link).is_file() for link in downloads)


def test_the_page_shows_every_pooled_result_and_the_reconstruction(page):
    for estimate, low, high, _ in PRINTED.values():
        assert estimate in page.text
        assert f"{low} to {high}" in page.text
    assert "As of 2026-11-22 (reconstructed" in page.text
    assert "no whole number of 17 patients is 84.2 percent" in page.text


def test_the_audit_finds_what_the_paper_contradicts_itself_in(whole_run):
    """Each of these can be read off the paper by hand; the audit has to find them, and only in these places."""
    findings = table(whole_run, "reproduction.csv")
    assert len(findings) > 400
    differs = {(row["location"], row["text"]) for row in findings if row["verdict"] == "differs"}
    expected = {
        ("Abstract, Results", "combination ORR: no heterogeneity"),
        ("Results, Primary outcomes", "CAR-T-naive ORR: no heterogeneity"),
        ("Results, Primary outcomes", "CAR-T-naive CR: no heterogeneity"),
        ("Abstract, Results", "three trials were available for DoCR"),
        ("Abstract, Results", "DOR: 2-year rate of 25%"),
        ("Abstract, Results", "mOS not reached"),
        ("Results, Patient characteristics", "All patients had previously received CAR-T therapy"),
        ("Results, Risk of bias", "All trials were single-arm"),
        ("Table 2, row 1", "Chong 2025: ORR 11(40)"),
        ("Table 2, row 1", "Chong 2025: CR 6(23)"),
        ("Table 2, row 2", "Hutchings 2023 (glofitamab): CR 20(37)"),
        ("Table 1, row 3, mOS", "Cartron 2025: mOS 14.7m (8.8-NE), level of the interval"),
        ("Discussion, paragraph 2", "Odronextamab: 84.2% in a relapsed cohort (n=17)"),
        ("Discussion, paragraph 2", "3 of 18 and 3 of 12: 30 patients of Chong"),
        ("Conclusion", "CR rates ranging from 22% to 46% across studies"),
        ("References", "1. Barracough (2024) Hematol Oncol"),
        ("References", "19. Dickinson (2022) N Engl J Med"),
        ("References", "20. Rentsch (2022) Cancers (Basel)"),
        ("References", "22. Moia (2025) Blood Adv"),
    }
    assert expected <= differs
    pooled = [row for row in findings if "95% CI" in row["text"] or "Egger's test for" in row["text"]]
    assert {row["verdict"] for row in pooled} == {"reproduced"}
    assert ("Abstract, Results", "combination CR: no heterogeneity") not in differs


def test_a_count_of_another_source_is_tried_beside_the_main_result_and_not_in_it(whole_run):
    folder = whole_run[0].root / "results" / "analyses" / "cr" / "monotherapy"
    main = json.loads((folder / "pooled.json").read_bytes())["models"]["as_published"]
    variants = json.loads((folder / "variants.json").read_bytes())["variants"]
    tried = {each["variant_id"]: each["models"]["as_published"] for each in variants}
    assert {
        name: (each["k"], each["events"] - main["events"], each["n"] - main["n"]) for name, each in tried.items()
    } == {
        "chong-cr-bartlett2023": (main["k"], 3 - 6, 26 - 27),
        "chong-cr-30": (main["k"], 7 - 6, 30 - 27),
        "glofitamab-cr-dickinson2022": (main["k"], 18 - 20, 0),
    }
