"""Rayyan's notes and log, written here the way Rayyan writes them, for synthetic records and random decisions."""

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perennial.records.text import one_line
from perennial.screening.foreign.decision import DecisionReading, ForeignDecision
from perennial.screening.foreign.read import NotDecisions, read_decisions
from perennial.screening.foreign.sidecar import DecisionSidecar

COLUMNS = [
    *("key", "title", "year", "month", "day", "journal", "issn", "volume", "issue", "pages", "authors", "url"),
    *("language", "publisher", "location", "abstract", "notes", "doi", "keywords", "pubmed_id", "pmc_id"),
]
SAID = {"include": "Included", "exclude": "Excluded", "maybe": "Maybe"}
VALUES = {"include": "1", "exclude": "-1", "maybe": "0", "withdrawn": "deleted"}

words = st.text("abcdefghij klmno'äß.()=-", min_size=1, max_size=20).map(one_line).filter(bool)
texts = st.text('abc ,;:"\\{}[]=>#ü\n', max_size=30)
names = st.text('ABCab "\\,=>{}', min_size=1, max_size=8).filter(one_line)


def sidecar(**values) -> DecisionSidecar:
    return DecisionSidecar(
        **{"tool": "rayyan", "stage": "title_abstract", "date": "2025-01-31", "reviewers": {}} | values
    )


def printed(text: str) -> str:
    """A text as Ruby prints it."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def notes(
    decisions: dict[str, str], labels: list[str], reasons: list[str], said: dict[str, list[str]], own: str = ""
) -> str:
    parts = [own] if own else []
    if decisions:
        pairs = (f"{printed(name)}=>{printed(SAID[decision])}" for name, decision in decisions.items())
        parts.append(f"RAYYAN-INCLUSION: {{{', '.join(pairs)}}}")
    if labels:
        parts.append(f"RAYYAN-LABELS: {','.join(labels)}")
    if reasons:
        parts.append(f"RAYYAN-EXCLUSION-REASONS: {','.join(reasons)}")
    if said:
        lists = (f"{printed(name)}=>[{', '.join(map(printed, texts))}]" for name, texts in said.items())
        parts.append(f"USER-NOTES: {{{', '.join(lists)}}}")
    return " | ".join(parts)


def as_csv(articles: list[str]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for number, note in enumerate(articles, 1):
        writer.writerow({"key": f"rayyan-{number}", "title": f"Synthetic record {number}", "year": 2020, "notes": note})
    return text.getvalue().encode()


def as_ris(articles: list[str]) -> bytes:
    records = (
        f"TY  - JOUR\nAN  - rayyan-{number}\nTI  - Synthetic record {number}\nY1  - 2020\n"
        + (f"N1  - {one_line(note)}\n" if note else "")
        + "ER  - \n\n"
        for number, note in enumerate(articles, 1)
    )
    return "".join(records).encode()


def as_log(events: list[tuple[str, str, str, str, str]]) -> bytes:
    """Of events as (time, user, article, key, value), keys of reasons and labels in quotation marks of their own."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["created_at", "user_id", "user_email", "article_id", "key", "value"])
    for at, user, article, key, value in events:
        key = key if key.startswith("included") else f'"{key}"'
        writer.writerow([at, user, f"{user}@example.org", article, key, value])
    return text.getvalue().encode()


def told(reading: DecisionReading) -> list[tuple]:
    return [(each.position, each.reviewer, each.decision, each.reasons) for each in reading.decisions]


article = st.fixed_dictionaries(
    {
        "decisions": st.dictionaries(names, st.sampled_from(list(SAID)), max_size=3),
        "labels": st.lists(words, max_size=2, unique=True),
        "reasons": st.lists(words, max_size=3, unique=True),
        "said": st.dictionaries(names, st.lists(texts, min_size=1, max_size=2), max_size=2),
        "own": st.sampled_from(["", "a note of the database"]),
    }
).filter(lambda each: all(len(set(map(one_line, each[key]))) == len(each[key]) for key in ("decisions", "said")))


