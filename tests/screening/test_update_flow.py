"""The flow of an update from random ledgers: every publication in one place, every sum right, nothing counted twice.

Publications, decisions and reports are synthetic: records r0, r1, ... in clusters p0, p1, ..., days of January 2001.
"""

import json
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perennial.screening.standing import CONFLICT, STAGES, standing
from perennial.screening.update_flow import LEAVES, FlowError, Publication, update_flow

REASONS = {"few": "Fewer than ten patients", "design": "Not prospective", "late": "Not prospective"}
CODES = ["", "few", "design", "late", "ongoing", "not_retrieved", "unlabelled"]
PLACES = ["pubmed", "imports/one.ris", "imports/two.ris", "imports/three.csv"]
SOURCES = {"pubmed": "PubMed", "imports/one.ris": "Embase", "imports/two.ris": "Embase"}
DAYS = [f"2001-01-0{number}" for number in range(1, 6)]


@dataclass(frozen=True)
class Ledgers:
    publications: list[Publication]
    decisions: list[dict]
    adjudications: list[dict]
    asked: dict[str, int]
    reports: list[dict]

    def until(self, day: str) -> "Ledgers":
        decisions, adjudications = (
            [row for row in rows if row["date"] <= day] for rows in (self.decisions, self.adjudications)
        )
        return Ledgers(self.publications, decisions, adjudications, self.asked, self.reports)

    def standings(self) -> dict:
        """What the caller does: rows go to the publication of their record."""

        def of(rows: list[dict], publication: Publication, stage: str) -> list[dict]:
            return [row for row in rows if row["record_id"] in publication.records and row["stage"] == stage]

        return {
            each.id: {
                stage: standing(
                    stage, of(self.decisions, each, stage), of(self.adjudications, each, stage), self.asked[stage]
                )
                for stage in STAGES
            }
            for each in self.publications
        }

    def included(self) -> list[str]:
        return screened(self)["boxes"]["included"]["ids"]


def screened(ledgers: Ledgers, known: tuple[str, ...] = ()) -> dict:
    """The flow without any report."""
    return update_flow(ledgers.publications, ledgers.standings(), [], REASONS, None, SOURCES, known)


def counted(ledgers: Ledgers, previous: dict | None) -> dict:
    """With those reports that rest on an included record, or on none."""
    included = {r for each in ledgers.publications if each.id in ledgers.included() for r in each.records}
    reports = [row for row in ledgers.reports if row.get("record_id", "") in {"", *included}]
    return update_flow(ledgers.publications, ledgers.standings(), reports, REASONS, previous, SOURCES)


@st.composite
def all_ledgers(draw):
    """Decisions lean to inclusion, so that publications get to every place."""
    cluster_of = draw(st.lists(st.integers(0, 5), max_size=9))
    records = [f"r{number}" for number in range(len(cluster_of))]
    publications = []
    for number in sorted(set(cluster_of)):
        own = tuple(record for record, cluster in zip(records, cluster_of, strict=True) if cluster == number)
        places = draw(st.lists(st.sampled_from(PLACES), min_size=len(own), max_size=len(own) + 2))
        publications.append(Publication(f"p{number}", own, tuple(places)))
    if not records:
        return Ledgers([], [], [], dict.fromkeys(STAGES, 2), [])
    told = st.fixed_dictionaries(
        {
            "record_id": st.sampled_from(records),
            "stage": st.sampled_from(STAGES),
            "reviewer": st.sampled_from("ABC"),
            "decision": st.sampled_from(["include", "include", "include", "exclude", "maybe", "withdrawn"]),
            "reason": st.sampled_from(CODES),
            "date": st.sampled_from(DAYS),
        }
    )
    decisions, adjudications = draw(st.lists(told, max_size=40)), draw(st.lists(told, max_size=8))
    # Two who agree on a whole publication: random votes alone seldom get far.
    for record in draw(st.lists(st.sampled_from(records), max_size=6)):
        for stage in STAGES:
            said = {"decision": "include"} if stage == STAGES[0] else draw(told)
            row = {"record_id": record, "stage": stage, "reason": "", "date": draw(st.sampled_from(DAYS)), **said}
            decisions += [{**row, "record_id": record, "stage": stage, "reviewer": name} for name in "AB"]
    row = st.fixed_dictionaries(
        {"study_id": st.sampled_from(["s1", "s2", "s3", "s4"]), "record_id": st.sampled_from(["", *records])}
    )
    reports = [{"report_id": f"report{i}", **each} for i, each in enumerate(draw(st.lists(row, max_size=8)))]
    asked = {stage: draw(st.sampled_from([2, 2, 2, 0, 1, 3])) for stage in STAGES}
    return Ledgers(publications, decisions, [{**row, "by": row["reviewer"]} for row in adjudications], asked, reports)


