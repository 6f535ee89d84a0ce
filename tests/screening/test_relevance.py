"""The order of the list of work by relevance: what it learns from, that it finds what passes, that it loses nobody.

Records and decisions are synthetic, of January 2001; where labels of others are used, the test says whose.
"""

import csv
import json
import os
import random
import subprocess
import sys
from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perennial.csv_table import csv_table, read_csv
from perennial.identity.code import code_of
from perennial.records.record import json_line
from perennial.screening.foreign.read import read_decisions
from perennial.screening.foreign.sidecar import DecisionSidecar
from perennial.screening.publications import all_standings
from perennial.screening.relevance import ENOUGH, decided, scores
from perennial.screening.update_flow import Publication
from perennial.screening.work import RELEVANCE, to_screen

ROOT = Path(__file__).parents[2]
SCRIPTS = ROOT / "scripts"
ASKED = {"title_abstract": 2, "full_text": 2}
WORDS = {topic: [f"{topic}{each}" for each in range(6)] for topic in ("passing", "other")}
NOISE = [f"noise{each}" for each in range(30)]


def record(name: str, abstract: str = "", **more) -> dict:
    return {"record_id": name, "source": "synthetic", "title": "Synthetic record", "abstract": abstract, **more}


def about(topic: str, number: int, first: int = 0) -> list[dict]:
    """Each has half of the words of a topic among words that all topics share."""
    rng = random.Random(f"{topic} {first}")
    return [
        record(f"{topic[0]}{each:02d}", " ".join(rng.sample(WORDS[topic], 3) + rng.sample(NOISE, 12)))
        for each in range(first, first + number)
    ]


def vote(name: str, reviewer: str, decision: str, stage: str = "title_abstract", day: int = 1) -> dict:
    said = {"record_id": name, "stage": stage, "reviewer": reviewer, "decision": decision}
    return {**said, "reason": "", "date": f"2001-01-{day:02d}"}


def both(names: Sequence[str], decision: str) -> list[dict]:
    return [vote(name, reviewer, decision) for name in names for reviewer in "AB"]


def standings_of(names: Sequence[str], decisions: Sequence[dict], adjudications: Sequence[dict] = (), asked=ASKED):
    return all_standings([Publication(name, (name,), ("one",)) for name in names], decisions, adjudications, asked)


def in_order(records: list[dict], learnt: dict[str, bool], passes: dict[str, bool]) -> list[bool]:
    """Whether each record that was not learnt from passes, the highest score first."""
    score_of = scores(records, learnt)
    return [passes[each] for each in sorted(passes.keys() - learnt, key=lambda each: (-score_of[each], each))]


def half(passes: dict[str, bool], seed: int) -> dict[str, bool]:
    """Half of what passes and half of the rest, to learn from."""
    shuffled = random.Random(seed).sample(sorted(passes), len(passes))
    return {each: passes[each] for each in sorted(shuffled, key=passes.get)[::2]}


def area(found: list[bool]) -> float:
    """How often one that passes stands before one that does not: 1 in a perfect order, 0.5 at random."""
    before = accumulate(not each for each in found)
    wrong = sum(others for each, others in zip(found, before, strict=True) if each)
    return 1 - wrong / (sum(found) * (len(found) - sum(found)))


def saved(found: list[bool]) -> float:
    """WSS@95: the part of the records that 95% of what passes was found without, less the 5% that may be missed."""
    read = next(place for place, count in enumerate(accumulate(found), 1) if count >= 0.95 * sum(found))
    return 0.95 - read / len(found)


def saved_at_random(found: list[bool]) -> float:
    orders = [random.Random(seed).sample(found, len(found)) for seed in range(200)]
    return sum(map(saved, orders)) / len(orders)


def test_what_is_like_those_that_passed_comes_first():
    records = about("passing", 30) + about("other", 60)
    passes = {each["record_id"]: each["record_id"].startswith("p") for each in records}
    assert area(in_order(records, half(passes, 1), passes)) == 1
    misleading = {each: not label for each, label in half(passes, 1).items()}
    assert area(in_order(records, misleading, passes)) == 0


