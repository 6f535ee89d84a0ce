"""How a publication stands at one stage of screening: what its reviewers said last, and what that amounts to.

A decision names a record; records of one publication stand together. Nothing moves on with fewer votes than are asked
for, and a disagreement waits until somebody settles it. Earlier decisions stay in the ledger: the last of each reviewer
counts. Rows are told apart by their days; of rows of one day the one further down the ledger is the later.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

STAGES = ("title_abstract", "full_text")

UNSEEN = "unseen"
"""Nobody has decided."""
WAITING = "waiting"
"""Fewer reviewers have decided than are asked for."""
CONFLICT = "conflict"
PENDING = "pending"
"""The reviewers agree that it cannot be decided yet, and why: no full text, no data, the trial goes on."""
INCLUDED = "included"
EXCLUDED = "excluded"
STATES = (UNSEEN, WAITING, CONFLICT, PENDING, INCLUDED, EXCLUDED)

WITHDRAWN = "withdrawn"
"""The decision that takes back the one before it."""
ADJUDICATION = "adjudication"
"""Stands among reviewers' names where adjudications are meant, whoever made them."""

CONSENSUS = "consensus"
"""The reviewer of a tool that tells only what its reviewers agreed on: that stands for all who are asked."""

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Standing:
    state: str
    reason: str = ""
    """Of an exclusion or of what is pending: the code that the reviewers agree on, or that settled it."""
    votes: tuple[Row, ...] = ()
    """The last decision of each reviewer, by reviewer."""
    settled: Row | None = None
    """The adjudication, where one decided."""
    inconsistent: tuple[str, ...] = ()
    """Whose last decisions on the records of this publication differ. The last of all counts, but people should see
    it: records may have been joined that are not the same, or one was decided by mistake."""


def last_votes(decisions: Iterable[Row]) -> tuple[Row, ...]:
    """Of each reviewer the last decision, unless it withdraws; `decisions` of one publication at one stage."""
    last = {decision["reviewer"]: decision for decision in _by_day(decisions)}
    return tuple(last[reviewer] for reviewer in sorted(last) if last[reviewer]["decision"] != WITHDRAWN)


def standing(stage: str, decisions: Sequence[Row], adjudications: Sequence[Row], asked: int) -> Standing:
    """How one publication stands at a stage where `asked` reviewers have to decide; with 0 it passes unseen.

    An adjudication takes the place of votes that disagree, not of votes that are missing.
    """
    votes = last_votes(decisions)
    settled = _settling(stage, decisions, adjudications, votes)
    said = (settled,) if settled else votes
    verdicts = {_verdict(stage, row) for row in said}
    reasons = {row.get("reason", "") for row in said}
    if asked and not votes:
        state = UNSEEN
    elif len(verdicts) > 1:
        state = CONFLICT
    elif len(votes) < asked and CONSENSUS not in {vote["reviewer"] for vote in votes}:
        state = WAITING
    else:
        state = next(iter(verdicts))[0] if said else INCLUDED
    decided = state in (PENDING, INCLUDED, EXCLUDED)
    return Standing(
        state,
        reason=reasons.pop() if decided and len(reasons) == 1 else "",
        votes=votes,
        settled=settled if decided else None,
        inconsistent=_inconsistent(stage, decisions, adjudications),
    )


def _by_day(rows: Iterable[Row]) -> list[Row]:
    """Rows of one day stay in the order of the ledger."""
    return sorted(rows, key=lambda row: row["date"])


def _verdict(stage: str, row: Row) -> tuple[str, str]:
    """What a decision comes to. At full text a reason belongs to it, unless it includes: people must agree on it too.

    At titles and abstracts, maybe means that the full text must be read.
    """
    first = stage == "title_abstract"
    state = {"include": INCLUDED, "exclude": EXCLUDED, "maybe": INCLUDED if first else PENDING}.get(
        row["decision"], WITHDRAWN
    )
    return state, "" if first or state in (INCLUDED, WITHDRAWN) else row.get("reason", "")


def _settling(stage: str, decisions: Sequence[Row], adjudications: Sequence[Row], votes: Sequence[Row]) -> Row | None:
    """The last adjudication. It settles the votes of its day.

    Where a reviewer has come to another vote since, and one against it, that vote was not weighed: the votes count as
    they stand. The same vote entered again, as when an export is imported anew, is not another.
    """
    last = next(reversed(_by_day(adjudications)), None)
    if last is None or last["decision"] == WITHDRAWN:
        return None
    weighed = last_votes(decision for decision in decisions if decision["date"] <= last["date"])
    before = {vote["reviewer"]: _verdict(stage, vote) for vote in weighed}
    settled = _verdict(stage, last)
    for vote in votes:
        if _verdict(stage, vote) not in (settled, before.get(vote["reviewer"])):
            return None
    return last


def _inconsistent(stage: str, decisions: Iterable[Row], adjudications: Iterable[Row]) -> tuple[str, ...]:
    """A decision on one record that is withdrawn on another counts as differing: it is not clear what was meant."""
    last: dict[str, dict[str, tuple[str, str]]] = defaultdict(dict)
    for row in _by_day(decisions):
        last[row["reviewer"]][row["record_id"]] = _verdict(stage, row)
    for row in _by_day(adjudications):
        last[ADJUDICATION][row["record_id"]] = _verdict(stage, row)
    return tuple(sorted(name for name, of_record in last.items() if len(set(of_record.values())) > 1))