@pytest.mark.parametrize("form", [as_csv, as_ris])
@settings(max_examples=60)
@given(articles=st.lists(article, min_size=1, max_size=5))
def test_notes_of_articles(form, articles: list[dict]) -> None:
    people = list(dict.fromkeys(one_line(name) for each in articles for name in [*each["decisions"], *each["said"]]))
    roles = {f"{name} ": f"P{number}" for number, name in enumerate(people)}
    role = {name: f"P{number}" for number, name in enumerate(people)}
    reading = read_decisions({"articles": form([notes(**each) for each in articles])}, sidecar(reviewers=roles))
    expected = [
        (
            position,
            role[one_line(name)],
            decision,
            tuple(each["reasons"]) if decision == "exclude" else (),
        )
        for position, each in enumerate(articles, 1)
        for name, decision in each["decisions"].items()
    ]
    assert told(reading) == expected
    assert not reading.set_aside
    assert [found.position for found in reading.undecided] == [
        position for position, each in enumerate(articles, 1) if not each["decisions"]
    ]
    for position, each in enumerate(articles, 1):
        found = [
            *[decision.note for decision in reading.decisions if decision.position == position],
            *[str(one.record.extra) for one in reading.undecided if one.position == position],
        ]
        for label in each["labels"]:
            assert all(label in note or repr(label)[1:-1] in note for note in found)
        for said in each["said"].values():
            wanted = "; ".join(map(one_line, said))
            assert any(wanted in note or repr(wanted)[1:-1] in note for note in found)
        homeless = bool(each["reasons"]) and "exclude" not in each["decisions"].values()
        assert all(("reasons" in note) == homeless for note in found)


times = st.integers(0, 10**6).map(
    lambda seconds: (
        f"2025-03-{seconds // 86400 + 1:02}T{seconds // 3600 % 24:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.000Z"
    )
)
event = st.tuples(
    times,
    st.sampled_from(["5", "16"]),
    st.sampled_from(["101", "102", "103"]),
    *[st.sampled_from(["included", "included", "__EXR__wrong design", "__EXR__too small, too old", "ask A"])],
    st.sampled_from(["1", "-1", "0", "deleted"]),
)


@settings(max_examples=150)
@given(events=st.lists(event, max_size=25, unique_by=lambda each: each[0]))
def test_log_against_a_replay(events: list[tuple[str, str, str, str, str]]) -> None:
    """Every decision is there, in order, with the reasons that had gathered by the time of the next one."""
    reading = read_decisions({"log.csv": as_log(events)}, sidecar(reviewers={"5": "AB", "16": "CD"}))
    replayed: dict[tuple[str, str], list[dict]] = {}
    marks: dict[tuple[str, str], set[str]] = {}
    kept: dict[tuple[str, str], set[str]] = {}
    for at, user, number, key, value in sorted(events):
        who = number, user
        if key == "included":
            if replayed.get(who):
                replayed[who][-1]["marks"] = kept[who]
            replayed.setdefault(who, []).append({"day": at[:10], "value": value, "marks": set()})
            kept[who] = set(marks.get(who, ()))
        else:
            marks.setdefault(who, set()).discard(key)
            if value == "1":
                marks[who].add(key)
                kept[who] = set(marks[who])
    for who, votes in replayed.items():
        votes[-1]["marks"] = marks.get(who, set())
    role = {"AB": "5", "CD": "16"}
    found: dict[tuple[str, str], list[ForeignDecision]] = {}
    for each in reading.decisions:
        number = each.record.extra[0][1].removeprefix("rayyan-")
        found.setdefault((number, role[each.reviewer]), []).append(each)
    assert found.keys() == replayed.keys()
    for who, votes in replayed.items():
        assert [(each.date, VALUES[each.decision]) for each in found[who]] == [
            (vote["day"], vote["value"]) for vote in votes
        ]
        for each, vote in zip(found[who], votes, strict=True):
            reasons = {mark.removeprefix("__EXR__") for mark in vote["marks"] if mark.startswith("__EXR__")}
            assert set(each.reasons) == (reasons if each.decision == "exclude" else set())
            assert ("ask A" in each.note) >= ("ask A" in vote["marks"])
            homeless = bool(reasons) and vote is votes[-1] and each.decision != "exclude"
            of_article = [one for one in reading.decisions if one.position == each.position]
            assert ("but no exclusion" in each.note) == homeless or each is of_article[-1]
    decided = {number for number, _ in replayed}
    assert len(reading.undecided) == len({each[2] for each in events} - decided)
    assert not reading.set_aside


def test_history_of_one_reviewer() -> None:
    log = as_log(
        [
            ("2025-01-04T09:00:00.000Z", "5", "1", "included", "deleted"),
            ("2025-01-01T09:00:00.000Z", "5", "1", "included", "-1"),
            ("2025-01-01T09:00:05.000Z", "5", "1", "__EXR__wrong population", "1"),
            ("2025-01-02T09:00:00.000Z", "5", "1", "__EXR__wrong population", "deleted"),
            ("2025-01-02T09:00:01.000Z", "5", "1", "included", "0"),
            ("2025-01-03T09:00:00.000Z", "5", "1", "included", "1"),
        ]
    )
    reading = read_decisions({"articles.csv": as_csv([""]), "log.csv": log}, sidecar(reviewers={"5@example.org": "AB"}))
    assert [(each.date, each.decision, each.reasons) for each in reading.decisions] == [
        ("2025-01-01", "exclude", ("wrong population",)),
        ("2025-01-02", "maybe", ()),
        ("2025-01-03", "include", ()),
        ("2025-01-04", "withdrawn", ()),
    ]
    assert {(each.reviewer, each.record.title, each.position) for each in reading.decisions} == {
        ("AB", "Synthetic record 1", 1)
    }


