"""Rayyan: articles as CSV or RIS with the decisions inside their notes, and the log of its customizations.

The notes tell the last decision of each reviewer by name, without a day; the log tells all of them, by number. Where
the log tells of an article its decisions count, and notes that say otherwise are pointed out.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from perennial.records.reading import Found, SetAside
from perennial.records.record import Record
from perennial.screening.foreign.decision import DecisionReading, ForeignDecision, NotDecisions, joined, labelled
from perennial.screening.foreign.exports import read_exports, unreadable
from perennial.screening.foreign.rayyan_log import History, Log, is_log, read_log
from perennial.screening.foreign.rayyan_notes import Told, parted, told_by
from perennial.screening.foreign.reviewers import roles_of
from perennial.screening.foreign.sidecar import DecisionSidecar

KEY = re.compile(r"rayyan-(\d+)")
UNTOLD = History([], (), ())

NO_LOG = "the files do not tell when anybody decided: all decisions have the day of the sidecar"
WHOSE_REASONS = (
    "the notes of Rayyan do not tell whose an exclusion reason is, nor whether a comma parts two or belongs to one: "
    "all of an article's reasons stand with each of its exclusions"
)
STAGED = (
    "the log tells of a stage after titles and abstracts: decisions at it are taken as full_text, all others as "
    "title_abstract, whatever the sidecar says"
)


@dataclass(frozen=True)
class Article:
    found: Found
    told: Told
    history: History

    @property
    def by_log(self) -> bool:
        return bool(self.history.votes)


def read_rayyan(files: Mapping[str, bytes], sidecar: DecisionSidecar) -> DecisionReading:
    log = _log(files, sidecar)
    described = {name: data for name, data in files.items() if not is_log(data)}
    articles, set_aside, notes = _articles(described, log)
    names = [name for article in articles for name in _names(article)]
    roles, numbered = roles_of(names, sidecar.reviewers)
    decisions, undecided = [], []
    for article in articles:
        made = list(_decisions(article, sidecar, roles, log.staged))
        if made:
            decisions += _with_notes(made, article, roles)
        else:
            undecided.append(_undecided(article, roles))
    notes += [*_remarks(articles, log), *numbered]
    return DecisionReading("rayyan", decisions, undecided, [*set_aside, *log.set_aside], notes)


def _log(files: Mapping[str, bytes], sidecar: DecisionSidecar) -> Log:
    logs = sorted(name for name in files if is_log(files[name]))
    if len(logs) > 1:
        remedy = "give the files of one export at a time"
        raise NotDecisions(f"{', '.join(logs)}: these are {len(logs)} logs of Rayyan. Remedy: {remedy}.")
    return read_log(files[logs[0]], logs[0], sidecar.reviewers) if logs else Log({}, False, [])


def _articles(files: Mapping[str, bytes], log: Log) -> tuple[list[Article], list[SetAside], list[str]]:
    """Those that the files describe, each once, then those that only the log knows."""
    articles: dict[str, Article] = {}
    set_aside, notes, again, position = [], [], 0, 0
    for export in read_exports(files):
        set_aside += export.set_aside
        notes += export.notes
        position += len(export.found) + len(export.set_aside)
        for found in export.found:
            record, text = parted(found.record)
            number = next((key[1] for _, each in record.extra if (key := KEY.fullmatch(each))), "")
            try:
                told = told_by(text)
            except ValueError as error:
                set_aside.append(unreadable(found, export.name, str(error), text))
                told = Told({})
                if number not in log.articles:
                    continue
            article = Article(Found(found.position, record), told, log.articles.get(number, UNTOLD))
            known = articles.setdefault(number or f"position {found.position}", article)
            if known is not article and known.told == told:
                again += 1
            elif known is not article:
                reason = f"position {known.found.position} tells otherwise of the same article"
                set_aside.append(unreadable(found, export.name, reason, text))
    if again:
        notes.append(f"{again} articles are described more than once, and counted once")
    unknown = [number for number in log.articles if number not in articles]
    if unknown:
        notes.append(f"{len(unknown)} articles of the log are described by no file: only their keys are known")
    for place, number in enumerate(unknown, position + 1):
        record = Record(source="unknown", extra=(("key", f"rayyan-{number}"),))
        articles[number] = Article(Found(place, record), Told({}), log.articles[number])
    return list(articles.values()), set_aside, notes


def _names(article: Article) -> Iterator[str]:
    """Everybody who decided on it or wrote about it, as the files call them."""
    yield from (vote.user for vote in article.history.votes)
    yield from () if article.by_log else article.told.decisions
    yield from article.told.notes


def _decisions(
    article: Article, sidecar: DecisionSidecar, roles: Mapping[str, str], staged: bool
) -> Iterator[ForeignDecision]:
    position, record, told = article.found.position, article.found.record, article.told
    for vote in article.history.votes:
        stage = ("full_text" if vote.later_stage else "title_abstract") if staged else sidecar.stage
        reasons = vote.reasons if vote.decision == "exclude" else ()
        note = joined(labelled(vote.labels), "" if reasons else _reasoned(vote.reasons))
        yield ForeignDecision(position, record, stage, roles[vote.user], vote.decision, reasons, vote.day, note)
    if article.by_log:
        return
    excluded = "exclude" in told.decisions.values()
    note = joined(labelled(told.labels), "" if excluded else _reasoned(told.reasons))
    for name, decision in told.decisions.items():
        reasons = told.reasons if decision == "exclude" else ()
        yield ForeignDecision(position, record, sidecar.stage, roles[name], decision, reasons, sidecar.date, note)


def _reasoned(reasons: Sequence[str]) -> str:
    return f"exclusion reasons, but no exclusion: {', '.join(reasons)}" if reasons else ""


def _unlogged(texts: Iterable[str], logged: Iterable[Iterable[str]]) -> list[str]:
    """What only the notes tell; a comma may have parted there what is one text in the log."""
    known = [each for one in logged for each in one]
    return [text for text in texts if not any(text in each for each in known)]


def _with_notes(
    decisions: list[ForeignDecision], article: Article, roles: Mapping[str, str]
) -> Iterator[ForeignDecision]:
    """What reviewers wrote stands with the last decision of each; what others said or set, with the last of all."""
    told, history = article.told, article.history
    last = {decision.reviewer: number for number, decision in enumerate(decisions)}
    said: dict[int, list[str]] = {}
    for name, text in told.notes.items():
        role = roles[name]
        own = role in last
        said.setdefault(last.get(role, len(decisions) - 1), []).append(text if own else f"{role}: {text}")
    if article.by_log:
        labels = (history.labels, *(vote.labels for vote in history.votes))
        reasons = (history.reasons, *(vote.reasons for vote in history.votes))
        others = [
            labelled([*history.labels, *_unlogged(told.labels, labels)]),
            _reasoned([*history.reasons, *_unlogged(told.reasons, reasons)]),
        ]
        said.setdefault(len(decisions) - 1, []).extend(others)
    for number, decision in enumerate(decisions):
        yield replace(decision, note=joined(*said.get(number, []), decision.note))


def _undecided(article: Article, roles: Mapping[str, str]) -> Found:
    """Labels, reasons and notes stay with the record, for there is no decision to stand with."""
    told, record = article.told, article.found.record
    left = {
        "labels": ", ".join(told.labels or article.history.labels),
        "reasons": ", ".join(told.reasons or article.history.reasons),
        "notes": joined(*(f"{roles[name]}: {text}" for name, text in told.notes.items())),
    }
    extra = (*record.extra, *((f"Rayyan {tag}", text) for tag, text in left.items() if text))
    return Found(article.found.position, replace(record, extra=extra))


def _remarks(articles: list[Article], log: Log) -> Iterator[str]:
    by_notes = [article.told for article in articles if not article.by_log and article.told.decisions]
    if by_notes:
        yield NO_LOG
    if any(told.reasons for told in by_notes):
        yield WHOSE_REASONS
    if log.staged:
        yield STAGED
    if earlier := sum(article.told.earlier for article in articles):
        yield f"the notes of {earlier} articles hold decisions of an earlier screening too: only the last are read"
    for article in articles:
        if article.by_log and article.told.decisions:
            logged, told = _last(article.history, log.staged), sorted(article.told.decisions.values())
            if logged != told:
                place = f"position {article.found.position} ({article.found.record.title[:80]})"
                ends = ", ".join(logged) or "no decision"
                yield f"{place}: the log ends with {ends}, the notes say {', '.join(told)}"


def _last(history: History, staged: bool) -> list[str]:
    """The last decisions on an article at its last stage, which are those that its notes tell."""
    votes = [vote for vote in history.votes if vote.later_stage] if staged else []
    last = {vote.user: vote.decision for vote in votes or history.votes}
    return sorted(decision for decision in last.values() if decision != "withdrawn")
