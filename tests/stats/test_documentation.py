"""docs/statistics.md, tried: its examples print what they say, its defaults and its degenerate cases are those of the code."""

import doctest
import importlib
import inspect
import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "statistics.md"
TEXT = PAGE.read_text(encoding="utf-8")
BLOCKS = list(re.finditer(r"^```python\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL))
FLAGS = doctest.NORMALIZE_WHITESPACE


def rows(heading: str) -> list[list[str]]:
    """The rows of the table under a heading, its own head left out."""
    section = re.search(rf"^## {heading}$(.*?)(?=^## |\Z)", TEXT, re.MULTILINE | re.DOTALL).group(1)
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def literals(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


@pytest.fixture(scope="module")
def tried() -> tuple[dict, list[str]]:
    """The names left behind by all examples, which build on each other, and what the failed ones print."""
    names, reports = {}, []
    runner = doctest.DocTestRunner(optionflags=FLAGS, verbose=False)
    for block in BLOCKS:
        line = TEXT[: block.start(1)].count("\n")
        examples = doctest.DocTestParser().get_doctest(block.group(1), {}, PAGE.name, str(PAGE), line)
        examples.globs = names
        runner.run(examples, out=reports.append, clear_globs=False)
    return names, reports


def test_every_example_prints_what_the_page_shows(tried):
    assert BLOCKS
    assert all(block.group(1).startswith(">>> ") for block in BLOCKS)
    _, reports = tried
    assert not reports, "\n".join(reports)


DEFAULTS = [
    (cells[0].strip("`"), call) for cells in rows("Functions and their defaults") for call in literals(cells[1])
]


@pytest.mark.parametrize(("module", "call"), DEFAULTS)
def test_arguments_and_defaults_are_those_of_the_code(module, call):
    module = importlib.import_module(f"perennial.stats.{module}")
    names = {}
    exec(f"def {call}: ...", dict(vars(module)), names)
    ((name, printed),) = names.items()

    def arguments(function):
        return [(each.name, each.kind, each.default) for each in inspect.signature(function).parameters.values()]

    assert arguments(printed) == arguments(getattr(module, name))


CASES = [(cells[0], literals(cells[1])[0], literals(cells[2])) for cells in rows("Degenerate cases")]


@pytest.mark.parametrize(("case", "call", "expected"), CASES, ids=[f"{case}: {call}" for case, call, _ in CASES])
def test_degenerate_cases_come_back_as_the_page_says(tried, case, call, expected):
    try:
        result = eval(call, dict(tried[0]))
        printed = "\n".join([str(result), *getattr(result, "warnings", ())])
    except ValueError as refusal:
        printed = f"{type(refusal).__name__}: {refusal}"
    assert expected
    for each in expected:
        assert each in printed