def test_title_and_abstract_both_tell():
    told = about("passing", 5) + about("other", 5)
    labels = {each["record_id"]: each["record_id"].startswith("p") for each in told}
    words = {topic: " ".join(each).upper() for topic, each in WORDS.items()}
    new = [{"record_id": "title", "title": words["passing"]}, {"record_id": "unlike", "title": words["other"]}]
    score_of = scores([*told, *new, record("abstract", words["passing"])], labels)
    assert min(score_of["title"], score_of["abstract"]) > 0.5 > score_of["unlike"]


def test_few_that_passed_weigh_as_much_as_many_excluded():
    records = about("passing", ENOUGH) + about("other", 40)
    labels = {each["record_id"]: each["record_id"].startswith("p") for each in records}
    new = [*about("passing", 5, first=90), *about("other", 5, first=90)]
    score_of = scores(records + new, labels)
    assert all((score_of[each["record_id"]] > 0.5) is each["record_id"].startswith("p") for each in new)


@pytest.mark.parametrize(
    ("passed", "excluded", "wordless", "learns"),
    [(5, 5, 0, True), (4, 40, 0, False), (40, 4, 0, False), (0, 0, 0, False), (4, 5, 3, False)],
)
def test_nothing_is_learnt_from_too_few_of_either(passed, excluded, wordless, learns):
    records = about("passing", passed) + about("other", excluded)
    records += [{"record_id": f"p wordless {each}"} for each in range(wordless)]
    labels = {each["record_id"]: each["record_id"].startswith("p") for each in records}
    assert (scores([*records, record("new")], labels) is not None) is learns


told = st.tuples(
    st.sampled_from(["ab", "ÄB cd", "cd-ab", "a b", "-", ""]),
    st.sampled_from(["ab ab", "ab, cd.", "ef", "", "é"]),
    st.sampled_from([True, False, True, False, None]),
)


@given(st.lists(told, min_size=8, max_size=30), st.randoms(use_true_random=False))
def test_who_has_a_score(store, rng):
    records = [{"record_id": f"r{n:02d}", "title": title, "abstract": more} for n, (title, more, _) in enumerate(store)]
    labels = {f"r{n:02d}": label for n, (_, _, label) in enumerate(store) if label is not None}
    wordless = {("a b", ""), ("-", ""), ("", ""), ("a b", "é"), ("-", "é"), ("", "é")}
    worded = {f"r{n:02d}" for n, (title, more, _) in enumerate(store) if (title, more) not in wordless}
    learnt = [labels[each] for each in worded & labels.keys()]
    found = scores(records, labels)
    assert (found is None) == (min(learnt.count(True), learnt.count(False)) < ENOUGH)
    if found is not None:
        assert found.keys() == worded
        assert all(0 <= score <= 1 for score in found.values())
    shuffled = dict(rng.sample(list(labels.items()), len(labels)))
    assert scores(rng.sample(records, len(records)), shuffled) == found


def test_only_what_reviewers_decided_is_learnt_from():
    names = ["included", "maybe", "excluded", "one vote", "conflict", "settled", "taken back", "unseen", "pending"]
    decisions = [
        *both(["included", "pending"], "include"),
        *both(["excluded"], "exclude"),
        *(vote("maybe", "A", "maybe"), vote("maybe", "B", "include"), vote("one vote", "A", "exclude")),
        *(vote(name, *said) for name in ("conflict", "settled") for said in (("A", "include"), ("B", "exclude"))),
        *(*both(["taken back"], "include"), vote("taken back", "B", "withdrawn", day=2)),
        *(vote("included", reviewer, "exclude", "full_text", day=3) for reviewer in "AB"),
    ]
    settled = [{"record_id": "settled", "stage": "title_abstract", "decision": "exclude", "date": "2001-01-05"}]
    found = decided(standings_of(names, decisions, settled))
    assert found == {"included": True, "maybe": True, "pending": True, "excluded": False, "settled": False}


def test_what_passes_unseen_was_not_decided():
    standings = standings_of(["unseen", "out"], [vote("out", "A", "exclude")], asked={**ASKED, "title_abstract": 0})
    assert decided(standings) == {"out": False}


