"""Names of authors as "Family, Given", where the source leaves no doubt which is which."""

import re

from perennial.records.text import one_line, plain

SUFFIXES = ("Jr", "Sr", "II", "III", "IV", "2nd", "3rd")
NUMBER = re.compile(r"\s*\(\d{5,}\)")
DOTTED = re.compile(r"(?:[^\W\d_]\.-?)+")
NOBODY = {"", "et al", "others"}


def person(name: str) -> str:
    """Smith JA and J. A. Smith become "Smith, JA" and "Smith, J. A."; what has a comma, and any other order, stays."""
    name = one_line(plain(name)).strip(" ;")
    if "," in name:
        return re.sub(r"\s*,\s*", ", ", name).removesuffix(", ")
    words = name.split(" ")
    leading = next((count for count, word in enumerate(words) if not DOTTED.fullmatch(word)), 0)
    if leading:
        return f"{' '.join(words[leading:])}, {' '.join(words[:leading])}"
    suffix = [words.pop()] if len(words) > 2 and words[-1].strip(".") in SUFFIXES else []
    given: list[str] = []
    while len(words) > 1 and _initials(words[-1], 1 if given else 4):
        given.insert(0, words.pop())
    return f"{' '.join(words)}, {' '.join(given + suffix)}" if given else name


def _initials(word: str, most: int) -> bool:
    letters = re.sub(r"[.’'-]", "", word)
    return letters.isalpha() and letters.isupper() and len(letters) <= most


def people(texts: list[str]) -> tuple[list[str], list[str]]:
    """The persons, and the groups among them: EndNote writes a group's name with a comma after it."""
    persons, groups = [], []
    for text in texts:
        for name in re.split(r"[;\n]", text):
            if name.strip(" .").lower() in NOBODY:
                continue
            group = name.rstrip().endswith(",") and "," not in name.strip(" ,")
            (groups if group else persons).append(person(name))
    return persons, groups


def listed(cell: str) -> list[str]:
    """The names in one cell of a table. Names between which nothing tells where one ends stay together."""
    cell = NUMBER.sub("", cell.strip())
    for sign in (";", "\n", "|", " and "):
        if sign in cell:
            return [name for name in cell.split(sign) if name.strip()]
    parts = [part.strip() for part in re.split(rf",(?!\s*(?:{'|'.join(SUFFIXES)})\b)", cell) if part.strip()]
    if all("," in person(part) for part in parts) or (len(parts) > 2 and all(" " in part for part in parts)):
        return [part.replace(",", " ") for part in parts]
    if len(parts) > 2 and len(parts) % 2 == 0 and all(_initials(part, 4) for part in parts[1::2]):
        return [f"{family}, {given}" for family, given in zip(parts[::2], parts[1::2], strict=True)]
    return [cell]