def printed(ledgers: Ledgers) -> dict:
    """What the previous version printed; the ledger holds all of it."""
    old = [row for row in ledgers.reports if not row["record_id"]]
    return {"version": "2000-12-31", "studies": len({row["study_id"] for row in old}), "reports": len(old)}


def places(flow: dict) -> dict[str, str]:
    """The place of each publication; it fails where one has several."""
    found = [(each, name) for name in LEAVES for each in flow["boxes"][name]["ids"]]
    assert len(dict(found)) == len(found)
    return dict(found)


def publication(name: str, *places: str) -> Publication:
    return Publication(name, (f"{name}-record",), places or ("pubmed",))


def flow_of(ends: dict[str, str], reports: list[dict] = (), previous: dict | None = None, **more) -> dict:
    """The flow of publications by what two reviewers say of each: "include, exclude/few" at the two stages."""
    publications, standings = [], {}
    for name, said in ends.items():
        publications.append(publication(name))
        standings[name] = {}
        for stage, word in zip(STAGES, [*filter(None, said.split(", ")), "", ""], strict=False):
            decision, _, reason = word.partition("/")
            row = {"record_id": f"{name}-record", "decision": decision, "reason": reason, "date": DAYS[0]}
            rows = [{**row, "reviewer": reviewer} for reviewer in "AB"] if word else []
            standings[name][stage] = standing(stage, rows, [], 2)
    return update_flow(publications, standings, reports, REASONS, previous, SOURCES, **more)


def report(name: str, study: str, record: str = "", **more: str) -> dict:
    return {"report_id": name, "study_id": study, "record_id": record, **more}


def shown(flow: dict, name: str) -> list[tuple[str, int]]:
    return [(each["reason"], each["count"]) for each in flow["boxes"][name]["reasons"]]


@settings(max_examples=150)
@given(all_ledgers(), st.sampled_from(DAYS))
def test_on_every_day_each_publication_is_in_one_place_and_all_boxes_add_up(ledgers, day):
    ledgers = ledgers.until(day)
    flow = counted(ledgers, printed(ledgers))
    boxes, found = flow["boxes"], places(flow)
    assert json.loads(json.dumps(flow)) == flow
    assert found.keys() == {each.id for each in ledgers.publications}
    for name, box in boxes.items():
        assert box["id"] == name
        if "ids" in box:
            assert box["count"] == len(box["ids"]) and box["ids"] == sorted(set(box["ids"]))
        if box["reasons"]:
            assert sum(each["count"] for each in box["reasons"]) == box["count"]
            assert len({each["reason"] for each in box["reasons"]}) == len(box["reasons"])
    assert len(flow["reconciled"]) == 7
    assert all(each["holds"] and each["left"] == each["right"] for each in flow["reconciled"])

    def together(*names: str) -> set[str]:
        return {each for each, place in found.items() if place in names}

    full = ["reports_excluded", "awaiting", "ongoing", "included"]
    sought = [*full, "reports_not_retrieved", "reports_waiting"]
    assert set(boxes["records_screened"]["ids"]) == together(*sought, "records_excluded")
    assert set(boxes["reports_sought"]["ids"]) == together(*sought)
    assert set(boxes["reports_assessed"]["ids"]) == together(*full)
    identified = sum(len(each.places) for each in ledgers.publications)
    assert boxes["records_identified"]["count"] == identified
    assert boxes["records_removed"]["count"] == identified - len(ledgers.publications)