lists_of_work = st.dictionaries(
    st.sampled_from([f"r{each}" for each in range(12)]),
    st.tuples(
        st.sampled_from(["2001", "2002-03", "2002-03-04", ""]),
        st.lists(st.tuples(st.sampled_from("AB"), st.sampled_from(["include", "exclude"])), max_size=3),
        st.sampled_from([None, 0.0, 0.25, 0.2501, 1.0]),
    ),
)


@given(lists_of_work)
def test_the_order_by_relevance_loses_nobody(made):
    records = {each: record(each, published=published) for each, (published, _, _) in made.items()}
    decisions = [vote(each, *said) for each, (_, votes, _) in made.items() for said in votes]
    score_of = {each: score for each, (_, _, score) in made.items() if score is not None} | {"not listed": 0.5}
    standings = standings_of(list(made), decisions)
    newest = to_screen(standings, records, ASKED)
    ranked = to_screen(standings, records, ASKED, score_of)
    assert all(RELEVANCE not in row for row in newest)
    assert by_id(newest) == by_id({name: cell for name, cell in row.items() if name != RELEVANCE} for row in ranked)

    scored = [row for row in ranked if row["record_id"] in score_of]
    unscored = [row["record_id"] for row in ranked if row["record_id"] not in score_of]
    assert ranked[: len(scored)] == scored
    assert unscored == [row["record_id"] for row in newest if row["record_id"] in unscored]
    keys = [(score_of[row["record_id"]], row["published"]) for row in scored]
    assert keys == sorted(keys, reverse=True)
    assert all(float(row[RELEVANCE]) == round(score_of[row["record_id"]], 3) for row in scored)
    assert {row[RELEVANCE] for row in ranked if row["record_id"] in unscored} <= {""}


def by_id(rows) -> list[dict]:
    return sorted(rows, key=lambda row: row["record_id"])


def test_nobody_pays_for_it_but_who_asks_for_it():
    assert "scikit-learn" in code_of(SCRIPTS / "rank_records.py")["packages"]
    assert "scikit-learn" not in code_of(SCRIPTS / "judge_screening.py")["packages"]
    program = "import sys, perennial.screening.relevance; sys.exit('sklearn' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], env=surroundings()).returncode == 0


def surroundings(**more: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), os.environ.get("PYTHONPATH", "")]), **more}


def program(folder: Path, name: str, *arguments: str, **more: str) -> None:
    shared = ["review.json", "records.jsonl", "clusters.csv", "decisions.csv"]
    command = [sys.executable, SCRIPTS / f"{name}.py", *shared, *arguments]
    subprocess.run(command, cwd=folder, env=surroundings(**more), check=True)


def work(folder: Path, *more: str) -> list[dict]:
    lists = ["--standings", "s.csv", "--agreement", "a.json", "--to-screen", "t.csv", "--conflicts", "c.csv"]
    program(folder, "judge_screening", *lists, *more)
    return read_csv(folder / "t.csv")


def write(folder: Path, records: list[dict], reports: list[dict]) -> None:
    """Four passed and are to be read, seven were excluded, one of two reviewers decided on eight; n02 has two records."""
    found = {"found_in": [{"in": "imports/one.csv", "positions": [1]}]}
    (folder / "records.jsonl").write_bytes(b"".join(json_line({**each, **found}) for each in records))
    (folder / "clusters.csv").write_bytes(
        csv_table(["cluster", "record_id"], [{"cluster": "n02", "record_id": each} for each in ("n02", "n02 again")])
    )
    decisions = both([f"p{each:02d}" for each in range(4)], "include") + both(
        [f"o{each:02d}" for each in range(7)], "exclude"
    )
    decisions += [vote(f"n{each:02d}", "A", "exclude") for each in range(8)]
    (folder / "decisions.csv").write_bytes(csv_table([*decisions[0]], decisions))
    card = {"adjudications": [], "asked": ASKED, "reports": reports, "studies": {}, "level": 0.95}
    (folder / "review.json").write_text(json.dumps(card))


