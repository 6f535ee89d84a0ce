"""The page docs/own-review.md, tried as a new user would: what it says is typed is typed, each output is compared."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "own-review.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+) ?([^\n]*)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
SECTION = r"^{}:.*?(?=^\S|\Z)"


def test_a_review_of_ones_own_goes_as_it_is_told(project):
    review, printed = project.root.parent / "bcg", ""
    shutil.rmtree(review, ignore_errors=True)
    shutil.copytree(ROOT / "docs", project.root / "docs", dirs_exist_ok=True)
    environment = {**project.environment, "PATH": os.pathsep.join([install(project), project.environment["PATH"]])}
    for kind, told, text in BLOCKS:
        match kind:
            case "sh":
                printed = shell(text, project.root, environment)
            case "text":
                assert printed == text
            case "csv":
                (review / told).write_text(text, encoding="utf-8")
            case "yaml":
                replace_sections(review / told, text)
    page = (review / "results" / "report" / "index.html").read_text(encoding="utf-8")
    assert "Not every trial randomised the groups" in page


def test_it_takes_ten_minutes_of_typing():
    typed = sum(len(text) for kind, _, text in BLOCKS if kind != "text")
    assert typed <= 10 * 40 * 5, "forty words of five letters a minute"


def test_a_newcomer_finds_the_page_from_the_readme():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "docs/own-review.md" in readme
    assert "perennial new" in readme


def install(project) -> str:
    """A launcher made by the Makefile for an environment whose interpreter is this one; the folder that it is in."""
    shutil.copy2(ROOT / "Makefile", project.root)
    programs = project.root / ".venv" / "bin"
    programs.mkdir(parents=True)
    (programs / "python").write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    (programs / "python").chmod(0o755)
    shell("make .venv/bin/perennial", project.root, project.environment)
    return str(programs)


def shell(text: str, folder: Path, environment: dict[str, str]) -> str:
    command = ["bash", "-euo", "pipefail", "-c", text]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, f"{text}\n{done.stdout[-2000:]}{done.stderr[-3000:]}"
    return done.stdout


def replace_sections(file: Path, sections: str) -> None:
    """Put each section of `sections` where the file has the section of that name, as far as the next line at the margin."""
    text = file.read_text(encoding="utf-8")
    for section in re.split(r"^(?=\w)", sections, flags=re.MULTILINE)[1:]:
        place = re.compile(SECTION.format(section.partition(":")[0]), re.MULTILINE | re.DOTALL)
        assert len(place.findall(text)) == 1, section
        text = place.sub(lambda _, new=section: new.rstrip() + "\n\n", text)
    file.write_text(text, encoding="utf-8")