@settings(max_examples=150)
@given(all_ledgers())
def test_the_place_follows_from_how_a_publication_stands(ledgers):
    standings, flow = ledgers.standings(), screened(ledgers)
    for each, place in places(flow).items():
        first, second = (standings[each][stage] for stage in STAGES)
        if first.state != "included":
            assert place == ("records_excluded" if first.state == "excluded" else "records_waiting")
            continue
        apart = {("excluded", "not_retrieved"): "reports_not_retrieved", ("pending", "ongoing"): "ongoing"}
        others = {"included": "included", "excluded": "reports_excluded", "pending": "awaiting"}
        assert place == apart.get((second.state, second.reason), others.get(second.state, "reports_waiting"))
    at = {"records_waiting": STAGES[0], "reports_waiting": STAGES[1]}
    waiting = [(each, at[place]) for each, place in places(flow).items() if place in at]
    assert flow["conflicts"] == sorted(each for each, stage in waiting if standings[each][stage].state == CONFLICT)
    differing = {each for each, found in standings.items() if any(stage.inconsistent for stage in found.values())}
    assert flow["inconsistent"] == sorted(differing)


@settings(max_examples=100)
@given(all_ledgers())
def test_nothing_moves_on_with_fewer_votes_than_asked(ledgers):
    """Counted from the ledger: the reviewers whose last word at the stage is no withdrawal."""
    for each, place in places(screened(ledgers)).items():
        records = next(other.records for other in ledgers.publications if other.id == each)
        reached = {"records_waiting": 0, "reports_waiting": 1, "records_excluded": 1}.get(place, 2)
        for stage in STAGES[:reached]:
            last = {}
            for row in sorted(ledgers.decisions, key=lambda row: row["date"]):
                if row["record_id"] in records and row["stage"] == stage:
                    last[row["reviewer"]] = row["decision"]
            assert sum(decision != "withdrawn" for decision in last.values()) >= ledgers.asked[stage]


@settings(max_examples=100)
@given(all_ledgers())
def test_studies_and_reports_are_counted_once_each(ledgers):
    flow = counted(ledgers, printed(ledgers))
    boxes = {name: set(box["ids"]) for name, box in flow["boxes"].items() if "ids" in box}
    home = {record: each.id for each in ledgers.publications for record in each.records}
    rows = [row for row in ledgers.reports if not row["record_id"] or home[row["record_id"]] in boxes["included"]]
    old = {row["study_id"] for row in rows if not row["record_id"]}
    found = [row for row in rows if row["record_id"]]

    assert boxes["previous_studies"] == old
    assert boxes["new_studies"] == {row["study_id"] for row in found} - old
    assert boxes["total_studies"] == {row["study_id"] for row in rows}
    assert boxes["previous_reports"] == {row["report_id"] for row in rows if not row["record_id"]}
    assert boxes["total_reports"] == boxes["previous_reports"] | boxes["new_reports"] | boxes["updated_reports"]
    by_publication = {}
    for row in found:
        by_publication.setdefault(home[row["record_id"]], []).append(row)
    assert boxes["to_extract"] == boxes["included"] - by_publication.keys() == set(flow["to_extract"])
    for of_one in by_publication.values():
        name = min(row["report_id"] for row in of_one)
        of_new = any(row["study_id"] not in old for row in of_one)
        assert name in (boxes["new_reports"] if of_new else boxes["updated_reports"])
        others = {row["report_id"] for row in of_one} - {name}
        assert not others & boxes["total_reports"]


