"""The walk in docs/walk.md, tried as a newcomer would: each command is run, each list is filled in, each output compared."""

import csv
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from perennial.csv_table import FILL_IN, csv_table

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```(\w+) ?([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def test_the_walk_goes_as_it_is_told(project):
    practice, printed = project.root.parent / "practice", ""
    shutil.rmtree(practice, ignore_errors=True)
    shutil.copytree(ROOT / "docs", project.root / "docs", dirs_exist_ok=True)
    for kind, told, text in BLOCK.findall((ROOT / "docs" / "walk.md").read_text(encoding="utf-8")):
        asked = dict(each.split("=") for each in told.split() if "=" in each)
        if kind == "sh":
            printed = shell(project, text)
        elif kind == "text":
            assert printed.endswith(text)
        elif asked:
            fill(practice / "results" / "todo" / f"{asked['fill']}.csv", text.splitlines(), practice / asked["save"])
        else:
            (practice / told).write_text(text, encoding="utf-8")
    waiting = (practice / "results" / "todo" / "consensus.csv").read_text().splitlines()
    assert len(waiting) == 1, "nothing that the walk handed back is asked again"


def shell(project, text: str) -> str:
    done = subprocess.run(["bash", "-euo", "pipefail", "-c", text], cwd=project.root, env=project.environment, capture_output=True, text=True, timeout=300)  # fmt: skip
    assert done.returncode == 0, f"{text}\n{done.stdout[-2000:]}{done.stderr[-3000:]}"
    return done.stdout


def fill(work: Path, cells: list[str], target: Path) -> None:
    """Fill `cells` into the rows of the list whose first named column begins as they say; the others stay as they are."""
    with work.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        rows, columns = list(reader), reader.fieldnames
    for told in csv.DictReader(cells):
        name, begins = next(iter(told.items()))
        (row,) = [row for row in rows if row[name] == begins] or [row for row in rows if row[name].startswith(begins)]
        new = {column: value for column, value in told.items() if value and column != name and row[column] != value}
        assert new.keys() <= {each.strip() for each in row[FILL_IN].split(",")}, "the list asks for these cells"
        row |= new
    target.parent.mkdir(exist_ok=True)
    target.write_bytes(csv_table(columns, rows))


@pytest.mark.parametrize(
    "file", ["searching.md", "screening.md", "extracting.md", "statistics.md", "versions.md", "walk.md"]
)
def test_a_newcomer_finds_each_page_from_the_readme(file):
    assert f"docs/{file}" in (ROOT / "README.md").read_text(encoding="utf-8")
