"""How a publication stands: last votes, conflicts, adjudications, and what was said of its several records.

All decisions are synthetic: records "one" and "two" of one publication, days of January 2001.
"""

from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perennial.screening.standing import (
    ADJUDICATION,
    CONFLICT,
    EXCLUDED,
    INCLUDED,
    PENDING,
    STAGES,
    STATES,
    UNSEEN,
    WAITING,
    last_votes,
    standing,
)

DECIDED = {PENDING, INCLUDED, EXCLUDED}
REASONS = ["", "few", "design"]


def day(number: int) -> str:
    return f"2001-01-{number:02d}"


def vote(reviewer: str, decision: str, on: int = 1, record: str = "one") -> dict:
    """`decision` may name a reason: exclude/few."""
    decision, _, reason = decision.partition("/")
    row = {"record_id": record, "reviewer": reviewer, "decision": decision, "date": day(on)}
    return row | ({"reason": reason} if reason else {})


def settle(decision: str, on: int = 9, record: str = "one", by: str = "Z") -> dict:
    row = vote(by, decision, on, record)
    row["by"] = row.pop("reviewer")
    return row


def reads(decisions: list[str]) -> str:
    """How one record stands where A, B, ... said this, of whom two are asked; at full text."""
    return standing("full_text", [vote(name, said) for name, said in zip("ABC", decisions, strict=False)], [], 2).state


choices = st.tuples(st.sampled_from(["include", "exclude", "maybe", "withdrawn"]), st.sampled_from(REASONS))
votes = st.builds(
    lambda reviewer, said, on, record: vote(reviewer, "/".join(said), on, record),
    st.sampled_from("ABC"),
    choices,
    st.integers(1, 5),
    st.sampled_from(["one", "two"]),
)
settlements = st.builds(
    lambda said, on, record: settle("/".join(said), on, record),
    choices,
    st.integers(1, 5),
    st.sampled_from(["one", "two"]),
)
ledgers = st.tuples(
    st.sampled_from(STAGES), st.lists(votes, max_size=8), st.lists(settlements, max_size=3), st.integers(0, 3)
)


def as_told(decisions: list[dict]) -> dict[str, dict]:
    """The last decision of each reviewer, worked out line by line."""
    told = {}
    for row in decisions:
        if row["reviewer"] not in told or told[row["reviewer"]]["date"] <= row["date"]:
            told[row["reviewer"]] = row
    return {name: row for name, row in told.items() if row["decision"] != "withdrawn"}


def interleaved(rows: list[dict], random, who: str) -> list[dict]:
    """The rows in another order, which keeps that of one person's rows of one day."""
    shuffled, queues = random.sample(rows, len(rows)), defaultdict(list)
    for row in rows:
        queues[row[who], row["date"]].append(row)
    return [queues[row[who], row["date"]].pop(0) for row in shuffled]


@pytest.mark.parametrize(
    ("decisions", "state"),
    [
        ([], UNSEEN),
        (["include"], WAITING),
        (["withdrawn"], UNSEEN),
        (["include", "withdrawn"], WAITING),
        (["include", "include"], INCLUDED),
        (["include/few", "include/design"], INCLUDED),
        (["exclude/few", "exclude/few"], EXCLUDED),
        (["exclude/few", "exclude/design"], CONFLICT),
        (["exclude/few", "exclude"], CONFLICT),
        (["include", "exclude/few"], CONFLICT),
        (["include", "maybe"], CONFLICT),
        (["maybe/ongoing", "maybe/ongoing"], PENDING),
        (["maybe/ongoing", "maybe/no data"], CONFLICT),
        (["include", "include", "include"], INCLUDED),
        (["include", "include", "exclude/few"], CONFLICT),
    ],
)
def test_votes_on_a_full_text(decisions, state):
    assert reads(decisions) == state


@pytest.mark.parametrize(
    ("decisions", "state", "reason"),
    [
        (["include", "maybe"], INCLUDED, ""),
        (["maybe", "maybe"], INCLUDED, ""),
        (["maybe", "exclude"], CONFLICT, ""),
        (["exclude/few", "exclude/design"], EXCLUDED, ""),
        (["exclude/few", "exclude/few"], EXCLUDED, "few"),
    ],
)
def test_at_titles_and_abstracts_maybe_reads_on_and_reasons_need_not_agree(decisions, state, reason):
    rows = [vote(name, said) for name, said in zip("AB", decisions, strict=True)]
    found = standing("title_abstract", rows, [], 2)
    assert (found.state, found.reason) == (state, reason)