@settings(max_examples=100)
@given(all_ledgers(), st.randoms(use_true_random=False))
def test_the_order_of_files_does_not_matter(ledgers, random):
    """But for rows of one day of one reviewer, of which the later counts: here they stay in their order."""

    def shuffled(rows: list, key) -> list:
        mixed, queues = random.sample(rows, len(rows)), {}
        for row in rows:
            queues.setdefault(key(row), []).append(row)
        return [queues[key(row)].pop(0) for row in mixed]

    other = Ledgers(
        random.sample(ledgers.publications, len(ledgers.publications)),
        shuffled(ledgers.decisions, lambda row: (row["reviewer"], row["date"])),
        shuffled(ledgers.adjudications, lambda row: row["date"]),
        ledgers.asked,
        random.sample(ledgers.reports, len(ledgers.reports)),
    )
    flows = [json.dumps(counted(each, printed(each))) for each in (ledgers, other)]
    assert flows[0] == flows[1]


@settings(max_examples=100)
@given(all_ledgers(), st.data())
def test_a_decision_on_another_publication_changes_nothing(ledgers, data):
    if len(ledgers.publications) < 2:
        return
    one, other = ledgers.publications[:2]
    row = {
        "record_id": data.draw(st.sampled_from(other.records)),
        "stage": data.draw(st.sampled_from(STAGES)),
        "reviewer": data.draw(st.sampled_from("ABC")),
        "decision": data.draw(st.sampled_from(["include", "exclude", "maybe", "withdrawn"])),
        "date": data.draw(st.sampled_from(DAYS)),
    }
    more = Ledgers(ledgers.publications, [*ledgers.decisions, row], ledgers.adjudications, ledgers.asked, [])
    before, after = screened(ledgers), screened(more)
    without = {each: place for each, place in places(before).items() if each != other.id}
    assert without == {each: place for each, place in places(after).items() if each != other.id}
    assert (one.id in before["conflicts"]) == (one.id in after["conflicts"])


@settings(max_examples=50)
@given(all_ledgers())
def test_when_everything_is_withdrawn_nothing_has_been_screened(ledgers):
    withdrawn = [
        {"record_id": each.records[0], "stage": stage, "reviewer": name, "decision": "withdrawn", "date": "2001-02-01"}
        for each in ledgers.publications
        for stage in STAGES
        for name in "ABC"
    ]
    asked = {stage: max(1, number) for stage, number in ledgers.asked.items()}
    flow = screened(
        Ledgers(ledgers.publications, ledgers.decisions + withdrawn, ledgers.adjudications, asked, ledgers.reports)
    )
    assert set(places(flow).values()) <= {"records_waiting"}
    assert shown(flow, "records_waiting") == ([("nobody has decided", len(places(flow)))] if places(flow) else [])


@settings(max_examples=50)
@given(all_ledgers(), st.data())
def test_records_of_the_previous_version_are_not_screened_again(ledgers, data):
    records = [record for each in ledgers.publications for record in each.records]
    known = data.draw(st.lists(st.sampled_from([*records, "not listed by any search"])))
    flow = screened(ledgers, tuple(known))
    passed = {each.id for each in ledgers.publications if set(each.records) & set(known)}
    assert set(flow["boxes"]["records_known"]["ids"]) == passed
    left = {each: place for each, place in places(screened(ledgers)).items() if each not in passed}
    assert {each: place for each, place in places(flow).items() if each not in passed} == left
    assert all(each["holds"] for each in flow["reconciled"])


