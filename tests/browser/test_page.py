"""The page in a real browser: nothing asked for, nothing wrong, and every way of reading it works."""

import shutil

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
if not CHROMIUM:
    pytest.skip("no Chromium is here", allow_module_level=True)

playwright = pytest.importorskip("playwright.sync_api")
axe = pytest.importorskip("axe_playwright_python.sync_playwright")

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]


@pytest.fixture(scope="module")
def address(whole_run):
    project, run = whole_run
    assert run.code == 0, run.output
    return (project.root / "results" / "report" / "index.html").as_uri()


@pytest.fixture(scope="module")
def browser():
    with playwright.sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield started
        started.close()


@pytest.fixture
def opened(browser, address):
    """Opens the page with given settings; afterwards no request had left it and no error stood on the console."""
    contexts, requests, errors = [], [], []

    def visit(fragment: str = "", **settings):
        context = browser.new_context(**settings)
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: requests.append(request.url))
        page.on(
            "console", lambda message: errors.append(message.text) if message.type in ("error", "warning") else None
        )
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(address + fragment)
        return page

    yield visit
    for context in contexts:
        context.close()
    assert {url.partition("#")[0] for url in requests if not url.startswith("data:")} == {address}
    assert errors == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_no_violation_of_accessibility_rules(opened, scheme, width):
    page = opened(viewport={"width": width, "height": 800}, color_scheme=scheme)
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    found = axe.Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("width", [320, 390, 768])
def test_a_narrow_screen_scrolls_in_tables_and_figures_alone(opened, width):
    page = opened(viewport={"width": width, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_page_is_whole_without_scripts(opened):
    page = opened(java_script_enabled=False)
    assert page.locator("button").count() == 0
    assert page.get_by_text("54.5%").first.is_visible()
    page.locator("#audit summary").click()
    assert page.locator("#audit table").nth(2).is_visible()


def test_a_table_sorts_by_number_and_back(opened):
    page = opened()
    header = page.locator("#models th", has_text="τ²").last
    header.get_by_role("button").click()
    assert header.get_attribute("aria-sort") == "ascending"
    column = header.evaluate("(cell) => cell.cellIndex")
    cells = f"Array.from(document.querySelectorAll('#models tbody tr')).map((row) => row.cells[{column}].textContent)"
    up = [float(text) for text in page.evaluate(cells)]
    assert up == sorted(up)
    header.get_by_role("button").click()
    assert [float(text) for text in page.evaluate(cells)] == sorted(up, reverse=True)
    assert header.get_attribute("aria-sort") == "descending"


def test_a_table_filters(opened):
    page = opened()
    rows = page.locator("#audit .scroll").nth(1).locator("tbody tr")
    everything = rows.count()
    page.locator("#audit input[type=search]").first.fill("References")
    visible = rows.locator("visible=true")
    shown = visible.count()
    assert 0 < shown < everything
    assert all("References" in text for text in visible.all_text_contents())
    assert page.locator("#audit [role=status]").first.text_content().strip() == f"{shown} of {everything}"


def test_a_deep_link_leads_to_its_result(opened):
    page = opened("#cr-naive-recommended")
    target = page.locator("#cr-naive-recommended")
    assert target.is_visible()
    assert target.bounding_box()["y"] < page.viewport_size["height"]


def test_the_keyboard_reaches_results_sorting_and_figures(opened):
    page = opened()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the results"
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == "#results"
    button = page.locator("#models th button").first
    button.focus()
    page.keyboard.press("Enter")
    assert page.locator("#models th").first.get_attribute("aria-sort") == "ascending"
    enlarge = page.get_by_role("button", name="Enlarge: Forest plot").first
    enlarge.focus()
    page.keyboard.press("Enter")
    assert page.locator("dialog[open] img").count() == 1
    page.keyboard.press("Escape")
    assert page.locator("dialog[open]").count() == 0
    assert page.evaluate("document.activeElement.textContent") == "Enlarge"


def test_no_script_but_the_pages_own_runs(opened):
    """What a hostile text might bring in is refused by the policy, were it ever to get past the escaping."""
    page = opened(java_script_enabled=True)
    policy = page.locator("meta[http-equiv='Content-Security-Policy']").get_attribute("content")
    assert "unsafe" not in policy
    assert policy.startswith("default-src 'none';")
    assert page.evaluate("document.querySelectorAll('[style], [onclick], [onerror]').length") == 0


def test_it_prints(opened):
    page = opened()
    page.emulate_media(media="print")
    assert not page.locator("nav").is_visible()
    assert page.pdf(format="A4").startswith(b"%PDF")


def trace_of(page):
    return page.locator("dialog.trace")


@pytest.mark.parametrize("width", [390, 1280])
def test_a_number_opens_its_trace_beside_it(opened, width):
    page = opened(viewport={"width": width, "height": 800}, has_touch=True)
    number = page.locator('[data-trace="orr.monotherapy.estimate"]').first
    number.tap() if width == 390 else number.click()
    trace = trace_of(page)
    assert trace.is_visible()
    assert trace.locator("#trace-name").text_content() == "orr.monotherapy.estimate"
    page.get_by_role("button", name="Open all").click()
    told = trace.text_content()
    for step in ("summary.json", "models.as_published", "scripts/pool.py", "“35(76.1)”", "study cartron2025", "PubMed"):
        assert step in told
    box, panel = number.bounding_box(), trace.bounding_box()
    assert box["y"] + box["height"] <= panel["y"] or box["x"] + box["width"] <= panel["x"], (
        "the trace covers its number"
    )
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_on_the_right_of_the_page_the_trace_opens_on_the_left(opened):
    page = opened(viewport={"width": 1280, "height": 800})
    cell = page.locator('#table-2 [data-trace^="responses."]').last
    cell.click()
    box, panel = cell.bounding_box(), trace_of(page).bounding_box()
    assert panel["x"] == 0
    assert box["x"] >= panel["width"]


def test_the_keyboard_opens_a_trace_and_comes_back(opened):
    page = opened()
    first = page.locator("#models tbody [data-trace]").first
    first.focus()
    for key in ("ArrowRight", "ArrowDown", "ArrowLeft", "End", "Home", "ArrowRight"):
        page.keyboard.press(key)
    here = page.evaluate("document.activeElement.dataset.trace")
    assert here.startswith("orr.")
    for key in ("Enter", " "):
        page.keyboard.press(key)
        assert page.evaluate("document.activeElement.id") == "trace-name"
        assert page.locator("#trace-name").text_content() == here
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Open all"
        page.keyboard.press("Escape")
        assert not trace_of(page).is_visible()
        assert page.evaluate("document.activeElement.dataset.trace") == here


@pytest.mark.parametrize("width", [390, 1280])
def test_evidence_tells_what_of_the_page_rests_on_it(opened, width):
    page = opened(viewport={"width": width, "height": 800})
    page.locator('[data-trace="orr.monotherapy.estimate"]').first.click()
    panel = trace_of(page)
    panel.locator("summary", has_text="extraction row cartron2025-post-orr:").first.click()
    panel.locator("summary", has_text="arm cartron2025-post").first.click()
    panel.locator("li:has(> span > strong:text('study cartron2025:')) > button").first.click()
    assert panel.locator("#trace-name").text_content() == "What rests on study/cartron2025"
    assert "perennial impact cartron2025" in panel.text_content()
    named = panel.locator("li li > button").all_text_contents()
    assert "orr.monotherapy.estimate" in named and "cr.monotherapy.estimate" in named
    assert not [name for name in named if name.startswith("orr.combination.")]
    found = axe.Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    panel.locator("summary", has_text="responses.cartron2025-post (").click()
    panel.get_by_role("button", name="responses.cartron2025-post.cr", exact=True).click()
    assert panel.locator("#trace-name").text_content() == "responses.cartron2025-post.cr"
    assert page.locator(".asked").first.get_attribute("data-trace") == "responses.cartron2025-post.cr"
    panel.locator("summary", has_text="extraction row cartron2025-post-cr:").click()
    panel.get_by_role("button", name="What rests on it").first.click()
    panel.get_by_role("button", name="Back").click()
    assert panel.locator("#trace-name").text_content() == "responses.cartron2025-post.cr"


def test_a_table_is_one_stop_of_the_keyboard_and_the_page_has_few(opened):
    page = opened()
    stops = page.evaluate(
        "Array.from(document.querySelectorAll('[data-trace][tabindex=\"0\"]'), (each) => each.closest('table') ? 'table' : 'text')"
    )
    tables = page.locator("table:has([data-trace]:not([data-trace^='none.']))").count()
    assert stops.count("table") == tables
    assert len(stops) < 120


def test_an_open_trace_breaks_no_rule_of_accessibility(opened):
    page = opened(viewport={"width": 390, "height": 800})
    page.locator('[data-trace="orr.monotherapy.ci"]').first.click()
    page.get_by_role("button", name="Open all").click()
    found = axe.Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def test_links_and_sorting_work_as_before(opened):
    page = opened()
    page.locator("#results .card h3 a").first.click()
    page.locator("#models th button").first.click()
    assert not trace_of(page).is_visible()


def test_every_name_on_the_page_has_a_trace_in_it(opened):
    page = opened()
    lost = page.evaluate(
        """() => {
          const names = new Set(JSON.parse(document.getElementById("trace-data").textContent).names);
          return Array.from(document.querySelectorAll("[data-trace]"), (each) => each.dataset.trace)
            .filter((name) => !names.has(name));
        }"""
    )
    assert lost == []