def test_where_nobody_is_asked_a_publication_passes_but_what_is_said_counts():
    assert standing("title_abstract", [], [], 0).state == INCLUDED
    assert standing("title_abstract", [vote("A", "exclude")], [], 0).state == EXCLUDED
    assert standing("title_abstract", [], [settle("exclude")], 0).state == EXCLUDED
    assert standing("title_abstract", [vote("A", "exclude"), vote("B", "include")], [], 0).state == CONFLICT


def test_of_two_decisions_of_a_day_the_later_line_counts():
    first, second = vote("A", "include"), vote("A", "exclude/few")
    assert last_votes([first, second]) == (second,)
    assert last_votes([second, first]) == (first,)
    assert last_votes([vote("A", "maybe", on=2), first, second])[0]["decision"] == "maybe"
    settled = [settle("include"), settle("exclude/few")]
    rows = [vote("A", "include"), vote("B", "maybe")]
    assert standing("full_text", rows, settled, 2).state == EXCLUDED
    assert standing("full_text", rows, settled[::-1], 2).state == INCLUDED


def test_an_adjudication_settles_a_conflict_and_tells_the_reason():
    rows = [vote("A", "include"), vote("B", "exclude/few")]
    found = standing("full_text", rows, [settle("exclude/design")], 2)
    assert (found.state, found.reason, found.settled["by"]) == (EXCLUDED, "design", "Z")
    assert [each["reviewer"] for each in found.votes] == ["A", "B"]
    reopened = standing("full_text", rows, [settle("exclude/design", on=2), settle("withdrawn", on=3)], 2)
    assert (reopened.state, reopened.settled) == (CONFLICT, None)


def test_an_adjudication_is_no_vote():
    assert standing("full_text", [], [settle("include")], 2).state == UNSEEN
    assert standing("full_text", [vote("A", "include")], [settle("include")], 2).state == WAITING
    disagreeing = [vote("A", "include"), vote("B", "exclude/few")]
    assert standing("full_text", disagreeing, [], 3).state == CONFLICT
    assert standing("full_text", disagreeing, [settle("include")], 3).state == WAITING


@pytest.mark.parametrize(
    ("later", "state"),
    [
        ([vote("B", "exclude/few", on=9)], INCLUDED),  # the same vote entered again
        ([vote("B", "include", on=9)], INCLUDED),
        ([vote("B", "exclude/design", on=9)], CONFLICT),  # changed, and not to what was settled
        ([vote("A", "exclude/few", on=9)], EXCLUDED),  # changed: the reviewers agree now
        ([vote("C", "exclude/few", on=9)], CONFLICT),  # somebody who had not voted then
        ([vote("C", "include", on=9)], INCLUDED),
        ([vote("B", "withdrawn", on=9)], WAITING),
        ([vote("B", "withdrawn", on=8), vote("B", "exclude/few", on=9)], INCLUDED),
        ([vote("B", "exclude/design", on=5)], INCLUDED),  # on the day of the adjudication, which has weighed it
    ],
)
def test_votes_that_come_after_an_adjudication(later, state):
    rows = [vote("A", "include", on=1), vote("B", "exclude/few", on=2), *later]
    assert standing("full_text", rows, [settle("include", on=5)], 2).state == state


def test_one_reviewer_on_two_records_of_a_publication():
    rows = [vote("A", "include", on=1, record="one"), vote("A", "exclude/few", on=2, record="two")]
    found = standing("full_text", [*rows, vote("B", "exclude/few", on=1)], [], 2)
    assert (found.state, found.inconsistent) == (EXCLUDED, ("A",))
    mended = standing("full_text", [*rows, vote("A", "exclude/few", on=3, record="one")], [], 2)
    assert mended.inconsistent == ()
    withdrawn = standing("full_text", [*rows, vote("A", "withdrawn", on=3, record="two")], [], 2)
    assert (withdrawn.state, withdrawn.inconsistent) == (UNSEEN, ("A",))
    assert standing("full_text", [vote("A", "include"), vote("B", "exclude", record="two")], [], 2).inconsistent == ()
    settled = [settle("include", on=1, record="one", by="Y"), settle("exclude/few", on=2, record="two", by="Z")]
    assert standing("full_text", [], settled, 2).inconsistent == (ADJUDICATION,)


@given(ledgers)
def test_votes_are_the_last_of_each_reviewer(ledger):
    stage, decisions, adjudications, asked = ledger
    found = standing(stage, decisions, adjudications, asked)
    assert found.votes == last_votes(decisions) == tuple(row for _, row in sorted(as_told(decisions).items()))
    assert found.state in STATES


@given(ledgers)
def test_nothing_moves_on_with_fewer_votes_than_asked(ledger):
    stage, decisions, adjudications, asked = ledger
    found = standing(stage, decisions, adjudications, asked)
    given_votes = len(as_told(decisions))
    if found.state in DECIDED:
        assert given_votes >= asked
    if asked and not given_votes:
        assert found.state == UNSEEN
    assert found.state != UNSEEN or (asked and not given_votes)
    assert found.state != WAITING or 0 < given_votes < asked