def test_an_update_with_everything_in_it():
    ends = {
        "unread": "",
        "off": "exclude",
        "again": "",
        "lost": "include, exclude/not_retrieved",
        "open": "include",
        "few": "include, exclude/few",
        "design": "include, exclude/design",
        "late": "maybe, exclude/late",
        "bare": "include, exclude",
        "no data": "include, maybe/no data",
        "going on": "include, maybe/ongoing",
        "new": "include, include",
        "update": "include, include",
        "to do": "include, include",
    }
    reports = [
        report("old-a", "s1", citation="An article on two studies"),
        report("old-b", "s2", citation="An article on two studies"),
        report("old-c", "s2"),
        report("new-a", "s3", "new-record"),
        report("new-b", "s4", "new-record"),
        report("update", "s2", "update-record"),
    ]
    previous = {"version": "2000-12-31", "studies": 2, "reports": 2}
    flow = flow_of(ends, reports, previous, known=["again-record"])
    counts = {name: box["count"] for name, box in flow["boxes"].items()}
    assert counts == {
        "records_identified": 14,
        "records_removed": 0,
        "records_known": 1,
        "records_waiting": 1,
        "records_screened": 12,
        "records_excluded": 1,
        "reports_sought": 11,
        "reports_not_retrieved": 1,
        "reports_waiting": 1,
        "reports_assessed": 9,
        "reports_excluded": 4,
        "awaiting": 1,
        "ongoing": 1,
        "included": 3,
        "previous_studies": 2,
        "previous_reports": 2,
        "new_studies": 2,
        "new_reports": 1,
        "updated_reports": 1,
        "to_extract": 1,
        "total_studies": 4,
        "total_reports": 4,
    }
    assert shown(flow, "reports_excluded") == [
        ("Not prospective", 2),
        ("Fewer than ten patients", 1),
        ("no reason given", 1),
    ]
    assert shown(flow, "awaiting") == [("no data", 1)]
    assert shown(flow, "records_excluded") == []
    assert flow["previous"] == previous and flow["missing"] == [] and flow["to_extract"] == ["to do"]
    assert [each["statement"] for each in flow["reconciled"]] == [
        "14 records identified = 0 duplicate records removed + 1 record of reports included before "
        "+ 1 record not yet screened + 12 records screened",
        "12 records screened = 1 record excluded + 11 reports sought for retrieval",
        "11 reports sought for retrieval = 1 report not retrieved + 1 report not yet assessed "
        "+ 9 reports assessed for eligibility",
        "9 reports assessed for eligibility = 4 reports excluded + 1 report awaiting classification "
        "+ 1 report of ongoing studies + 3 reports included",
        "3 reports included = 1 report of new included studies + 1 report of studies included before "
        "+ 1 report included, not yet tied to a study",
        "4 total studies included in review = 2 studies included in the version of 2000-12-31 "
        "+ 2 new studies included in review",
        "4 reports of total included studies = 2 reports of studies included in the version of 2000-12-31 "
        "+ 1 report of new included studies + 1 report of studies included before",
    ]


def test_sources_are_called_by_their_names_and_lines_of_exports_are_counted():
    publications = [
        Publication("a", ("one", "two"), ("pubmed", "imports/one.ris", "imports/one.ris")),
        Publication("b", ("three",), ("imports/two.ris",)),
        Publication("c", ("four",), ("imports/three.csv",)),
    ]
    waiting = {each.id: {stage: standing(stage, [], [], 2) for stage in STAGES} for each in publications}
    flow = update_flow(publications, waiting, [], {}, None, SOURCES)
    assert shown(flow, "records_identified") == [("Embase", 3), ("PubMed", 1), ("imports/three.csv", 1)]
    assert flow["boxes"]["records_removed"]["count"] == 2


def test_a_conflict_is_listed_once_however_many_records_it_has():
    rows = [
        {"record_id": record, "reviewer": name, "decision": said, "date": DAYS[0]}
        for record, name, said in (("one", "A", "include"), ("two", "B", "exclude"))
    ]
    unread = standing("full_text", [], [], 2)
    standings = {"a": {"title_abstract": standing("title_abstract", rows, [], 2), "full_text": unread}}
    flow = update_flow([Publication("a", ("one", "two"), ("pubmed",) * 2)], standings, [], {}, None, {})
    assert flow["conflicts"] == ["a"]
    assert shown(flow, "records_waiting") == [("reviewers disagree", 1)]


