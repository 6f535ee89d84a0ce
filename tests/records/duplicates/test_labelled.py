"""Labelled sets: as exact as bib-dedupe alone, whatever the order, the batches and the hash seed."""

import os
import random
import subprocess
import sys
from itertools import combinations
from pathlib import Path

import pytest

from perennial.records.duplicates.find import Duplicates, find_duplicates
from perennial.records.record import json_line


def joined(found: Duplicates) -> set[tuple[str, str]]:
    return {pair for cluster in found.clusters for pair in combinations(cluster, 2)}


@pytest.mark.parametrize(
    ("name", "recall", "questions"), [("diabetes", 1.0, 10), ("stroke", 0.995, 10), ("special_cases", 0.0, 3)]
)
def test_no_less_exact_than_bib_dedupe_alone(labelled, name, recall, questions):
    """Alone it makes no wrong pair, and finds 1.000, 0.996 and none. All that we leave out is in a short queue."""
    records, truth = labelled(name)
    found = find_duplicates(records)
    assert joined(found) <= truth and len(joined(found)) >= recall * len(truth)
    assert truth - joined(found) <= {(pair.record_a, pair.record_b) for pair in found.uncertain}
    assert len(found.uncertain) <= questions and not found.contradictions


@pytest.mark.parametrize("name", ["diabetes", "stroke"])
def test_batch_after_batch_gives_the_same_as_all_at_once(labelled, tmp_path, name):
    records, _ = labelled(name)
    expected = find_duplicates(records)
    for seed in range(10):
        chance = random.Random(seed)
        shuffled = chance.sample(records, len(records))
        cuts = sorted(chance.sample(range(1, len(records)), 2))
        for end in (*cuts, len(records)):
            found = find_duplicates(shuffled[:end], remembered=tmp_path / str(seed))
        assert found == expected


def test_the_corrigendum_of_the_set_is_the_family_of_its_article(labelled):
    records, _ = labelled("stroke")
    (family,) = find_duplicates(records).families
    titles = {record.record_id: record.title for record in records}
    assert family.why == f"{family.record_a} is an erratum of {family.record_b}, by kind and title"
    assert titles[family.record_a] == f'Corrigendum to "{titles[family.record_b]}"'


def test_the_same_whatever_the_hash_seed(labelled, tmp_path):
    records, _ = labelled("stroke")
    file = tmp_path / "records.jsonl"
    file.write_bytes(b"".join(json_line(record.to_dict()) for record in records))
    program = (
        "import sys; from pathlib import Path\n"
        "from perennial.records.record import Record, read_lines\n"
        "from perennial.records.duplicates.find import find_duplicates\n"
        "print(find_duplicates(map(Record.from_dict, read_lines(Path(sys.argv[1])))))"
    )
    sources = str(Path(__file__).parents[3] / "src")
    outputs = {
        subprocess.run(
            [sys.executable, "-c", program, str(file)],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": sources},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert outputs == {f"{find_duplicates(records)}\n"}
