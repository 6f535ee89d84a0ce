"""A new review in a folder of its own: a protocol that teaches and tables that hold their headers; it runs as it is."""

import shlex
import sys
from datetime import date
from pathlib import Path
from string import Template

import yaml

from perennial.csv_table import csv_table
from perennial.extraction.evidence import FILES, RETURNED
from perennial.files import replace_file
from perennial.tables import load_schema
from perennial.workflow.review import IMPORTS

INSTALLATION = Path(__file__).parents[2]
WORKFLOW = INSTALLATION / "workflow"


class NewReviewError(Exception):
    """The review cannot be started there; the message says what to do."""


def start_review(folder: Path, today: date) -> None:
    """Write a review without studies into `folder`, which must be empty or not there yet. Raises NewReviewError."""
    if not (INSTALLATION / "Snakefile").is_file():
        raise NewReviewError(f"{INSTALLATION} holds no workflow. Remedy: use the perennial of a checkout.")
    if folder.is_file() or (folder.is_dir() and any(folder.iterdir())):
        raise NewReviewError(f"{folder}: it is there and is not empty. Remedy: name a folder that is new or empty.")
    config = _template("config.yaml", started=today.isoformat())
    schemas = {name: load_schema(WORKFLOW / "schemas" / f"{name}.schema.yaml") for name in [*FILES, "appraisal"]}
    needed = [name for name in FILES if not schemas[name].get("optional")]
    for name in needed:
        columns = [*schemas[name]["properties"], *(_of_groups(config) if name == "arms" else ())]
        replace_file(folder / FILES[name], csv_table(columns, []))
    for empty in (IMPORTS, RETURNED):
        (folder / empty).mkdir()
    lines = [_line(schemas[name]) for name in sorted(schemas, key=lambda name: name not in needed)]
    told = _template("README.md", tables="\n".join(lines), there=len(needed))
    replace_file(folder / "data" / "README.md", told.encode())
    replace_file(folder / ".gitignore", _template("gitignore").encode())
    replace_file(folder / "config" / "config.yaml", config.encode())


def command(folder: Path) -> str:
    """What runs the review in `folder` from anywhere, with this interpreter and this installation."""
    snakemake, snakefile = Path(sys.executable).with_name("snakemake"), INSTALLATION / "Snakefile"
    words = [snakemake, "--snakefile", snakefile, "--directory", folder.absolute(), "--cores", 2]
    return shlex.join(map(str, words))


def _template(name: str, **told: object) -> str:
    return Template((WORKFLOW / "new_review" / name).read_text(encoding="utf-8")).substitute(told)


def _of_groups(config: str) -> list[str]:
    """The columns of arms.csv that the groups of the protocol are told apart by."""
    groups = yaml.safe_load(config)["groups"].values()
    return sorted({column for group in groups for column in group["where"]})


def _line(schema: dict) -> str:
    """A table in the overview, from the title of its schema: its file, a comma, and what it holds."""
    file, _, holds = schema["title"].partition(", ")
    return f"| `{file.removeprefix('data/')}` | {holds} | {', '.join(schema['required'])} |"
