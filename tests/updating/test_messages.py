"""Messages are whole, each is told at least once, and two that tell the same say so."""

import json
import os

import pytest

from perennial.updating.messages import MESSAGES, MessageError, note_told, read_message, read_told, write_message
from perennial.updating.wording import mail, subject, summary

STANDING = {"as_of": "2026-06-01", "records": {"pmid:1": "First"}}


def payload(**changes):
    return {
        "since": None,
        "since_day": None,
        "day": "2026-06-01",
        "review": "A synthetic drug",
        "as_of": "2026-06-01",
        "first": True,
        "up_to_date": True,
        "exit_status": 0,
        "failures": [],
        "mended": [],
        "news": {"records": {"pmid:1": "First"}},
        "records": 1,
        "work": {"screening": 1, "conflicts": 0},
        **changes,
    }


def tell(project, told):
    """Write a message and note that it was told; what was written, and where."""
    folder = write_message(project, told)
    written = read_message(folder)
    note_told(project, written, STANDING, [])
    return written, folder


class Killed(BaseException):
    pass


def test_a_message_is_noted_and_the_next_follows_on_it(tmp_path):
    assert read_told(tmp_path) is None
    first, folder = tell(tmp_path, payload())
    told = read_told(tmp_path)
    assert (told["id"], told["standing"]) == (first["id"], {**STANDING, "records": {"pmid:1": ""}})
    second, later = tell(tmp_path, payload(since=told["id"], since_day="2026-06-01", first=False))
    assert [folder, later] == [tmp_path / MESSAGES / f"2026-06-01-{number}" for number in (1, 2)]
    assert second["replaces"] == []


def test_after_a_death_the_same_message_is_told_again_as_itself(tmp_path):
    lost = write_message(tmp_path, payload())
    assert read_told(tmp_path) is None
    again, folder = tell(tmp_path, payload())
    assert folder == lost
    assert [path.name for path in (tmp_path / MESSAGES).glob("2*")] == ["2026-06-01-1"]
    assert read_told(tmp_path)["id"] == again["id"]


def test_after_a_death_another_message_says_which_it_takes_the_place_of(tmp_path):
    lost = read_message(write_message(tmp_path, payload()))["id"]
    other, folder = tell(tmp_path, payload(day="2026-06-02"))
    assert other["replaces"] == [lost]
    assert f"It takes the place of {lost}, which a run wrote that ended" in (folder / "mail.txt").read_text()
    later, _ = tell(tmp_path, payload(since=other["id"], since_day="2026-06-02", day="2026-06-03"))
    assert later["replaces"] == []


def test_of_several_that_were_not_noted_none_is_told_as_if_the_others_were_not(tmp_path):
    first, second = (read_message(write_message(tmp_path, payload(day=day))) for day in ("2026-06-01", "2026-06-02"))
    third, _ = tell(tmp_path, payload())
    assert third["replaces"] == [first["id"], second["id"]]
    assert len({first["id"], second["id"], third["id"]}) == 3


def test_a_folder_that_somebody_put_there_is_none_of_ours(tmp_path):
    _, folder = tell(tmp_path, payload())
    folder.rename(folder.with_name("2026-06-01-kept"))
    assert tell(tmp_path, payload())[1].name == "2026-06-01-1"


def test_a_message_that_was_half_written_is_none(tmp_path, monkeypatch):
    def die(*_):
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(os, "rename", die)
        with pytest.raises(Killed):
            write_message(tmp_path, payload())
    assert not list((tmp_path / MESSAGES).glob("2*"))
    write_message(tmp_path, payload())
    assert [path.name for path in (tmp_path / MESSAGES).iterdir()] == ["2026-06-01-1"]


def test_the_tenth_message_of_a_day_comes_after_the_ninth(tmp_path):
    since = None
    for _ in range(11):
        since = tell(tmp_path, payload(since=since))[0]["id"]
    assert len(list((tmp_path / MESSAGES).glob("2026-06-01-*"))) == 11
    assert read_message(tmp_path / MESSAGES / "2026-06-01-11")["id"] == since


@pytest.mark.parametrize("content", ["", "[]", '{"id": "a"}'])
def test_a_note_that_cannot_be_read_says_what_to_do(tmp_path, content):
    (tmp_path / MESSAGES).mkdir(parents=True)
    (tmp_path / MESSAGES / "told.json").write_text(content)
    with pytest.raises(MessageError, match=r"exports/messages/told.json.*Remedy: restore it, or delete it"):
        read_told(tmp_path)


def whole(**changes):
    return {"id": "0123456789abcdef", "replaces": [], **payload(**changes)}


def test_a_mail_begins_with_its_subject_and_no_text_can_add_a_header():
    told = whole(review="A drug\nBcc: someone@example.org", news={"records": {"pmid:1": "First\n\nSecond"}})
    header, body = mail(told).split("\n\n", 1)
    assert header.splitlines()[0] == "Subject: [A drug Bcc: someone@example.org] 1 new record"
    assert len(header.splitlines()) == 4
    assert "  pmid:1  First Second\n" in body


def test_a_subject_in_other_letters_is_encoded():
    line = mail(whole(review="Étude à long terme")).splitlines()[0]
    assert line.isascii() and line.startswith("Subject: =?utf-8?")


def test_many_records_are_counted_and_ten_named():
    told = mail(whole(news={"records": {f"pmid:{number:02}": "Title" for number in range(30)}}, records=30))
    assert told.count("  pmid:") == 10
    assert "and 20 more, in results/records/records.jsonl" in told


def test_a_failed_update_says_what_is_not_told_yet():
    failures = [{"what": "rule pool", "said": "line one\nline two"}]
    told = whole(failures=failures, up_to_date=False, exit_status=1, news={})
    assert "What failed\n  rule pool:\n    line one\n    line two\n  The results were not brought up to date" in mail(
        told
    )
    assert summary(told, "exports/messages/2026-06-01-1") == (
        "[A synthetic drug] 1 thing failed\nFailed: rule pool.\nWaiting for people: 1 record to screen.\n"
        "The message: exports/messages/2026-06-01-1\n"
    )


def test_the_gravest_comes_first_in_the_subject():
    told = whole(
        failures=[{"what": "the search of PubMed", "said": ""}],
        news={"records": {"pmid:1": ""}, "notices": {"r: retraction": "PubMed"}, "signals": {"s": "n"}},
    )
    assert (
        subject(told) == "[A synthetic drug] 1 thing failed; 1 notice about an included report; 1 signal; 1 new record"
    )


def test_the_payload_is_json_that_says_the_same(tmp_path):
    folder = write_message(tmp_path, payload())
    told = json.loads((folder / "payload.json").read_bytes())
    assert mail(told) == (folder / "mail.txt").read_text(encoding="utf-8")
