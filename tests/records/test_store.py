"""One store out of readings: the newest text of each record, every place it was found, nothing without a reason."""

import json

import pytest

from perennial.records.store import StoreError, collect, store_lines

RUN = {"place": "pubmed", "kind": "search", "hits": 2}


def reading(folder, name, head, *lines):
    path = folder / name
    path.write_text("".join(json.dumps(line) + "\n" for line in (head, *lines)), encoding="utf-8")
    return path


def record(number, title="", **told):
    record_id = f"pmid:{number}"
    return {"record_id": record_id, "record": {"record_id": record_id, "title": title}, **told}


def stored(*paths):
    heads, by_id = collect(paths)
    return heads, [json.loads(line) for line in store_lines(by_id)]


def test_the_newest_text_counts_and_every_place_is_kept(tmp_path):
    first = reading(tmp_path, "1", {**RUN, "date": "2025-01-01"}, record(2, "old", state="new"), record(1, state="new"))
    export = reading(
        tmp_path,
        "2",
        {"place": "imports/x.ris", "date": "2025-02-01"},
        record(2, "old", position=1),
        record(2, "old", position=3),
    )
    second = reading(
        tmp_path, "3", {**RUN, "date": "2026-01-01"}, record(2, "new", state="changed"), {"record_id": "pmid:1", "state": "unchanged"}, record(9, state="included")
    )  # fmt: skip
    heads, lines = stored(first, export, second)
    assert [(head["read"], head["new"]) for head in heads] == [(2, 2), (2, 0), (2, 0)]
    assert [(line["record_id"], line["title"], line["listed"], line.get("state")) for line in lines] == [
        ("pmid:1", "", True, "unchanged"),
        ("pmid:2", "new", True, "changed"),
        ("pmid:9", "", False, "included"),
    ]
    assert lines[1]["found_in"] == [
        {"in": "imports/x.ris", "first": "2025-02-01", "positions": [1, 3]},
        {"in": "pubmed", "first": "2025-01-01", "last": "2026-01-01"},
    ]


def test_a_record_whose_text_no_run_holds_stops(tmp_path):
    path = reading(tmp_path, "1", {**RUN, "date": "2025-01-01"}, {"record_id": "pmid:1", "state": "unchanged"})
    with pytest.raises(StoreError, match=r"pmid:1 among them\. Remedy: restore data/search/ from a copy"):
        collect([path])


def test_a_record_that_was_set_aside_may_be_named_by_later_runs(tmp_path):
    aside = {
        "record_id": "pmid:1",
        "set_aside": {"position": 1, "line": None, "reason": "too long", "text": "<PMID>1</PMID>"},
    }
    first = reading(tmp_path, "1", {**RUN, "date": "2025-01-01"}, aside, record(2, state="new"))
    second = reading(
        tmp_path, "2", {**RUN, "date": "2026-01-01"}, {"record_id": "pmid:1", "state": "unchanged"}, {"record_id": "pmid:2", "state": "unchanged"}
    )  # fmt: skip
    heads, lines = stored(first, second)
    assert [line["record_id"] for line in lines] == ["pmid:2"]
    assert [each["reason"] for each in heads[0]["set_aside"]] == ["too long"]
