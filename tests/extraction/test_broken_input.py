"""Broken and odd evidence, each with the message that its owner sees.

The evidence is that of the shipped review with one thing changed.
"""

import shutil
from pathlib import Path

import pytest
import yaml

from perennial.extraction.checks import find_problems
from perennial.extraction.evidence import read_evidence

ROOT = Path(__file__).parents[2]
SCHEMAS = ROOT / "workflow" / "schemas"
OUTCOMES, ARMS = "data/extraction/outcomes.csv", "data/extraction/arms.csv"
REPORTS, STUDIES = "data/reports.csv", "data/studies.csv"


@pytest.fixture
def folder(tmp_path):
    shutil.copytree(ROOT / "data", tmp_path / "data")
    return tmp_path


def problems(folder: Path, stops: bool = True, **changes) -> list[str]:
    config = yaml.safe_load((ROOT / "config" / "config.yaml").read_text(encoding="utf-8"))
    config |= {"checks": {"percent_tolerance": 5}} | changes
    found = find_problems(read_evidence(folder, SCHEMAS), config)
    return [str(problem) for problem in found if problem.stops == stops]


def replace(folder: Path, file: str, old: str, new: str) -> None:
    text = (folder / file).read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times"
    (folder / file).write_text(text.replace(old, new), encoding="utf-8")


def test_the_shipped_evidence_has_nothing_that_cannot_be_right(folder):
    assert problems(folder) == []


def test_what_is_odd_in_the_shipped_evidence(folder):
    """The paper's own contradictions: percentages of other counts, a percentage of no count, a patient in no part."""
    assert problems(folder, stops=False) == [
        f"{OUTCOMES}, row 2 (chong2025-post-orr), column reported_percent: '40': 11/27 is 40.7 percent. "
        "Remedy: compare with the source; the counts are used.",
        f"{OUTCOMES}, row 3 (chong2025-post-cr), column reported_percent: '23': 6/27 is 22.2 percent. "
        "Remedy: compare with the source; the counts are used.",
        f"{OUTCOMES}, row 5 (hutchings2023-glofitamab-post-cr), column reported_percent: '37': 20/52 is 38.5 percent. "
        "Remedy: compare with the source; the counts are used.",
        f"{OUTCOMES}, row 73 (topp2025-post-orr-relapsed), column reported_percent: '84.2': no whole number of 17 "
        "patients is 84.2 percent; the nearest is 14/17 = 82.4. Remedy: compare with the source.",
        f"{OUTCOMES}, row 80 (topp2025-post-orr-181-days-to-1-year), column n: '13': the parts by time to relapse after CAR-T "
        "hold 59 patients together, the arm 60. Remedy: compare with the source; some patients are in no part.",
    ]


CHONG = "chong2025-post-orr,chong2025-post,orr,best response,all,not_stated,"

