"""What a sidecar must say, and whether all that it declares was read."""

from pathlib import Path

import pytest

from perennial.records.imports.read import read_export
from perennial.records.imports.sidecar import ImportProblem, Sidecar, read_sidecar, reconcile

GOOD = {"database": "Embase", "platform": "Ovid", "query": "synthetic.ti.", "date": "2025-03-17", "hits": "3"}


def write(folder: Path, **values: str) -> Path:
    path = folder / "2025-03-17-embase.yaml"
    path.write_text("".join(f"{key}: {value}\n" for key, value in values.items()), encoding="utf-8")
    return path


def test_a_sidecar_is_read(tmp_path):
    path = write(tmp_path, **GOOD, note="by hand")
    assert read_sidecar(path) == Sidecar("Embase", "Ovid", "synthetic.ti.", "2025-03-17", 3, "by hand")
    without = {key: value for key, value in GOOD.items() if key != "platform"}
    assert read_sidecar(write(tmp_path, **without)).platform == ""


def test_a_query_of_several_lines_keeps_its_lines(tmp_path):
    path = write(tmp_path, **GOOD | {"query": "|\n  1. one\n  2. two"})
    assert read_sidecar(path).query == "1. one\n2. two"


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"hits": "many"}, "hits: 'many'"),
        ({"hits": "-1"}, "hits: -1"),
        ({"hits": "true"}, "hits: True"),
        ({"date": "17 March"}, "date: '17 March'"),
        ({"date": "2025-03"}, "date: '2025-03'"),
        ({"database": ""}, "database: None"),
        ({"database": "[a, b]"}, "database: ['a', 'b']"),
        ({"query": "''"}, "query: ''"),
        ({"hit": "3"}, "hit: 3: no such key"),
    ],
)
def test_what_is_wrong_is_named_with_a_remedy(tmp_path, changed, says):
    path = write(tmp_path, **GOOD | changed)
    with pytest.raises(ImportProblem) as problem:
        read_sidecar(path)
    assert (
        str(problem.value).startswith(f"{path}, ") and says in str(problem.value) and "Remedy: " in str(problem.value)
    )


@pytest.mark.parametrize("text", ["", "- a\n- b\n", "a: [", "just words"])
def test_what_is_no_mapping_is_refused(tmp_path, text):
    path = tmp_path / "x.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ImportProblem, match="Remedy: "):
        read_sidecar(path)


def test_a_missing_sidecar_is_asked_for(tmp_path):
    with pytest.raises(ImportProblem, match=r"does not exist.*Remedy: write it with database"):
        read_sidecar(tmp_path / "none.yaml")


def ovid(*numbers: int, head: str = "{}.") -> bytes:
    pieces = (f"{head.format(number)}\nTY  - JOUR\nTI  - Synthetic record {number}\nER  - \n\n" for number in numbers)
    return "".join(pieces).encode()


def test_all_read_is_all_well():
    reading = read_export(ovid(1, 2) + b"3.\nTY  - JOUR\nER  - \n", "f")
    assert len(reading.set_aside) == 1
    assert reconcile(reading, 3) == []


@pytest.mark.parametrize("head", ["{}.", "<{}>", "Record #{} of 7"])
def test_the_missing_are_named_by_the_numbers_of_the_file(head):
    first, second = reconcile(read_export(ovid(1, 3, 4, head=head), "f"), 7)
    assert "4 are missing" in first and "declares 7 hits" in first
    assert second == "By the file's own numbers these are missing: 2, 5-7."


def test_a_part_of_an_export_can_begin_with_a_later_number():
    assert "502" in reconcile(read_export(ovid(501, 503), "f"), 3)[1]


def test_without_numbers_it_is_said_that_none_tell():
    reading = read_export(b"TY  - JOUR\nTI  - Synthetic record\nER  - \n", "f")
    assert "does not tell which" in reconcile(reading, 2)[1]


def test_too_many_are_named_too():
    first, second, third = reconcile(read_export(ovid(1, 2, 2), "f"), 2)
    assert "1 are too many" in first
    assert second == "The file gives these numbers more than once: 2."
    assert third.endswith("stands at positions 2, 3.")
