"""Duplicates: accuracy and time beside bib-dedupe alone, time and memory at scale, and of an update.

    PYTHONPATH=src python benchmarks/duplicates.py labelled FOLDER...
    PYTHONPATH=src python benchmarks/duplicates.py scale [NUMBER...] [--alone]
    PYTHONPATH=src python benchmarks/duplicates.py update [NUMBER] [NEW]

labelled: sets with labelled duplicates, ours and bib-dedupe in one run. scale: synthetic records; with --alone by
bib-dedupe too, which takes minutes. update: new records, when the others are remembered.
At scale each run is a process of its own, so that its peak memory is its own. Seconds are those of finding duplicates,
imports included, on the clock and of the processor. Memory is that of the whole process; beside it is what it had when
finding began, its records among it. The last word of a line is the same where the same was found.
"""

import argparse
import csv
import gzip
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import accumulate, combinations
from pathlib import Path

from perennial.records.kinds import kind_of
from perennial.records.record import Record

SHARE = 0.15
"""Of the synthetic records, those that are another record once more."""

Pairs = set[tuple[str, str]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser("labelled")
    command.add_argument("folders", type=Path, nargs="+")
    command = commands.add_parser("scale")
    command.add_argument("numbers", type=int, nargs="*", default=[53_001, 79_880])
    command.add_argument("--alone", action="store_true", help="bib-dedupe alone too")
    command = commands.add_parser("update")
    command.add_argument("number", type=int, nargs="?", default=80_000)
    command.add_argument("new", type=int, nargs="?", default=1_000)
    command = commands.add_parser("run")
    command.add_argument("program", choices=["ours", "alone"])
    command.add_argument("number", type=int)
    command.add_argument("first", type=int)
    command.add_argument("remembered", type=Path, nargs="?")
    chosen = parser.parse_args()
    if chosen.command == "labelled":
        for folder in chosen.folders:
            labelled(folder)
    elif chosen.command == "scale":
        for number in chosen.numbers:
            for program in ["ours", "alone"] if chosen.alone else ["ours"]:
                tell(f"{number} records, {program}", child(program, number, number))
    elif chosen.command == "update":
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "remembered"
            total = chosen.number + chosen.new
            tell(f"{chosen.number} records, nothing remembered", child("ours", total, chosen.number, file))
            tell(f"{chosen.new} more, the rest remembered", child("ours", total, total, file))
            tell("nothing new", child("ours", total, total, file))
            tell(f"{total} at once, without the file", child("ours", total, total))
    else:
        print(json.dumps(run(chosen.program, chosen.number, chosen.first, chosen.remembered)))


def tell(what: str, told: dict) -> None:
    quality = f"precision {told['precision']:.4f}  recall {told['recall']:.4f}  left to people {told['queue']}"
    time = f"{told['seconds']:6.1f} s ({told['busy']:.1f} busy)"
    memory = f"peak {told['peak']:.0f} MiB (before {told['before']:.0f})"
    print(f"{what:40} {time}  {memory}  {quality}  {told['digest']}", flush=True)


def child(program: str, number: int, first: int, remembered: Path | None = None) -> dict:
    arguments = [program, str(number), str(first), *([str(remembered)] if remembered else [])]
    done = subprocess.run([sys.executable, __file__, "run", *arguments], capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def run(program: str, number: int, first: int, remembered: Path | None) -> dict:
    """Find the duplicates among the `first` of `number` synthetic records."""
    made = list(synthetic(number))[:first]
    records = [record for record, _ in made]
    same_as: dict[int, list[str]] = {}
    for record, original in made:
        same_as.setdefault(original, []).append(record.record_id)
    truth = pairs_of(same_as.values())
    del made, same_as
    before = peak()
    start, busy = time.perf_counter(), time.process_time()
    found, queue = ours(records, remembered) if program == "ours" else alone(records)
    seconds, busy = time.perf_counter() - start, time.process_time() - busy
    digest = hash_of(found)
    return {
        "seconds": seconds,
        "busy": busy,
        "peak": peak(),
        "before": before,
        "queue": queue,
        "digest": digest,
        **quality(found, truth),
    }


def ours(records: list[Record], remembered: Path | None = None) -> tuple[Pairs, int]:
    from perennial.records.duplicates.find import find_duplicates

    found = find_duplicates(records, remembered=remembered)
    return pairs_of(found.clusters), len(found.uncertain)


def alone(records: list[Record]) -> tuple[Pairs, int]:
    """bib-dedupe as its documentation says, quiet."""
    import pandas as pd
    from bib_dedupe.bib_dedupe import block, cluster, match, prep

    rows = [
        {
            "ID": record.record_id,
            "ENTRYTYPE": "article",
            "title": record.title,
            "author": " and ".join(record.authors),
            "journal": record.journal,
            "year": record.year,
            "volume": record.volume,
            "number": record.issue,
            "pages": record.pages,
            "abstract": record.abstract,
            "doi": record.doi,
        }
        for record in records
    ]
    prepared = prep(pd.DataFrame(rows), verbosity_level=0, cpu=1)
    matched = match(block(prepared, verbosity_level=0, cpu=1), verbosity_level=0, cpu=1)
    return pairs_of(cluster(matched, verbosity_level=0)), int((matched["duplicate_label"] == "maybe").sum())


def labelled(folder: Path) -> None:
    with gzip.open(folder / "records_pre_merged.csv.gz", "rt", encoding="utf-8", newline="") as file:
        records = [
            Record(
                source="labelled",
                accession=row["ID"],
                kind=kind_of(row["title"]),
                title=row["title"],
                authors=(row["author"],) if row["author"] else (),
                journal=row["journal"],
                volume=row["volume"],
                issue=row.get("number", ""),
                pages=row["pages"],
                published=row["year"],
                abstract=row.get("abstract", ""),
                doi=row.get("doi", ""),
            )
            for row in csv.DictReader(file)
        ]
    with (folder / "merged_record_ids.csv").open(encoding="utf-8", newline="") as file:
        truth = pairs_of([f"labelled:{each}" for each in row["merged_ids"].split(";")] for row in csv.DictReader(file))
    for name, program in (("ours", ours), ("bib-dedupe alone", alone)):
        start = time.perf_counter()
        found, queue = program(records)
        seconds = time.perf_counter() - start
        told = quality(found, truth)
        print(
            f"{folder.name:10} {len(records):5} records  {name:16} {seconds:6.2f} s  "
            f"precision {told['precision']:.4f}  recall {told['recall']:.4f}  left to people {queue}",
            flush=True,
        )


def quality(found: Pairs, truth: Pairs) -> dict[str, float]:
    right = len(found & truth)
    return {"precision": right / max(len(found), 1), "recall": right / max(len(truth), 1)}


def pairs_of(clusters: Iterable[Iterable[str]]) -> Pairs:
    return {pair for cluster in clusters for pair in combinations(sorted(cluster), 2)}


def peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def hash_of(found: Pairs) -> str:
    """Tells at a glance whether two runs found the same."""
    from perennial.records.text import digest

    return digest(*(record for pair in sorted(found) for record in pair))[:8]


class Maker:
    """Synthetic records of pseudo-words: titles, names and journals drawn as in nature, few often and many seldom."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.words, self.word_weights = self.vocabulary(30_000, 2, 4)
        self.names, self.name_weights = self.vocabulary(20_000, 2, 3)
        self.journals, self.journal_weights = self.vocabulary(3_000, 2, 4)

    def vocabulary(self, size: int, shortest: int, longest: int) -> tuple[list[str], list[float]]:
        made: dict[str, None] = {}
        while len(made) < size:
            syllables = self.random.randint(shortest, longest)
            made[
                "".join(self.random.choice("bdfgklmnprstvz") + self.random.choice("aeiou") for _ in range(syllables))
            ] = None
        return list(made), list(accumulate(1 / (rank + 3) for rank in range(size)))

    def draw(self, number: int) -> list[str]:
        return self.random.choices(self.words, cum_weights=self.word_weights, k=number)

    def title(self) -> str:
        words = self.draw(self.random.randint(6, 16))
        for place in range(2, len(words), 3):
            words.insert(place, self.random.choice(["of", "in", "and", "with", "for", "after", "on"]))
        if self.random.random() < 0.4:
            words[len(words) // 2] += ":"
        return " ".join(words).capitalize()

    def record(self, number: int) -> Record:
        chance = self.random.random
        year = self.random.randint(1995, 2025)
        journal = self.random.choices(range(len(self.journals)), cum_weights=self.journal_weights)[0]
        page = self.random.randint(1, 2500)
        people = self.random.choices(self.names, cum_weights=self.name_weights, k=self.random.randint(1, 9))
        bare = chance() < 0.01
        return Record(
            source="synthetic",
            accession=str(number),
            title=self.random.choice(["Editorial", "Reply", "Letter to the editor"]) if bare else self.title(),
            authors=tuple(f"{name.capitalize()}, {self.given()}" for name in people),
            journal=f"Journal of {self.journals[journal]} {self.words[journal]}".title(),
            volume=str(year - 1950 - journal % 40),
            issue=str(self.random.randint(1, 12)) if chance() < 0.8 else "",
            pages=f"{page}-{page + self.random.randint(1, 14)}" if chance() < 0.9 else "",
            published=str(year),
            abstract="" if bare or chance() < 0.1 else " ".join(self.draw(self.random.randint(120, 220))).capitalize(),
            doi=f"10.9999/synthetic.{number}" if chance() < 0.7 else "",
        )

    def given(self) -> str:
        return f"{self.random.choice(self.names).capitalize()} {self.random.choice('ABCDEFGHJKLMNPRST')}"

    def sibling(self, record: Record, number: int) -> Record:
        """Another publication of the same people in the same journal and year, with a title that begins alike."""
        words = record.title.split()
        other = self.record(number)
        title = " ".join(words[: len(words) // 2] + self.draw(len(words) - len(words) // 2))
        return replace(
            other,
            title=title,
            authors=record.authors,
            journal=record.journal,
            volume=record.volume,
            published=record.published,
        )

    def in_supplement(self, record: Record, supplement: int) -> Record:
        """An abstract of a supplement whose DOI stands on each of its abstracts."""
        return replace(
            record,
            doi=f"10.9999/supplement.{supplement}",
            journal=f"Journal of {self.journals[supplement]}".title(),
            volume="40",
            issue="Suppl 1",
            pages=f"S{self.random.randint(1, 300)}",
            published="2015",
        )

    def again(self, record: Record, number: int) -> Record:
        """The same publication as another database gives it."""
        chance = self.random.random
        title = record.title
        if chance() < 0.3:
            title = title.title() + "."
        if chance() < 0.1:
            at = self.random.randrange(len(title))
            title = title[:at] + self.random.choice("aeiou") + title[at + 1 :]
        if chance() < 0.05:
            title = title.split(":")[0]
        if chance() < 0.05:
            title += ". [Lingua]"
        authors = record.authors
        if chance() < 0.5:
            authors = tuple(
                f"{family}, {given[0]}. {given[-1]}." for family, given in (name.split(", ") for name in authors)
            )
        if chance() < 0.1:
            authors = authors[:3]
        pages = record.pages
        if "-" in pages and chance() < 0.5:
            first, last = pages.split("-")
            pages = f"{first}-{last[-2:]}" if len(first) == len(last) and first[:-2] == last[:-2] else pages
        journal = record.journal
        if chance() < 0.5:
            journal = " ".join("J" if word == "Journal" else word[:4] for word in journal.split() if word != "Of")
        year = str(int(record.year) + (chance() < 0.05))
        return Record(
            source="synthetic",
            accession=str(number),
            title=title,
            authors=authors,
            journal=journal,
            volume=record.volume if chance() < 0.9 else "",
            issue=record.issue if chance() < 0.7 else "",
            pages=pages if chance() < 0.9 else "",
            published=year,
            abstract=record.abstract if chance() < 0.8 else "",
            doi=record.doi if chance() < 0.5 else "",
        )


def synthetic(number: int, seed: int = 20) -> Iterator[tuple[Record, int]]:
    """Records, each with the number of the one that it is: in random order, and the same for the same seed."""
    maker = Maker(seed)
    originals = round(number * (1 - SHARE))
    made: list[tuple[Record, int]] = []
    for each in range(originals):
        record = maker.record(each)
        if each % 50 == 1:
            record = maker.sibling(made[-1][0], each)
        elif each % 50 == 2:
            record = maker.in_supplement(record, each // 5_000)
        made.append((record, each))
    for each in range(originals, number):
        original = maker.random.randrange(originals)
        made.append((maker.again(made[original][0], each), original))
    maker.random.shuffle(made)
    yield from made


if __name__ == "__main__":
    main()