BROKEN = {
    "more events than patients": (
        (OUTCOMES, CHONG + "11,27,reported,40", CHONG + "31,27,reported,40"),
        f"{OUTCOMES}, row 2 (chong2025-post-orr), column events: '31': 31 events among 27 patients. "
        "Remedy: correct events or n.",
    ),
    "more complete than overall responses": (
        (OUTCOMES, "chong2025-post,cr,best response,all,not_stated,6,27,reported,23", "chong2025-post,cr,best response,all,not_stated,12,27,reported,44"),
        f"{OUTCOMES}, row 3 (chong2025-post-cr), column events: '12': more events than orr has in row 2 (11). "
        "Remedy: correct one of the two counts.",
    ),
    "an unknown arm": (
        (OUTCOMES, "chong2025-post-orr,chong2025-post,", "chong2025-post-orr,chong2025-pst,"),
        f"{OUTCOMES}, row 2 (chong2025-post-orr), column arm_id: 'chong2025-pst': {ARMS} knows no such name. "
        f"Remedy: correct it, or add it to {ARMS}.",
    ),
    "an unknown report": (
        (ARMS, "3(2-13),0.8,chong2025-article", "3(2-13),0.8,chong2024-article"),
        f"{ARMS}, row 2 (chong2025-post), column report_id: 'chong2024-article': {REPORTS} knows no such name. "
        f"Remedy: correct it, or add it to {REPORTS}.",
    ),
    "an outcome that is not configured": (
        (OUTCOMES, "chong2025-post-orr,chong2025-post,orr,", "chong2025-post-orr,chong2025-post,orrr,"),
        f"{OUTCOMES}, row 2 (chong2025-post-orr), column outcome: 'orrr': config/config.yaml knows no such name. "
        "Remedy: correct it, or add it to config/config.yaml.",
    ),
    "a percentage that does not fit": (
        (OUTCOMES, CHONG + "11,27,reported,40", CHONG + "11,27,reported,60"),
        f"{OUTCOMES}, row 2 (chong2025-post-orr), column reported_percent: '60': 11/27 is 40.7 percent. "
        "Remedy: correct events, n or the percentage.",
    ),
    "a missing column": (
        (ARMS, "regimen,strategy", "treatment,strategy"),
        f"{ARMS}, row 1, column regimen: the column is missing. Remedy: add it: the treatment.",
    ),
    "a column of no schema": (
        (OUTCOMES, "events,n,events_status", "events,n,event_status"),
        f"{OUTCOMES}, row 1, column event_status: no such column is known. Remedy: use one of row_id, arm_id",
    ),
    "a date that is none": (
        (REPORTS, "article,2025,citation year,\"Chong", "article,2025-13,citation year,\"Chong"),
        f"{REPORTS}, row 2 (chong2025-article), column published: '2025-13': the value does not fit its column. "
        "Remedy: write a date as 2025, 2025-03 or 2025-03-17.",
    ),
    "a number that is none": (
        (OUTCOMES, CHONG + "11,27,reported,40", CHONG + "eleven,27,reported,40"),
        f"{OUTCOMES}, row 2 (chong2025-post-orr), column events: 'eleven': the value does not fit its column. "
        "Remedy: write the number of patients with the event, a whole number from 0.",
    ),
    "an interval that does not contain its estimate": (
        (OUTCOMES, "10.2,reported,4.6,reported", "4.2,reported,4.6,reported"),
        f"{OUTCOMES}, row 50 (topp2025-post-os), column estimate: '4.2': the interval 4.6 to 15.8 does not contain it. "
        "Remedy: correct the estimate or the interval.",
    ),
    "a number beside a status that says there is none": (
        (OUTCOMES, CHONG + "11,27,reported,40", CHONG + "11,27,not_reported,40"),
        f"{OUTCOMES}, row 2 (chong2025-post-orr), column events: '11': a number stands beside the status not_reported. "
        "Remedy: remove it or correct events_status.",
    ),
    "a cell too many": (
        (REPORTS, "Shen 2025, reference 8\"", "Shen 2025, reference 8\",extra"),
        f"{REPORTS}, row 2: the row has 11 cells, the header 10. "
        "Remedy: put quotation marks around a cell that holds a comma.",
    ),
    "a study without a label": (
        (STUDIES, "chong2025,Chong 2025,", "chong2025,,"),
        f"{STUDIES}, row 2 (chong2025), column label: the cell is empty. "
        "Remedy: write how figures and tables name the study.",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_a_changed_cell(folder, name):
    change, message = BROKEN[name]
    replace(folder, *change)
    assert any(found.startswith(message) for found in problems(folder)), "\n".join(problems(folder))


def test_a_duplicated_row(folder):
    lines = (folder / OUTCOMES).read_text(encoding="utf-8").splitlines()
    (folder / OUTCOMES).write_text("\n".join([*lines, lines[1]]) + "\n", encoding="utf-8")
    assert problems(folder) == [
        f"{OUTCOMES}, row 83, column row_id: 'chong2025-post-orr': the row repeats the key of row 2. "
        "Remedy: remove one of the two, or give it a name of its own."
    ]


def test_the_same_result_under_another_name(folder):
    lines = (folder / OUTCOMES).read_text(encoding="utf-8").splitlines()
    again = lines[1].replace("chong2025-post-orr,", "again,", 1)
    (folder / OUTCOMES).write_text("\n".join([*lines, again]) + "\n", encoding="utf-8")
    assert problems(folder) == [
        f"{OUTCOMES}, row 83 (again), column row_id: 'again': the same result stands in row 2 (chong2025-post-orr). "
        "Remedy: remove one, or let it name the other under corrects."
    ]


def test_an_empty_table(folder):
    (folder / OUTCOMES).write_bytes(b"")
    (message,) = problems(folder)
    assert message.startswith(
        f"{OUTCOMES}: the file is empty. Remedy: begin it with the columns row_id, arm_id, outcome,"
    )


def test_a_table_with_a_header_alone_is_merely_odd(folder):
    header = (folder / OUTCOMES).read_text(encoding="utf-8").splitlines()[0]
    (folder / OUTCOMES).write_text(header + "\n", encoding="utf-8")
    assert problems(folder) == []
    assert f"{OUTCOMES}: the table holds no row. Remedy: fill it when there is evidence." in problems(
        folder, stops=False
    )


def test_a_missing_table(folder):
    (folder / ARMS).unlink()
    (message,) = problems(folder)
    assert message.startswith(f"{ARMS}: the file does not exist. Remedy: make it with the columns arm_id, study_id,")


def test_semicolons_and_decimal_commas(folder):
    text = (folder / OUTCOMES).read_text(encoding="utf-8").replace(",", ";").replace(".", ",")
    (folder / OUTCOMES).write_text(text, encoding="utf-8")
    assert problems(folder) == [
        f"{OUTCOMES}: the columns are separated by semicolons. Remedy: save it with commas, and decimal points in numbers."
    ]


def test_a_decimal_comma_in_a_cell(folder):
    replace(folder, OUTCOMES, ",10.2,reported,4.6,", ',"10,2",reported,4.6,')
    assert (
        f"{OUTCOMES}, row 50 (topp2025-post-os), column estimate: '10,2': the value does not fit its column. "
        "Remedy: write a number with a decimal point, such as 12.5."
    ) in problems(folder)


def test_a_byte_order_mark_is_passed_over_and_listed(folder):
    before = read_evidence(folder, SCHEMAS).outcomes.rows
    (folder / OUTCOMES).write_bytes(b"\xef\xbb\xbf" + (folder / OUTCOMES).read_bytes())
    assert problems(folder) == []
    assert read_evidence(folder, SCHEMAS).outcomes.rows == before
    assert problems(folder, stops=False)[0] == (
        f"{OUTCOMES}: it begins with a byte-order mark, which was passed over. "
        "Remedy: nothing needs doing; 'CSV UTF-8' without the mark avoids this line."
    )


def test_a_table_in_latin_1(folder):
    text = (folder / REPORTS).read_text(encoding="utf-8").replace("≥", ">=").encode("latin-1")
    (folder / REPORTS).write_bytes(text)
    assert problems(folder) == [f"{REPORTS}, row 7: 'byte f8': the file is not UTF-8. Remedy: save it as 'CSV UTF-8'."]


def test_line_endings_of_windows_change_nothing(folder):
    before = read_evidence(folder, SCHEMAS).outcomes.rows
    (folder / OUTCOMES).write_bytes((folder / OUTCOMES).read_bytes().replace(b"\n", b"\r\n"))
    assert read_evidence(folder, SCHEMAS).outcomes.rows == before


def test_a_group_of_a_column_that_is_not_there(folder):
    config = yaml.safe_load((ROOT / "config" / "config.yaml").read_text(encoding="utf-8"))
    groups = config["groups"] | {"naive": {"label": "CAR-T-naive", "where": {"prior_cartt": ["no"]}}}
    assert problems(folder, groups=groups) == [
        f"{ARMS}, row 1, column prior_cartt: the group naive of config/config.yaml asks for a column that is not there. "
        "Remedy: add the column or correct the group."
    ]


def test_reasons_that_do_not_add_up_to_their_box(folder):
    replace(folder, "data/screening/legacy.csv", "cohort,5,", "cohort,6,")
    message = "data/screening/legacy.csv, row 3 (2025-05-20), column count: '9': the reasons of records_excluded add up to 10. Remedy: compare with the source."
    assert message in problems(folder, stops=False)


def test_a_reason_that_is_no_code(folder):
    path = folder / "data" / "screening" / "decisions.csv"
    header, first, *rest = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join([header, first.replace("not_prospective", "not_prospectve"), *rest]), encoding="utf-8")
    [said] = [each for each in problems(folder, stops=False) if "decisions.csv" in each]
    assert said.startswith("data/screening/decisions.csv, row 2 (digest:")
    assert "column reason: 'not_prospectve': config/config.yaml knows no such code. Remedy: use a code of" in said


def test_a_variant_with_more_events_than_patients(folder):
    replace(folder, "data/extraction/variants.csv", ",cr,3,26,", ",cr,30,26,")
    assert problems(folder) == [
        "data/extraction/variants.csv, row 2 (chong-cr-bartlett2023), column events: '30': more events than patients. "
        "Remedy: correct one of the two counts."
    ]


def test_a_claim_that_is_no_number_of_its_decimals(folder):
    replace(folder, "data/published/claims.csv", "orr.monotherapy,i2,68.24,2\nc018", "orr.monotherapy,i2,68.2,2\nc018")
    assert problems(folder) == [
        "data/published/claims.csv, row 18 (c017), column value: '68.2': the value is no number with 2 decimals. "
        "Remedy: correct it or decimals, or leave decimals empty for words."
    ]