@given(ledgers, st.randoms(use_true_random=False))
def test_the_order_of_lines_counts_only_within_a_day_of_a_reviewer(ledger, random):
    stage, decisions, adjudications, asked = ledger
    for row in adjudications:
        row["by"] = "Z"
    shuffled = interleaved(decisions, random, "reviewer"), interleaved(adjudications, random, "by")
    assert standing(stage, *shuffled, asked) == standing(stage, decisions, adjudications, asked)


@given(ledgers)
def test_what_everybody_withdraws_is_unseen(ledger):
    stage, decisions, adjudications, asked = ledger
    withdrawn = [vote(name, "withdrawn", on=9) for name in "ABC"]
    assert standing(stage, [*decisions, *withdrawn], adjudications, max(asked, 1)).state == UNSEEN


@given(ledgers, choices)
def test_a_conflict_stays_until_it_is_settled(ledger, said):
    stage, decisions, adjudications, asked = ledger
    found = standing(stage, decisions, adjudications, asked)
    if found.state != CONFLICT:
        return
    again = [{**row, "date": day(8)} for row in found.votes]
    assert standing(stage, [*decisions, *again], adjudications, asked).state == CONFLICT
    settled = standing(stage, decisions, [*adjudications, settle("/".join(said))], asked)
    if said[0] == "withdrawn":
        assert settled.state == CONFLICT
    elif len(found.votes) < asked:
        assert settled.state == WAITING
    else:
        alone = standing(stage, [vote("Z", "/".join(said))], [], 1)
        assert (settled.state, settled.reason) == (alone.state, said[1])


@given(ledgers)
def test_disagreement_is_a_conflict_unless_an_adjudication_decided(ledger):
    stage, decisions, adjudications, asked = ledger
    found = standing(stage, decisions, adjudications, asked)
    alone = {standing(stage, [row], [], 1).state for row in found.votes}
    if len(alone) > 1 and found.state not in (CONFLICT, WAITING):
        assert found.settled in adjudications
    if found.settled is None and found.state in DECIDED and found.votes:
        assert alone == {found.state}


@given(ledgers)
def test_an_adjudication_decides_as_it_says_or_not_at_all(ledger):
    stage, decisions, adjudications, asked = ledger
    found, without = (standing(stage, decisions, rows, asked) for rows in (adjudications, []))
    if found.settled:
        decision = f"{found.settled['decision']}/{found.settled.get('reason', '')}"
        assert found.state == standing(stage, [vote("Z", decision)], [], 1).state
        last = max(row["date"] for row in adjudications)
        assert found.settled == next(row for row in reversed(adjudications) if row["date"] == last)
    elif found.state != WAITING:
        assert (found.state, found.reason) == (without.state, without.reason)


@given(ledgers, st.sampled_from("ABC"), choices)
def test_a_later_vote_against_an_adjudication_takes_its_force(ledger, reviewer, said):
    """Unless it was weighed, or agrees with it."""
    stage, decisions, adjudications, asked = ledger
    found = standing(stage, decisions, adjudications, asked)
    if not found.settled or said[0] == "withdrawn":
        return
    later = [*decisions, vote(reviewer, "/".join(said), on=9)]
    weighed = as_told([row for row in decisions if row["date"] <= found.settled["date"]])

    def means(row):
        alone = standing(stage, [{**row, "reviewer": "Z"}], [], 1)
        return alone.state, alone.reason if stage == "full_text" and alone.state != INCLUDED else ""

    new = means(later[-1])
    kept = new == means(found.settled) or (reviewer in weighed and new == means(weighed[reviewer]))
    after, without = (standing(stage, later, rows, asked) for rows in (adjudications, []))
    assert (after.settled == found.settled) if kept else (after.settled is None and after.state == without.state)


@given(ledgers)
def test_who_said_different_things_of_two_records_is_told(ledger):
    stage, decisions, adjudications, asked = ledger
    rows = [*decisions, *({**row, "reviewer": ADJUDICATION} for row in adjudications)]

    def means(name: str, record: str) -> tuple | None:
        own = as_told([row for row in rows if row["reviewer"] == name and row["record_id"] == record])
        alone = standing(stage, list(own.values()), [], 1)
        return alone.state, alone.reason if stage == "full_text" and alone.state != INCLUDED else ""

    both = {
        name
        for name in {row["reviewer"] for row in rows}
        if {"one", "two"} <= {row["record_id"] for row in rows if row["reviewer"] == name}
    }
    differing = tuple(sorted(name for name in both if means(name, "one") != means(name, "two")))
    assert standing(stage, decisions, adjudications, asked).inconsistent == differing
