"""What was found before is remembered in a file that changes nothing but the time; records here are synthetic."""

import random
from dataclasses import replace

import numpy as np
import pytest

from perennial.records.duplicates import comparing, remembered
from perennial.records.duplicates.find import find_duplicates
from perennial.records.duplicates.forms import digest_of
from perennial.records.record import Record

WORDS = [f"word{number}" for number in range(30)]


def records(number: int, seed: int = 3) -> list[Record]:
    """Records of which many are nearly the same."""
    chance = random.Random(seed)
    made = []
    for each in range(number):
        if made and each % 3:
            original = chance.choice(made)
            made.append(
                replace(
                    original,
                    accession=str(each),
                    title=original.title + chance.choice(["", ".", ": a trial"]),
                    pages=chance.choice([original.pages, ""]),
                )
            )
        else:
            title = "Synthetic record " + " ".join(chance.sample(WORDS, 6))
            made.append(
                Record(
                    source="synthetic",
                    accession=str(each),
                    title=title,
                    authors=(f"Name{chance.randrange(9)}, A.",),
                    volume=str(each),
                    pages=f"{each}-{each + 9}",
                    published="2020",
                )
            )
    return made


@pytest.fixture
def asked(monkeypatch) -> list[int]:
    """How many pairs were judged anew in each call."""
    numbers = []

    def counted(records, pairs):
        numbers.append(len(pairs))
        return judged(records, pairs)

    judged = comparing.judged
    monkeypatch.setattr(comparing, "judged", counted)
    return numbers


def test_only_what_is_new_is_compared(tmp_path, asked):
    file, made = tmp_path / "new" / "remembered", records(60)
    first = find_duplicates(made, remembered=file)
    written = file.read_bytes()
    assert find_duplicates(made[::-1], remembered=file) == first
    assert file.read_bytes() == written
    another = replace(made[5], accession="another", title=made[5].title + "!")
    changed = [*made[:-1], replace(made[-1], journal="Journal of Synthetic Records"), another]
    assert find_duplicates(changed, remembered=file) == find_duplicates(changed)
    everything, nothing, few, _ = asked
    assert everything > 20 and nothing == 0 and 0 < few < everything / 2


@pytest.mark.parametrize(
    "field",
    [
        "kind",
        "title",
        "authors",
        "collectives",
        "journal",
        "volume",
        "issue",
        "pages",
        "published",
        "abstract",
        "doi",
        "pmid",
        "pmcid",
        "registry_ids",
    ],
)
def test_a_record_that_changed_is_another(field):
    one = records(1)[0]
    changed = ("Other, O.",) if isinstance(getattr(one, field), tuple) else "1999"
    assert digest_of(replace(one, **{field: changed})) != digest_of(one)
    assert digest_of(replace(one, url="https://synthetic.invalid/")) == digest_of(one)


def test_records_that_are_gone_are_forgotten(tmp_path):
    file, made = tmp_path / "remembered", records(60)
    find_duplicates(made, remembered=file)
    assert find_duplicates(made[:30], remembered=file) == find_duplicates(made[:30])
    alone = tmp_path / "alone"
    find_duplicates(made[:30], remembered=alone)
    assert file.read_bytes() == alone.read_bytes()


def test_an_id_is_not_what_is_remembered(tmp_path):
    """The same content under other ids, in another order."""
    file, made = tmp_path / "remembered", records(60)
    find_duplicates(made, remembered=file)
    renamed = [replace(record, accession=f"x{59 - int(record.accession):02}") for record in made]
    assert find_duplicates(renamed, remembered=file) == find_duplicates(renamed)


def test_a_file_that_is_broken_anywhere_is_not_believed(tmp_path):
    file, made = tmp_path / "remembered", records(30)
    expected = find_duplicates(made, remembered=file)
    whole = file.read_bytes()
    chance = random.Random(5)
    broken = [b"", b"SQLite format 3\0", whole[:20], whole[:-1], whole + b"\0", bytes(len(whole))]
    for _ in range(12):
        at = chance.randrange(len(whole))
        broken.append(whole[:at] + bytes([whole[at] ^ 1 << chance.randrange(8)]) + whole[at + 1 :])
    for data in broken:
        file.write_bytes(data)
        assert find_duplicates(made, remembered=file) == expected
        assert file.read_bytes() == whole


def test_a_file_of_other_code_is_not_believed(tmp_path, monkeypatch):
    """What it says is false: believed, it would join nothing."""
    file, made = tmp_path / "remembered", records(30)
    expected = find_duplicates(made, remembered=file)
    known = remembered.load(file, comparing.PROGRAM, comparing.SORTS)
    false = known._replace(verdicts=known.verdicts.copy())
    false.verdicts["finding"] = comparing.Finding.DIFFERENT
    remembered.save(file, comparing.PROGRAM, false)
    assert expected.clusters and not find_duplicates(made, remembered=file).clusters
    with monkeypatch.context() as patched:
        patched.setattr(remembered, "code_of", lambda program: {"packages": {"bib-dedupe": "0.10"}})
        remembered.save(file, comparing.PROGRAM, false)
    assert find_duplicates(made, remembered=file) == expected


def test_killed_while_writing_leaves_the_file_as_it_was(tmp_path, monkeypatch):
    file, made = tmp_path / "remembered", records(30)
    find_duplicates(made[:20], remembered=file)
    whole = file.read_bytes()

    def killed(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("os.replace", killed)
        with pytest.raises(KeyboardInterrupt):
            find_duplicates(made, remembered=file)
    assert file.read_bytes() == whole
    assert find_duplicates(made, remembered=file) == find_duplicates(made)


def test_nothing_to_remember(tmp_path):
    file = tmp_path / "remembered"
    find_duplicates([], remembered=file)
    assert find_duplicates([], remembered=file) == find_duplicates([])
    known = remembered.load(file, comparing.PROGRAM, comparing.SORTS)
    assert known.keys.shape == (0, comparing.SORTS) and known.verdicts.dtype == np.dtype(remembered.VERDICT)