def test_an_exclusion_at_titles_and_abstracts_may_say_why_and_one_at_full_text_must():
    flow = flow_of({"a": "exclude/few", "b": "exclude", "c": "exclude/few"})
    assert shown(flow, "records_excluded") == [("Fewer than ten patients", 2), ("no reason given", 1)]
    assert shown(flow_of({"a": "exclude"}), "records_excluded") == []
    assert shown(flow_of({"a": "include, exclude"}), "reports_excluded") == [("no reason given", 1)]


def test_a_count_that_the_previous_version_does_not_tell_is_not_worked_out():
    reports = [report("old", "s1"), report("new", "s2", "a-record")]
    half = flow_of({"a": "include, include"}, reports, {"version": "2000-12-31", "studies": 1, "reports": None})
    counts = {name: box["count"] for name, box in half["boxes"].items()}
    assert (counts["previous_studies"], counts["total_studies"]) == (1, 2)
    assert (counts["previous_reports"], counts["total_reports"]) == (None, None)
    assert half["boxes"]["total_reports"]["ids"] == ["new", "old"]
    assert half["missing"] == [
        "Reports of studies included in the version of 2000-12-31",
        "Reports of total included studies",
    ]
    assert len(half["reconciled"]) == 6 and all(each["holds"] for each in half["reconciled"])
    unknown = flow_of({"a": "include, include"}, reports, None)
    assert len(unknown["missing"]) == 4 and len(unknown["reconciled"]) == 5
    assert unknown["boxes"]["new_studies"]["count"] == 1


def test_a_review_without_a_previous_version():
    flow = flow_of({"a": "include, include"}, [report("new", "s1", "a-record")], None)
    counts = {name: box["count"] for name, box in flow["boxes"].items()}
    assert (counts["previous_studies"], counts["new_studies"], counts["total_studies"]) == (0, 1, 1)
    assert flow["missing"] == [] and len(flow["reconciled"]) == 7


@pytest.mark.parametrize(
    ("ends", "reports", "previous", "message"),
    [
        (
            {"a": "include, include"},
            [report("x", "s1", "nowhere"), report("ok", "s1", "a-record"), report("w", "s2", "gone")],
            None,
            "data/reports.csv: no search or import lists the record of w (gone), x (nowhere). Remedy: correct record_id, or import the record; only a report of the previous version has no record_id.",
        ),
        (
            {"a": "include, exclude/few", "b": "", "c": "include, include"},
            [report("x", "s1", "a-record"), report("y", "s1", "b-record"), report("z", "s1", "c-record")],
            None,
            "data/reports.csv: screening did not include the record of x (a-record: reports excluded), y (b-record: records not yet screened). Remedy: correct the decisions in data/screening/, or remove the report.",
        ),
        (
            {},
            [report("x", "s1"), report("y", "s2")],
            {"version": "2000-12-31", "studies": 3, "reports": 2},
            "data/reports.csv: the version of 2000-12-31 included 3 studies; of rows without a record_id there are 2 studies: s1, s2. Remedy: enter what is missing of that version; give a report found since then the record_id under which it was found.",
        ),
        (
            {},
            [],
            {"version": "2000-12-31", "studies": None, "reports": 2},
            "data/reports.csv: the version of 2000-12-31 included 2 reports; of rows without a record_id there are 0 reports: none. Remedy: enter what is missing of that version; give a report found since then the record_id under which it was found.",
        ),
    ],
)
def test_ledgers_that_contradict_each_other_stop_the_report(ends, reports, previous, message):
    with pytest.raises(FlowError) as error:
        flow_of(ends, reports, previous)
    assert str(error.value) == message


def test_a_report_of_the_previous_version_cannot_be_found_again_as_new():
    with pytest.raises(FlowError, match=r"x \(a-record: records of reports included before\)"):
        flow_of({"a": "include, include"}, [report("x", "s1", "a-record")], known=["a-record"])
