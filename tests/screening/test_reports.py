"""Included publications that are tied to no study, and exclusions one by one. The records are synthetic."""

from perennial.screening.exclusions import exclusions
from perennial.screening.reports import citation, may_be_study, reports_form

RECORDS = {
    f"pmid:{n}": {"record_id": f"pmid:{n}", "source": "pmid", "title": f"Synthetic record {n}", "published": f"202{n}", "authors": ["One, A", "Two, B", "Three, C", "Four, D"], "journal": "J Synth", "volume": "7", "pages": "1-9"}
    for n in range(4)
}  # fmt: skip
STUDIES = {"NCT00000001": "one"}


def stands(publication: str, stage: str, state: str, reason: str = "", settled_by: str = "") -> dict:
    return {"publication": publication, "stage": stage, "state": state, "reason": reason, "settled_by": settled_by}


def test_only_what_was_included_in_full_and_is_tied_to_no_study_is_asked_for_newest_first():
    standings = [stands(name, "full_text", state) for name, state in zip(RECORDS, ("included", "excluded", "included", "included"), strict=True)]  # fmt: skip
    standings.append(stands("pmid:1", "title_abstract", "included"))
    rows = reports_form(standings, RECORDS, ["pmid:2"], {})
    assert [row["record_id"] for row in rows] == ["pmid:3", "pmid:0"]
    assert rows[0]["report_id"] == "pmid-3"
    assert not {"study_id", "kind"} & rows[0].keys(), "a person says what it is"


def test_a_record_that_names_the_registration_of_a_study_is_pointed_out():
    assert may_be_study({"source": "pmid", "registry_ids": ["NCT00000001"]}, STUDIES) == "one"
    assert may_be_study({"source": "nct", "accession": "nct00000001"}, STUDIES) == "one"
    assert may_be_study({"source": "pmid", "registry_ids": ["NCT00000002"], "accession": "NCT00000001"}, STUDIES) == ""


def test_a_citation_says_what_the_record_has():
    assert citation(RECORDS["pmid:1"]) == "One, A, Two, B, Three, C, et al. Synthetic record 1. J Synth. 2021;7:1-9."
    assert citation({"title": "Synthetic talk.", "published": "2025-12"}) == "Synthetic talk. 2025."


def vote(record: str, who: str, decision: str, reason: str = "", day: str = "2026-01-01") -> dict:
    return {"record_id": record, "stage": "title_abstract", "reviewer": who, "decision": decision, "reason": reason, "date": day, "note": ""}  # fmt: skip


def test_confirmed_and_unconfirmed_exclusions_are_told_apart():
    standings = [
        stands("pmid:0", "title_abstract", "excluded", "small"),
        stands("pmid:1", "title_abstract", "waiting"),
        stands("pmid:2", "title_abstract", "waiting"),
        stands("pmid:3", "title_abstract", "conflict"),
    ]
    decisions = [
        *(vote("pmid:0", who, "exclude", "small") for who in ("AB", "CD")),
        vote("pmid:1b", "AB", "exclude", "outcome"),
        vote("pmid:2", "AB", "exclude", "outcome"),
        vote("pmid:2", "AB", "include", day="2026-01-02"),
        vote("pmid:3", "AB", "exclude", "outcome"),
        vote("pmid:3", "CD", "include"),
    ]
    rows = exclusions(standings, RECORDS, decisions, {"pmid:1b": "pmid:1"}, {"small": "Too few"})
    told = [(row["record_id"], row["state"], row["reason"], row["meaning"], row["by"]) for row in rows]
    assert told == [
        ("pmid:0", "excluded", "small", "Too few", "AB, CD"),
        ("pmid:1", "unconfirmed", "outcome", "", "AB"),
    ]