def test_stages_of_the_log_override_the_sidecar() -> None:
    log = as_log(
        [
            ("2025-01-01T09:00:00.000Z", "5", "1", "included", "1"),
            ("2025-01-02T09:00:00.000Z", "0", "1", "__SYSTEM__STAGE__77", "1"),
            ("2025-01-03T09:00:00.000Z", "5", "1", "included__SYSTEM__STAGE__77", "-1"),
        ]
    )
    reading = read_decisions({"log.csv": log}, sidecar(stage="title_abstract"))
    assert [(each.stage, each.decision) for each in reading.decisions] == [
        ("title_abstract", "include"),
        ("full_text", "exclude"),
    ]
    assert any("whatever the sidecar says" in note for note in reading.notes)
    unstaged = read_decisions(
        {"log.csv": as_log([("2025-01-01T09", "5", "1", "included", "1")])}, sidecar(stage="full_text")
    )
    assert [each.stage for each in unstaged.decisions] == ["full_text"]


def test_notes_that_do_not_end_as_the_log_does() -> None:
    articles = as_csv([notes({"A": "include"}, ["old"], ["too small"], {"A": ["look again"]})])
    log = as_log([("2025-01-01T09:00:00.000Z", "5", "1", "included", "-1")])
    reading = read_decisions({"articles.csv": articles, "log.csv": log}, sidecar(reviewers={"A": "AB", "5": "AB"}))
    (decision,) = reading.decisions
    assert (decision.decision, decision.date) == ("exclude", "2025-01-01")
    assert decision.note == "look again; labels: old; exclusion reasons, but no exclusion: too small"
    assert "position 1 (Synthetic record 1): the log ends with exclude, the notes say include" in reading.notes


def test_what_others_set_on_an_article() -> None:
    """Labels and reasons stand with the decisions of whoever set them; those of others, with the last decision."""
    log = as_log(
        [
            ("2025-01-01T09:00:00.000Z", "5", "1", "included", "-1"),
            ("2025-01-01T09:00:01.000Z", "5", "1", "__EXR__small, and old", "1"),
            ("2025-01-01T09:00:02.000Z", "5", "1", "mine", "1"),
            ("2025-01-02T09:00:00.000Z", "16", "1", "theirs", "1"),
            ("2025-01-02T09:00:01.000Z", "16", "1", "__EXR__wrong design", "1"),
        ]
    )
    articles = as_csv([notes({"A": "exclude"}, ["mine", "theirs", "third"], ["small", "and old", "wrong design"], {})])
    reading = read_decisions({"articles.csv": articles, "log.csv": log}, sidecar())
    (decision,) = reading.decisions
    assert (decision.reviewer, decision.reasons) == ("reviewer 1", ("small, and old",))
    assert decision.note == "labels: theirs, third; exclusion reasons, but no exclusion: wrong design; labels: mine"
    assert any(note.endswith("called by numbers: reviewer 1") for note in reading.notes)


def test_only_the_last_decisions_of_the_last_stage_are_compared_with_the_notes() -> None:
    log = [
        ("2025-01-01T09:00:00.000Z", "5", "1", "included", "1"),
        ("2025-01-02T09:00:00.000Z", "5", "1", "included__SYSTEM__STAGE__77", "-1"),
        ("2025-01-03T09:00:00.000Z", "5", "1", "included", "0"),
        ("2025-01-04T09:00:00.000Z", "16", "1", "included__SYSTEM__STAGE__77", "1"),
        ("2025-01-05T09:00:00.000Z", "16", "1", "included__SYSTEM__STAGE__77", "deleted"),
    ]
    articles = as_csv([notes({"A": "exclude"}, [], [], {})])
    reading = read_decisions({"articles.csv": articles, "log.csv": as_log(log)}, sidecar())
    assert not [note for note in reading.notes if "the log ends with" in note]
    assert [each.decision for each in reading.decisions] == ["include", "exclude", "maybe", "include", "withdrawn"]
    reading = read_decisions({"articles.csv": articles, "log.csv": as_log(log[:-1])}, sidecar())
    assert any(note.endswith("the log ends with exclude, include, the notes say exclude") for note in reading.notes)


