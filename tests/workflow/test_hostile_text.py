"""Hostile text in every text column and every label: the page stays inert, the tables safe, the figures whole."""

import csv
import re
import shutil
from html.parser import HTMLParser

import docx
import pytest
import yaml

NASTY = "=cmd|'/C calc'!A0 <script>alert(1)</script><img src=x onerror=alert(2)> \"quotes\" \u202egnp.exe $x_1$ & {{ 7 * 7 }} "
COLUMNS = {
    "data/studies.csv": ["label", "registry_id", "design", "note"],
    "data/reports.csv": ["citation", "locator"],
    "data/extraction/arms.csv": ["label", "regimen", "population", "prior_lines", "locator"],
    "data/extraction/outcomes.csv": ["timepoint", "unit", "locator", "quote", "extractor"],
    "data/screening/legacy.csv": ["reason", "locator"],
    "data/published/claims.csv": ["location", "text"],
    "data/published/references.csv": ["first_author", "journal"],
}


@pytest.fixture(scope="module")
def hostile(whole_run, tmp_path_factory):
    project = whole_run[0].copy(tmp_path_factory.mktemp("hostile") / "project")
    for file, columns in COLUMNS.items():
        path = project.root / file
        with path.open(encoding="utf-8", newline="") as source:
            rows = list(csv.DictReader(source))
        for row in rows:
            row.update({column: NASTY + row[column] for column in columns if row[column]})
            if row.get("study_id") == "cartron2025" and "design" in row:
                row["label"] = NASTY * 40
        with path.open("w", encoding="utf-8", newline="") as target:
            writer = csv.DictWriter(target, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    path = project.root / "config" / "config.yaml"
    config = yaml.safe_load(path.read_text(encoding="utf-8"))
    for section in ("outcomes", "groups", "models", "comparisons"):
        for definition in config[section].values():
            definition["label"] = NASTY + definition["label"]
    config["review"] = {key: NASTY + text for key, text in config["review"].items()}
    config["review"]["title"] = "T" * 5000
    config["audit"]["as_of"] = str(config["audit"]["as_of"])
    path.write_text(yaml.safe_dump(config, allow_unicode=True), encoding="utf-8")
    run = project.run()
    assert run.code == 0, run.output[-3000:]
    return project


class Elements(HTMLParser):
    def __init__(self, text: str):
        super().__init__()
        self.tags, self.attributes = [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += attributes


def test_the_page_is_inert(hostile):
    page = Elements((hostile.root / "results" / "report" / "index.html").read_text(encoding="utf-8"))
    kinds = [value for name, value in page.attributes if name == "type" and value == "application/json"]
    assert page.tags.count("script") == 1 + len(kinds) == 2, "the page's own, and the trace, which is data"
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    assert all(value.startswith("data:image/svg+xml") for name, value in page.attributes if name == "src")


def test_no_cell_of_a_table_is_a_formula(hostile):
    found = 0
    for path in (hostile.root / "results").rglob("*.csv"):
        with path.open(encoding="utf-8", newline="") as source:
            cells = [cell for row in csv.reader(source) for cell in row]
        assert not [cell for cell in cells if re.match(r"\s*[=+@-]", cell) and not re.fullmatch(r"-?\d+(\.\d+)?", cell)]
        found += sum(cell.startswith("'=cmd") for cell in cells)
    assert found > 100


def test_the_document_opens_and_the_markdown_holds_no_element(hostile):
    document = docx.Document(hostile.root / "results" / "report" / "manuscript.docx")
    assert document.tables
    markdown = (hostile.root / "results" / "report" / "manuscript.md").read_text(encoding="utf-8")
    assert "<script>" not in markdown
    assert "<img" not in markdown


def test_a_browser_runs_none_of_it(hostile):
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if not chromium:
        pytest.skip("no Chromium is here")
    playwright = pytest.importorskip("playwright.sync_api")
    said = []
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 390, "height": 800})
        page.on("dialog", lambda dialog: (said.append(dialog.message), dialog.dismiss()))
        page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
        page.goto((hostile.root / "results" / "report" / "index.html").as_uri())
        width = page.evaluate("document.documentElement.scrollWidth")
        browser.close()
    assert said == []
    assert width <= 390
