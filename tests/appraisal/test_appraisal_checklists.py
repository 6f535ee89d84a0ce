"""The shipped tools, and what is said of a checklist that cannot be right."""

import json
from copy import deepcopy
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
import yaml

from perennial.appraisal.checklists import (
    IN_CONFLICT,
    NO_ANSWER,
    OVERALL,
    ChecklistError,
    checklist_from,
    read_checklist,
)

FOLDER = Path(__file__).parents[2] / "workflow" / "checklists"
SHIPPED = {"jbi_case_series": 10, "jbi_systematic_reviews": 11, "minors": 12, "rob2": 5, "robins_i": 7}
JUDGED_AS_A_WHOLE = {"rob2", "robins_i"}
ANSWERS = {
    "jbi_case_series": ["yes", "unclear", "no", "not_applicable"],
    "jbi_systematic_reviews": ["yes", "unclear", "no", "not_applicable"],
    "minors": ["2", "1", "0", "not_applicable"],
    "rob2": ["low", "some_concerns", "high"],
    "robins_i": ["low", "moderate", "serious", "critical", "no_information"],
}

# Colours as seen without one kind of cones (Machado, Oliveira and Fernandes 2009, severity 1), in linear RGB.
VISIONS = {
    "usual": np.eye(3),
    "no red": np.array([[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]),
    "no green": np.array([[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]),
    "no blue": np.array([[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]),
}  # fmt: skip
TO_XYZ = np.array([[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]])  # fmt: skip


def shipped(name: str):
    return read_checklist(FOLDER / f"{name}.yaml")


def linear(colour: str) -> np.ndarray:
    parts = np.array([int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)])
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def lab(rgb: np.ndarray) -> np.ndarray:
    x, y, z = np.cbrt(TO_XYZ @ np.clip(rgb, 0.001, 1) / [0.95047, 1, 1.08883])
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def test_these_tools_are_shipped():
    assert {path.stem for path in FOLDER.iterdir()} == set(SHIPPED)


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_tool_has_its_items_and_answers(name):
    tool = shipped(name)
    letter = "D" if name in JUDGED_AS_A_WHOLE else ""
    assert [item.id for item in tool.questions] == [f"{letter}{i}" for i in range(1, SHIPPED[name] + 1)]
    assert [item.id for item in tool.items[SHIPPED[name] :]] == [OVERALL] * (name in JUDGED_AS_A_WHOLE)
    assert [answer.id for answer in tool.answers] == ANSWERS[name]
    assert tool.overall == (name in JUDGED_AS_A_WHOLE)
    assert tool.answers[0].meaning == "good" and "bad" in {answer.meaning for answer in tool.answers}
    assert "doi:10." in tool.citation


@pytest.mark.parametrize("name", SHIPPED)
@pytest.mark.parametrize("vision", VISIONS)
def test_colours_of_a_shipped_tool_are_told_apart_with_any_colour_vision(name, vision):
    """A difference of 2.3 is just noticed side by side."""
    for one, other in combinations(["#ffffff", *(answer.colour for answer in shipped(name).answers)], 2):
        seen = [lab(VISIONS[vision] @ linear(colour)) for colour in (one, other)]
        assert np.linalg.norm(seen[0] - seen[1]) > 10, (one, other)


@pytest.mark.parametrize("name", SHIPPED)
def test_a_checklist_comes_back_from_what_a_card_holds(name):
    assert checklist_from(json.loads(json.dumps(shipped(name).to_dict())), "card") == shipped(name)


def test_items_may_be_called_domains():
    content = yaml.safe_load((FOLDER / "rob2.yaml").read_text(encoding="utf-8"))
    assert "domains" in content
    renamed = {"items" if key == "domains" else key: value for key, value in content.items()}
    assert checklist_from(renamed, "x") == checklist_from(content, "x")


def changed(path: list, value) -> dict:
    content = deepcopy(yaml.safe_load((FOLDER / "minors.yaml").read_text(encoding="utf-8")))
    place = content
    for step in path[:-1]:
        place = place[step]
    if value is None:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return content


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        (["label"], None, ["label is missing"]),
        (["citation"], " ", ["citation", "' '"]),
        (["scores"], [1, 2], ["unknown key 'scores'", "name, label, citation, answers, items, overall"]),
        (["overall"], "no", ["overall", "'no'", "true"]),
        (["answers"], [], ["answers", "[]"]),
        (["answers", 0, "id"], True, ["answers 1 id", "True", "quotation marks"]),
        (["answers", 1, "id"], "2", ["answers 2 id", "'2'", "answers 1"]),
        (["answers", 0, "id"], "not appraised", ["answers 1 id", "'not appraised'"]),
        (["answers", 1, "symbol"], IN_CONFLICT, ["answers 2 symbol", IN_CONFLICT]),
        (["answers", 1, "symbol"], NO_ANSWER, ["answers 2 symbol", NO_ANSWER]),
        (["answers", 1, "symbol"], "2", ["answers 2 symbol", "answers 1"]),
        (["answers", 1, "symbol"], "WWW", ["answers 2 symbol", "'WWW'"]),
        (["answers", 1, "colour"], "red", ["answers 2 colour", "'red'", "#3aa394"]),
        (["answers", 1, "colour"], "#3aa394", ["answers 2 colour", "answers 1"]),
        (["answers", 2, "meaning"], "worst", ["answers 3 meaning", "'worst'", "good, bad, unclear, not_applicable"]),
        (["answers", 2, "weight"], 3, ["answers 3", "unknown key 'weight'"]),
        (["items"], "all", ["items", "'all'"]),
        (["items", 3, "id"], 4, ["items 4 id", "4", "quotation marks"]),
        (["items", 3, "id"], "3", ["items 4 id", "'3'", "items 3"]),
        (["items", 3, "id"], "overall", ["items 4 id", "overall: true"]),
        (["domains"], [{"id": "D1", "label": "Synthetic"}], ["unknown key 'items'"]),
    ],
)
def test_a_wrong_checklist_is_refused_with_place_value_and_remedy(path, value, words):
    with pytest.raises(ChecklistError) as caught:
        checklist_from(changed(path, value), "tools/minors.yaml")
    message = str(caught.value)
    assert message.startswith("tools/minors.yaml") and " Remedy: " in message
    for word in words:
        assert word in message


@pytest.mark.parametrize("content", [None, [], "text", 5])
def test_what_is_no_checklist_at_all_is_refused(content):
    with pytest.raises(ChecklistError, match=r"^f\.yaml: .* Remedy: give the keys name, label"):
        checklist_from(content, "f.yaml")


def test_a_file_must_have_the_name_of_its_checklist(tmp_path):
    path = tmp_path / "other.yaml"
    path.write_bytes((FOLDER / "minors.yaml").read_bytes())
    with pytest.raises(ChecklistError, match=r"other\.yaml, name: 'minors'.*Remedy: write other"):
        read_checklist(path)


def test_what_is_no_yaml_is_refused_with_its_line(tmp_path):
    path = tmp_path / "broken.yaml"
    path.write_text("name: broken\nanswers: [", encoding="utf-8")
    with pytest.raises(ChecklistError, match=r"broken\.yaml.*line 2.*Remedy"):
        read_checklist(path)