def test_an_article_the_log_does_not_tell_of_keeps_its_notes() -> None:
    articles = as_csv([notes({"A": "include"}, [], [], {}), notes({"A": "maybe"}, [], [], {})])
    log = as_log([("2025-01-01T09:00:00.000Z", "5", "1", "included", "1")])
    reading = read_decisions({"articles.csv": articles, "log.csv": log}, sidecar(reviewers={"A": "AB", "5": "AB"}))
    assert [(each.position, each.decision, each.date) for each in reading.decisions] == [
        (1, "include", "2025-01-01"),
        (2, "maybe", "2025-01-31"),
    ]


def test_the_same_articles_as_csv_and_as_ris_count_once() -> None:
    articles = [notes({"A": "include"}, [], [], {}), notes({"A": "exclude"}, [], ["small"], {})]
    reading = read_decisions({"a.csv": as_csv(articles), "a.ris": as_ris(articles)}, sidecar())
    assert [(each.position, each.decision) for each in reading.decisions] == [(1, "include"), (2, "exclude")]
    assert "2 articles are described more than once, and counted once" in reading.notes
    other = as_ris([articles[1], articles[1]])
    reading = read_decisions({"a.csv": as_csv(articles), "a.ris": other}, sidecar())
    assert [each.position for each in reading.set_aside] == [3]
    assert "a.ris: position 1 tells otherwise of the same article" in reading.set_aside[0].reason


def test_decisions_of_an_earlier_screening() -> None:
    """An export brought into Rayyan again for the full texts still has the notes of the first screening."""
    old, new = notes({"A": "include", "B": "exclude"}, ["old"], ["small"], {}), notes({"C": "exclude"}, [], [], {})
    reading = read_decisions({"a.csv": as_csv([f"{old} | {new}"])}, sidecar(reviewers={"C": "CD"}))
    assert told(reading) == [(1, "CD", "exclude", ())]
    assert reading.decisions[0].note == "" and not any(
        "RAYYAN" in text for _, text in reading.decisions[0].record.extra
    )
    assert any("1 articles hold decisions of an earlier screening" in note for note in reading.notes)


def test_people_are_numbered_unless_the_sidecar_names_them() -> None:
    articles = as_csv([notes({"Ann Example ": "include", "Bob": "exclude", "Cy": "maybe"}, [], [], {"Dora": ["hm"]})])
    reading = read_decisions({"a.csv": articles}, sidecar(reviewers={"Bob": "reviewer 1"}))
    assert [each.reviewer for each in reading.decisions] == ["reviewer 2", "reviewer 1", "reviewer 3"]
    assert reading.decisions[-1].note == "reviewer 4: hm"
    assert any(note.endswith("by numbers: reviewer 2, reviewer 3, reviewer 4") for note in reading.notes)
    everything = repr(reading)
    assert not any(name in everything for name in ("Ann", "Bob", "Cy", "Dora"))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('RAYYAN-INCLUSION: {"A"=>"Perhaps"}', "a.csv: 'Perhaps' is none of Included, Excluded, Maybe"),
        ('RAYYAN-INCLUSION: {"A"=>"Included", "B', "a.csv: '\"B' is no name and what belongs to it"),
        ("USER-NOTES: {" + '"A"=>["x", ' * 40, 'a.csv: \'"A"=>'),
        ('USER-NOTES: {"A"=>[' + '"x", ' * 40, 'a.csv: \'"A"=>'),
        ('RAYYAN-INCLUSION: {"A"=>"Included", "A "=>"Excluded"}', "a.csv: two reviewers have one name"),
    ],
)
def test_what_cannot_be_read_is_set_aside(text: str, reason: str) -> None:
    reading = read_decisions({"a.csv": as_csv([text, notes({"A": "include"}, [], [], {})])}, sidecar())
    (aside,) = reading.set_aside
    assert aside.position == 1 and aside.reason.startswith(reason)
    assert aside.text == f"Synthetic record 1: {one_line(text)}"
    assert [each.position for each in reading.decisions] == [2]


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (("2025-01-01T09:00:00Z", "5", "1", "included", "2"), "'2' is none of 1, 0, -1, deleted"),
        (("yesterday", "5", "1", "included", "1"), "'yesterday' is no time"),
    ],
)
def test_events_that_cannot_be_read_are_set_aside(event: tuple, reason: str) -> None:
    good = ("2025-01-01T08:00:00Z", "5", "1", "included", "1")
    reading = read_decisions({"log.csv": as_log([good, event])}, sidecar())
    (aside,) = reading.set_aside
    assert (aside.line, aside.reason) == (3, f"log.csv: {reason}")
    assert len(reading.decisions) == 1


def test_two_logs_are_refused() -> None:
    log = as_log([])
    with pytest.raises(NotDecisions, match=r"a\.csv, b\.csv: these are 2 logs .* Remedy: "):
        read_decisions({"b.csv": log, "a.csv": log}, sidecar())
