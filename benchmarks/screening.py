"""Screening: time and memory of its programs, and how early an order by relevance finds what passes.

    PYTHONPATH=src python benchmarks/screening.py stage [NUMBER]
    PYTHONPATH=src python benchmarks/screening.py order FILE [BATCH]

stage: synthetic records, some of them twice, and two reviewers who decided in Rayyan and then in the ledger: they
disagree, change their minds, withdraw, and leave some to be done. Each program is a process of its own.
order: a table with ASReview's labels is screened anew, in batches: at random until there is enough to learn from, then
by relevance, learnt again after each batch. Random order has an area of 0.5 and saves nothing.
"""

import argparse
import hashlib
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path

from duplicates import synthetic

from perennial.csv_table import csv_table
from perennial.records.record import Record, json_line
from perennial.screening.foreign.asreview import read_asreview
from perennial.screening.foreign.sidecar import DecisionSidecar
from perennial.screening.relevance import scores

ROOT = Path(__file__).parents[1]
Row = dict[str, str]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser("stage")
    command.add_argument("number", type=int, nargs="?", default=5_000)
    command = commands.add_parser("order")
    command.add_argument("file", type=Path)
    command.add_argument("batch", type=int, nargs="?", default=100)
    chosen = parser.parse_args()
    if chosen.command == "stage":
        with tempfile.TemporaryDirectory() as folder:
            stage(chosen.number, Path(folder))
    else:
        order(chosen.file, chosen.batch)


def stage(number: int, folder: Path) -> None:
    ledgers = Ledgers(number)
    ledgers.write(folder)
    print(f"{number} records, {len(ledgers.first)} publications, {ledgers.counts()}")
    shared = ["review.json", "records.jsonl", "clusters.csv", "decisions.csv"]
    lists = ["--standings", "standings.csv", "--agreement", "agreement.json"]
    lists += ["--to-screen", "to_screen.csv", "--conflicts", "conflicts.csv"]
    run(folder, "gather_decisions", *shared[:2], "--decisions", "decisions.csv", "--unmatched", "unmatched.csv")
    run(folder, "judge_screening", *shared, *lists)
    run(folder, "list_reports", *shared, "standings.csv", "--reports", "reports.csv", "--exclusions", "exclusions.csv")
    run(folder, "count_update", *shared, "flow.json")
    run(folder, "rank_records", *shared, "relevance.csv")
    run(folder, "judge_screening", *shared, *lists, "--relevance", "relevance.csv")
    boxes = json.loads((folder / "flow.json").read_bytes())["boxes"]
    print(", ".join(f"{box['label'].lower()} {box['count']}" for box in boxes.values() if box["count"]))


def run(folder: Path, program: str, *arguments: str) -> None:
    """Peak memory is that of the program or of a process it started, whichever had more."""
    command = [sys.executable, ROOT / "scripts" / f"{program}.py", *arguments]
    start = time.perf_counter()
    process = subprocess.Popen(command, cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT / "src")})
    _, status, used = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    if status:
        sys.exit(f"{program} failed")
    name = f"{program}, with scores" if "--relevance" in arguments else program
    busy = used.ru_utime + used.ru_stime
    print(f"{name:30} {seconds:6.2f} s ({busy:.2f} busy)  peak {used.ru_maxrss / 1024:.0f} MiB", flush=True)