def store() -> list[dict]:
    new = [*about("passing", 4, first=50), *about("other", 4, first=50)]
    for number, each in enumerate(new):
        each |= {"record_id": f"n{number:02d}", "published": f"200{number}"}
    again = {**new[2], "record_id": "n02 again"}
    new[2] = {**new[2], "title": "", "abstract": ""}
    before = [{**each, "record_id": f"before {each['record_id']}", "pmid": "1"} for each in about("passing", 1, 70)]
    return [*about("passing", 4), *about("other", 7), *new, again, *before]


def test_the_programs_from_decisions_to_the_list_of_work(tmp_path):
    records, reports = store(), [{"report_id": "synthetic-1", "pmid": "1"}]
    write(tmp_path, records, reports)
    newest = work(tmp_path)
    program(tmp_path, "rank_records", "relevance.csv")
    ranked = work(tmp_path, "--relevance", "relevance.csv")
    votes, full_texts = [f"n{each:02d}" for each in range(8)], [f"p{each:02d}" for each in range(4)]
    assert [row["record_id"] for row in newest] == votes[::-1] + full_texts
    assert {row["record_id"] for row in ranked[:8]} == {*votes[:4], *full_texts}
    assert by_id(newest) == by_id({name: cell for name, cell in row.items() if name != RELEVANCE} for row in ranked)
    told = read_csv(tmp_path / "relevance.csv")
    assert [row["record_id"] for row in told] == votes + full_texts
    assert {row["record_id"]: row[RELEVANCE] for row in ranked} == {
        row["record_id"]: f"{float(row['score']):.3f}" for row in told
    }

    first = (tmp_path / "relevance.csv").read_bytes()
    write(tmp_path, records[::-1], reports)
    cores = dict.fromkeys(["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"], "1")
    program(tmp_path, "rank_records", "relevance.csv", PYTHONHASHSEED="7", LC_ALL="C", **cores)
    assert (tmp_path / "relevance.csv").read_bytes() == first


def test_while_too_little_is_decided_the_newest_come_first(tmp_path):
    """The fifth that passed is a report of the previous version: without it four are left."""
    write(tmp_path, store()[:-1], [])
    program(tmp_path, "rank_records", "relevance.csv")
    assert (tmp_path / "relevance.csv").read_bytes() == b"record_id,score\n"
    plain = work(tmp_path)
    assert work(tmp_path, "--relevance", "relevance.csv") == plain
    assert RELEVANCE not in plain[0]


def test_it_beats_a_random_order_on_records_that_people_labelled(shared):
    """What was found since the published review, by its titles: 27 excluded, 15 that nobody could exclude so far."""
    with (shared / "review" / "excluded.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    records = [{"record_id": f"r{number}", "title": row["citation"]} for number, row in enumerate(rows)]
    passes = {f"r{number}": row["status"] != "excluded" for number, row in enumerate(rows)}
    orders = [in_order(records, half(passes, seed), passes) for seed in range(20)]
    areas = [area(each) for each in orders]
    assert sum(areas) / len(areas) > 0.75 and min(areas) > 0.5
    assert sum(map(saved, orders)) / len(orders) > saved_at_random(orders[0]) + 0.1


def test_labels_of_asreview_as_its_files_tell_them(shared):
    """Of its samples one has ten labels of each kind, on titles that say them; of real records no more than six."""

    def read(name: str) -> tuple[list[dict], dict[str, bool]]:
        data = (shared / "data" / "exports" / "asreview_demo" / name).read_bytes()
        reading = read_decisions({name: data}, DecisionSidecar("asreview", "title_abstract", "2001-01-01", {}))
        records = [{**each.record.to_dict(), "record_id": f"r{each.position}"} for each in reading.decisions]
        return records, {f"r{each.position}": each.decision == "include" for each in reading.decisions}

    records, passes = read("baseline_tag-notes_labels.ris")
    assert area(in_order(records, half(passes, 1), passes)) == 1
    records, passes = read("baseline_zotero.ris")
    assert len(passes) == 6
    assert scores(records, passes) is None
