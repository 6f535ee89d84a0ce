"""What is news between how a review stood and how it stands."""

import pytest

from perennial.updating.news import news

ESTIMATE = {"label": "Response", "k": 2, "n": 80, "events": 30, "estimate": 0.375, "ci_low": 0.28, "ci_high": 0.48}
STANDING = {
    "as_of": "2026-06-01",
    "version": None,
    "previous_version": None,
    "searched": {"pubmed": "2026-06-01"},
    "records": {"pmid:1": "First"},
    "studies": 2,
    "estimates": {"orr.all": ESTIMATE},
    "signals": {"Response: crossed": "40% before, 30% now"},
    "notices": {"a-report: correction": "PubMed"},
    "work": {"screening": 1, "search": 0},
    "unsearched": "",
}


def changed(**changes):
    return {**STANDING, **changes}


def test_against_nothing_all_is_new():
    found = news(None, STANDING)
    assert set(found) == {"records", "studies", "estimates", "signals", "notices", "work"}
    assert found["estimates"][0]["before"] is None


@pytest.mark.parametrize(
    "later",
    [
        STANDING,
        changed(as_of="2026-06-02", searched={"pubmed": "2026-06-02"}),
        changed(work={"screening": 0, "search": 0}),
        changed(estimates={"orr.all": {**ESTIMATE, "estimate": 0.375 + 1e-12}}),
        changed(estimates={"orr.all": {**ESTIMATE, "label": "Another label"}}),
        changed(signals={"Response: crossed": "40% before, 31% now"}),
        changed(notices={"a-report: correction": "Crossref: 10.5555/notice; PubMed"}),
    ],
)
def test_days_that_pass_work_that_is_done_and_roundings_are_no_news(later):
    assert news(STANDING, later) == {}


@pytest.mark.parametrize(
    ("later", "kind", "told"),
    [
        (changed(records={"pmid:1": "First", "pmid:2": "Second"}), "records", {"pmid:2": "Second"}),
        (changed(studies=3), "studies", {"before": 2, "now": 3}),
        (changed(previous_version="v1"), "version", {"before": None, "now": "v1"}),
        (changed(signals={}), "signals_gone", ["Response: crossed"]),
        (
            changed(notices={**STANDING["notices"], "b-report: retraction": "PubMed"}),
            "notices",
            {"b-report: retraction": "PubMed"},
        ),
        (changed(notices={}), "notices_gone", ["a-report: correction"]),
        (changed(work={"screening": 1, "search": 0, "conflicts": 2}), "work", {"conflicts": {"before": 0, "now": 2}}),
        (changed(unsearched="no source"), "unsearched", {"before": "", "now": "no source"}),
    ],
)
def test_each_thing_that_happened_is_told_as_itself(later, kind, told):
    assert news(STANDING, later) == {kind: told}


def test_an_estimate_that_appears_moves_or_goes_is_told_with_both_sides():
    moved = {**ESTIMATE, "estimate": 0.4}
    gone = {**ESTIMATE, "k": 0, "estimate": None, "ci_low": None, "ci_high": None}
    for before, now in ((ESTIMATE, moved), (ESTIMATE, gone), (gone, ESTIMATE)):
        (told,) = news(changed(estimates={"orr.all": before}), changed(estimates={"orr.all": now}))["estimates"]
        assert (told["before"], told["now"]) == (before, now)