class Ledgers:
    """What two synthetic reviewers decided on synthetic records: what has a certain word in its title passes."""

    def __init__(self, number: int) -> None:
        self.random = random.Random(number)
        self.records: list[Record] = []
        self.clusters: dict[int, list[Record]] = {}
        for record, original in synthetic(number):
            self.records.append(record)
            self.clusters.setdefault(original, []).append(record)
        self.first = [min(each, key=lambda record: record.record_id) for each in self.clusters.values()]
        titles = Counter(word for record in self.first for word in set(record.title.casefold().split()))
        self.topic = min(titles, key=lambda word: (abs(titles[word] / len(self.first) - 1 / 8), word))
        self.exported = [self.votes(record) for record in self.first]
        self.decisions: list[Row] = []
        self.adjudications: list[Row] = []
        for record, votes in zip(self.first, self.exported, strict=True):
            self.afterwards(record.record_id, dict(votes))

    def votes(self, record: Record) -> Row:
        """One vote in twenty is wrong, one in ten is lacking."""
        right = "Included" if self.topic in record.title.casefold().split() else "Excluded"
        wrong = {"Included": "Excluded", "Excluded": "Maybe"}[right]
        told = {name: wrong if self.random.random() < 0.05 else right for name in ("A", "B")}
        return {name: said for name, said in told.items() if self.random.random() < 0.9}

    def afterwards(self, record_id: str, votes: Row) -> None:
        """Late changes, withdrawals, half of the conflicts settled; then the full texts of what passed."""
        chance = self.random.random
        passed = {name: said != "Excluded" for name, said in votes.items()}
        for name in votes:
            if chance() < 0.03:
                self.decide(record_id, "title_abstract", name, "exclude" if passed[name] else "include", "02")
            if chance() < 0.02:
                self.decide(record_id, "title_abstract", name, "withdrawn", "03")
        if len(set(passed.values())) == 2 and chance() < 0.5:
            told = self.random.choice(["include", "exclude"])
            row = {"stage": "title_abstract", "decision": told, "by": "C", "date": "2001-01-04"}
            self.adjudications.append({"record_id": record_id, **row})
        if set(passed.values()) == {True}:
            for name in votes:
                self.decide(record_id, "full_text", name, self.random.choice(["include", "exclude", "maybe"]), "05")

    def decide(self, record_id: str, stage: str, reviewer: str, decision: str, day: str) -> None:
        row = {"record_id": record_id, "stage": stage, "reviewer": reviewer, "decision": decision}
        reason = {"exclude": "few", "maybe": "ongoing"}.get(decision, "") if stage == "full_text" else ""
        self.decisions.append({**row, "reason": reason, "date": f"2001-01-{day}"})

    def counts(self) -> str:
        told = sum(len(votes) for votes in self.exported)
        return f"{told} decisions in Rayyan, {len(self.decisions)} in the ledger, {len(self.adjudications)} settled"

    def rayyan(self) -> Iterator[Row]:
        for number, (record, votes) in enumerate(zip(self.first, self.exported, strict=True), 1):
            told = ", ".join(f'"{name}"=>"{said}"' for name, said in votes.items())
            yield {
                "key": f"rayyan-{number}",
                "title": record.title,
                "year": record.year,
                "journal": record.journal,
                "volume": record.volume,
                "issue": record.issue,
                "pages": record.pages,
                "authors": " and ".join(record.authors),
                "abstract": record.abstract,
                "notes": f"RAYYAN-INCLUSION: {{{told}}}" if told else "",
                "doi": record.doi,
            }

    def write(self, folder: Path) -> None:
        """One card holds what each of the programs reads from its own."""
        found = {"listed": True, "found_in": [{"in": "imports/one.ris", "first": "2001-01-01", "positions": [1]}]}
        lines = [json_line({**record.to_dict(), **found}) for record in self.records]
        (folder / "records.jsonl").write_bytes(b"".join(sorted(lines)))
        clusters = [
            {"cluster": min(record.record_id for record in members), "record_id": record.record_id}
            for members in self.clusters.values()
            if len(members) > 1
            for record in members
        ]
        (folder / "clusters.csv").write_bytes(csv_table(["cluster", "record_id"], clusters))
        rows = list(self.rayyan())
        export = csv_table(list(rows[0]), rows)
        (folder / "articles.csv").write_bytes(export)
        sidecar = {"tool": "rayyan", "stage": "title_abstract", "date": "2001-01-01", "reviewers": {"A": "A", "B": "B"}}
        files = [{"file": "articles.csv", "sha256": hashlib.sha256(export).hexdigest()}]
        reasons = {"few": "Too few patients", "ongoing": "Trial without results"}
        card = {
            "decisions": self.decisions,
            "exports": [{"name": "articles.csv", "files": files, "sidecar": sidecar}],
            "adjudications": self.adjudications,
            "asked": {"title_abstract": 2, "full_text": 2},
            "reports": [],
            "studies": {},
            "tied": [],
            "level": 0.95,
            "reasons": reasons,
            "codes": reasons,
            "sources": {},
            "previous": None,
        }
        (folder / "review.json").write_text(json.dumps(card))


def order(file: Path, batch: int) -> None:
    reading = read_asreview({file.name: file.read_bytes()}, DecisionSidecar("asreview", "title_abstract", "", {}))
    records = {
        str(each.position): {
            "record_id": str(each.position),
            "title": each.record.title,
            "abstract": each.record.abstract,
        }
        for each in reading.decisions
    }
    passes = {str(each.position): each.decision != "exclude" for each in reading.decisions}
    total = sum(passes.values())
    print(f"{file.name}: {len(records)} records, {total} pass; batches of {batch}")
    for seed in range(3):
        left = sorted(records)
        random.Random(seed).shuffle(left)
        seen: dict[str, bool] = {}
        learnt = None
        while left:
            score_of = scores(list(records.values()), seen)
            if score_of:
                learnt = learnt or len(seen)
                left.sort(key=lambda each: -score_of.get(each, -1))
            seen |= {each: passes[each] for each in left[:batch]}
            left = left[batch:]
        print(f"seed {seed}: {told(list(seen.values()))}; at random until {learnt} were read")


def told(found: list[bool]) -> str:
    """Of records in the order in which they were read, whether each passes."""
    recall = [count / sum(found) for count in accumulate(found)]
    read = next(place for place, each in enumerate(recall, 1) if each >= 0.95)
    area = sum(recall) / len(recall)
    return f"area under the recall curve {area:.3f}, 95% found after {read} ({0.95 - read / len(found):.0%} saved)"


if __name__ == "__main__":
    main()
