"""Cards are written when they say something new, and results only from the card that was read."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from perennial.files import remove_parts, replace_file
from perennial.identity.card import read_card, write_card
from perennial.lock import RUN, begin_run

PATHS = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "src")}
KILLED = """
import os, sys
from pathlib import Path
from perennial.files import replace_file

def chunks():
    yield b"a part"
    os._exit(9)

replace_file(Path(sys.argv[1]), chunks())
"""


def test_a_card_that_says_the_same_keeps_its_date(tmp_path):
    path = tmp_path / "pool" / "orr.json"
    write_card(path, {"b": 1, "a": [1, 2]})
    os.utime(path, (1, 1))
    write_card(path, {"a": [1, 2], "b": 1})
    assert path.stat().st_mtime == 1
    write_card(path, {"a": [2, 1], "b": 1})
    assert path.stat().st_mtime > 1


def test_a_result_carries_the_digest_of_its_card(tmp_path):
    write_card(tmp_path / "card.json", {"rows": []})
    card = read_card(tmp_path / "card.json")
    card.write_json(tmp_path / "result.json", {"k": 0})
    assert json.loads((tmp_path / "result.json").read_bytes()) == {"card_sha256": card.sha256, "k": 0}


def test_a_result_of_a_card_that_changed_meanwhile_is_not_written(tmp_path):
    write_card(tmp_path / "card.json", {"rows": []})
    card = read_card(tmp_path / "card.json")
    write_card(tmp_path / "card.json", {"rows": [1]})
    with pytest.raises(SystemExit, match="changed while"):
        card.write(tmp_path / "result.json", b"old")
    assert not (tmp_path / "result.json").exists()


def test_a_job_that_outlives_its_run_writes_nothing_once_another_run_began(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(RUN, "run by hand until now")
    write_card(tmp_path / "card.json", {"rows": []})
    assert begin_run()
    card = read_card(tmp_path / "card.json")
    card.write(tmp_path / "result.json", b"of the run that began")
    monkeypatch.setenv(RUN, "the run that was killed")
    with pytest.raises(SystemExit, match="another one began"):
        card.write(tmp_path / "result.json", b"late")
    assert (tmp_path / "result.json").read_bytes() == b"of the run that began"
    monkeypatch.delenv(RUN)
    card.write(tmp_path / "result.json", b"by hand")
    assert (tmp_path / "result.json").read_bytes() == b"by hand"


def test_what_was_begun_and_not_finished_is_removed_and_nothing_else(tmp_path):
    replace_file(tmp_path / "deep" / "file.json", b"whole")
    killed = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path / "deep" / "other.json")], env=PATHS)
    assert killed.returncode == 9
    assert len(list((tmp_path / "deep").iterdir())) == 2
    remove_parts(tmp_path)
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["file.json"]


def test_a_refused_card_ends_the_program_with_the_reasons(tmp_path):
    write_card(tmp_path / "card.json", {"refused": ["first reason", "second reason"]})
    with pytest.raises(SystemExit, match="first reason\nsecond reason"):
        read_card(tmp_path / "card.json")


def test_numbers_that_are_none_are_not_written(tmp_path):
    with pytest.raises(ValueError, match="JSON compliant"):
        write_card(tmp_path / "card.json", {"value": float("nan")})


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path):
    target = tmp_path / "file"
    replace_file(target, b"first")
    with pytest.raises(TypeError):
        replace_file(target, "not bytes")
    assert target.read_bytes() == b"first"
    assert list(tmp_path.iterdir()) == [target]
