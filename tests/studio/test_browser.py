"""The studio in a real Chromium: for eyes, for a screen reader, by keyboard alone, and without scripts."""

from __future__ import annotations

import os
import re
import subprocess
import time
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import psycopg
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect, sync_playwright
from psycopg import sql

from tests.conftest import clean_environment
from tests.studio.conftest import PROGRAM, running

pytestmark = pytest.mark.needs("chromium")

USER = "00000000-0000-7000-8000-000000000002"
STRANGER = "00000000-0000-7000-8000-0000000000fe"
EVIL = """<img src=x onerror="document.title='broken in'"><script>document.title='broken in'</script>"""
EVIL_TABLE = """<script>document.title='broken in'</script>"'&"""
PAGES = {
    "home": "/",
    "table": "/table/transactions",
    "table, sorted and filtered": "/table/transactions?f.type.eq=contribution&sort=created_at&dir=desc",
    "table without rows": "/table/transactions?f.type.eq=interest",
    "row": f"/row/user?k.id={USER}",
    "plan": "/plan/table/transactions",
    "queries": "/queries",
    "query": "/query/get_wallet",
    "search": "/search?q=wallet",
    "user": f"/person/{USER}",
    "wallet": f"/person/{USER}/wallet",
    "pictures": "/pictures",
    "diagram": "/pictures/tables/money",
    "fault": "/table/nothing",
}
# What WCAG asks of pages, levels A and AA of 2.0 to 2.2.
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], "resultTypes": ["violations"]}
# All that colours can break.
COLOURS = {
    "runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]},
    "resultTypes": ["violations"],
}


@dataclass
class Watched:
    """A context of the browser, and all that its pages asked for and complained of."""

    context: object
    origin: str
    asked: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str):
        page = self.context.new_page()
        page.goto(self.origin + path)
        return page

    def require_quiet(self) -> None:
        """Nothing was asked of another host, and the browser had nothing to complain of."""
        elsewhere = [url for url in self.asked if not url.startswith(f"{self.origin}/")]
        assert elsewhere == []
        # The browser complains of each page that is not there; that page is asked for on purpose.
        assert [text for text in self.complaints if "status of 404" not in text] == []


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture(scope="module")
def seeded(server, template, tmp_path_factory):
    """A database with the seeds of development, and with names that would like to be more than text."""
    home = tmp_path_factory.mktemp("seeds") / "home"
    home.mkdir(mode=0o700)
    name = f"test_{server.session}_browser_{os.urandom(4).hex()}"
    url = server.create_database(name, template)
    subprocess.run(
        [PROGRAM, "seed", "--env", "development", "-q", "--database-url", url],
        check=True,
        capture_output=True,
        env=clean_environment(home),
    )
    with psycopg.connect(url) as connection:
        connection.execute('UPDATE "user" SET name = %s WHERE email = %s', [EVIL, "user2@avdaily.test"])
        table = sql.Identifier(EVIL_TABLE)
        connection.execute(sql.SQL("CREATE TABLE {} (id int PRIMARY KEY, {} text)").format(table, table))
        connection.execute(sql.SQL("INSERT INTO {} VALUES (1, %s)").format(table), [EVIL])
        connection.execute(sql.SQL("GRANT SELECT ON {} TO avdaily_readonly").format(table))
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("ANALYZE")
    yield url
    server.drop_database(name)


@pytest.fixture(scope="module")
def address(seeded, tmp_path_factory):
    with running(tmp_path_factory.mktemp("browser") / "home", "--database-url", seeded) as found:
        yield found


@pytest.fixture
def enter(browser, address):
    """Open the printed address in a new context, with what a test wants of it."""
    opened = []

    def make(**options) -> Watched:
        context = browser.new_context(**({"viewport": {"width": 1100, "height": 800}} | options))
        context.set_default_timeout(10_000)
        watched = Watched(context, address.origin)
        context.on("request", lambda request: watched.asked.append(request.url))
        context.on("console", lambda said: watched.complaints.append(said.text) if said.type == "error" else None)
        context.on("weberror", lambda error: watched.complaints.append(str(error.error)))
        opened.append(watched)
        page = context.new_page()
        page.goto(address.url)
        page.close()
        return watched

    yield make
    for watched in opened:
        watched.context.close()
        watched.require_quiet()


@pytest.mark.slow
@pytest.mark.parametrize(("scheme", "rules"), [("light", RULES), ("dark", COLOURS)])
def test_no_page_shuts_out_who_does_not_see_or_uses_no_mouse(enter, scheme, rules):
    watched = enter(color_scheme=scheme)
    page = watched.open("/")
    found = {}
    for name, path in PAGES.items():
        page.goto(watched.origin + path)
        result = Axe().run(page, options=rules)
        assert result.response["passes"], name
        if result.violations_count:
            found[name] = [
                (each["id"], node["html"][:160], node["failureSummary"][:300])
                for each in result.response["violations"]
                for node in each["nodes"][:2]
            ]
    assert found == {}


@pytest.mark.slow
def test_on_a_narrow_screen_nothing_is_lost_and_the_page_does_not_scroll_sideways(enter):
    watched = enter(viewport={"width": 360, "height": 740})
    page = watched.open("/")
    wide, violations = {}, {}
    for name, path in PAGES.items():
        page.goto(watched.origin + path)
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > 360:
            wide[name] = width
        if name in {"table", "user", "wallet", "pictures"}:
            result = Axe().run(page, options=RULES)
            if result.violations_count:
                violations[name] = result.generate_report()
    assert wide == {}
    assert violations == {}


def test_without_scripts_one_can_browse_filter_sort_and_turn_pages(enter):
    page = enter(java_script_enabled=False).open("/")
    page.get_by_role("link", name="transactions", exact=True).click()
    page.get_by_role("link", name=re.compile("^created_at")).click()
    expect(page.locator("th[aria-sort=ascending]")).to_contain_text("created_at")
    rows = page.locator("table.rows tbody tr")
    expect(rows).to_have_count(50)
    first = rows.first.text_content()
    page.get_by_role("link", name="Next").click()
    assert rows.first.text_content() != first
    page.get_by_role("link", name="Previous").click()
    assert rows.first.text_content() == first
    page.locator("details.filters summary").click()
    page.locator("#f-type-eq").select_option("group_contribution")
    page.get_by_role("button", name="Show rows").click()
    expect(rows).to_have_count(3)
    rows.first.get_by_role("link", name="Open").click()
    page.get_by_role("link", name="Everything about its user").click()
    page.get_by_role("link", name="History of the wallet").click()
    expect(page.get_by_role("img", name=re.compile("Balance of the wallet"))).to_be_visible()


def test_the_keyboard_leads_everywhere(enter):
    page = enter().open("/")
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Skip to the content")
    expect(page.locator(":focus")).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    order = []
    page.goto(page.url.partition("#")[0])
    for _ in range(8):
        page.keyboard.press("Tab")
        order.append(page.evaluate("document.activeElement.textContent.trim() || document.activeElement.id"))
    assert order[2:7] == ["Tables", "Queries", "Pictures", "search", "Go"]
    page.keyboard.press("/")
    expect(page.locator("#search")).to_be_focused()
    page.keyboard.type("user1@avdaily.test")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Test User One")


def test_what_has_the_focus_can_be_seen(enter):
    page = enter().open("/table/transactions")
    for selector in ("a.open", "#search", "details.filters summary", ".scroll"):
        page.locator(selector).first.focus()
        page.keyboard.press("Shift+Tab")
        page.keyboard.press("Tab")
        style = page.evaluate(
            "(() => { const s = getComputedStyle(document.activeElement);"
            " return s.outlineStyle + ' ' + s.outlineWidth; })()"
        )
        assert not style.startswith("none"), (selector, style)
        assert not style.endswith(" 0px"), (selector, style)


def test_data_that_looks_like_markup_is_text(enter):
    watched = enter()
    page = watched.open("/")
    page.get_by_role("link", name=EVIL_TABLE).click()
    expect(page.locator("h1")).to_have_text(EVIL_TABLE)
    expect(page.locator("table.rows tbody")).to_contain_text(EVIL)
    page.get_by_role("link", name="Open").first.click()
    expect(page.locator("main")).to_contain_text(EVIL)
    page.goto(f"{watched.origin}/search?q=user2@avdaily.test")
    expect(page.locator("h1")).to_have_text(EVIL)
    page.get_by_role("link", name="History of the wallet").click()
    expect(page.locator("h1")).to_contain_text(EVIL)
    expect(page.locator("svg.balance > title")).to_contain_text(EVIL)
    page.goto(f"{watched.origin}/pictures/tables/other")
    expect(page.locator("svg .name").first).to_have_text(EVIL_TABLE)
    page.goto(f"{watched.origin}/search?q={EVIL}")
    expect(page.locator("main")).to_contain_text(EVIL)
    assert "broken in" not in page.title()
    assert page.locator("img").count() == 0


def test_the_token_leaves_the_address_and_the_next_browser_needs_it(browser, address):
    context = browser.new_context()
    page = context.new_page()
    page.goto(address.url)
    assert "token" not in page.url
    context.close()
    context = browser.new_context()
    page = context.new_page()
    answer = page.goto(f"{address.origin}/table/transactions")
    assert answer.status == 403
    context.close()


def test_the_balance_beside_each_movement_is_the_sum_of_all_until_then(enter, seeded):
    watched = enter()
    page = watched.open(f"/person/{USER}/wallet")
    shown = []
    while True:
        for row in page.locator("table.rows tbody tr").all():
            cells = row.locator("td").all_inner_texts()
            shown.append((cells[-2].replace("₦", "").replace(",", "").lstrip("+"), cells[-1][1:].replace(",", "")))
        older = page.get_by_role("link", name="Older")
        if not older.count():
            break
        older.click()
    with psycopg.connect(seeded) as connection:
        summed = connection.execute(
            "SELECT p.amount::text, (sum(p.amount) OVER (ORDER BY p.created_at, p.entry_id))::text "
            "FROM wallets AS w JOIN ledger_postings AS p ON p.account_id = w.account_id WHERE w.user_id = %s "
            "ORDER BY p.created_at DESC, p.entry_id DESC",
            [USER],
        ).fetchall()
    assert len(shown) > 50
    assert shown == summed


def test_from_nothing_to_the_history_of_a_wallet_in_two_minutes(avdaily, browser, tmp_path):
    """Who has never seen it: one command makes a database with people in it, the next one shows it."""
    began = time.monotonic()
    environment = {"AVDAILY_DATA_DIR": str(tmp_path / "data")}
    up = avdaily("up", env=environment)
    assert up.returncode == 0, up.stderr
    try:
        with running(tmp_path / "studio", env=environment) as found:
            context = browser.new_context()
            page = context.new_page()
            page.goto(found.url)
            page.get_by_role("link", name="wallets", exact=True).click()
            page.get_by_role("link", name="Open row 1", exact=True).click()
            page.get_by_role("link", name="History of the wallet").click()
            expect(page.get_by_role("img", name=re.compile("^Balance of the wallet of"))).to_be_visible()
            expect(page.get_by_role("table", name=re.compile("^Movements"))).to_be_visible()
            assert urlsplit(page.url).path.endswith("/wallet")
            context.close()
    finally:
        down = avdaily("db", "down", "--volumes", "--yes", env=environment)
        assert down.returncode == 0, down.stderr
    assert time.monotonic() - began < 120


def test_money_of_another_currency_is_not_called_naira(enter, seeded):
    with psycopg.connect(seeded) as connection:
        connection.execute(
            'INSERT INTO "user" (id, email, name) VALUES (%s, %s, %s)', [STRANGER, "usd@avdaily.test", "In Dollars"]
        )
        connection.execute(
            "WITH account AS (INSERT INTO ledger_accounts (kind, currency, normal_side) "
            "VALUES ('wallet', 'USD', 'credit') RETURNING id) "
            "INSERT INTO wallets (user_id, account_id, currency) SELECT %s, id, 'USD' FROM account",
            [STRANGER],
        )
    watched = enter()
    page = watched.open(f"/person/{STRANGER}")
    wallet = page.get_by_role("region", name="Wallet").first
    expect(wallet).to_contain_text("USD 0.00")
    expect(wallet).not_to_contain_text("₦")
    page.get_by_role("link", name="History of the wallet").click()
    expect(page.locator("main")).to_contain_text("USD 0.00")
    expect(page.locator("main")).to_contain_text("Nothing has moved")
    page.goto(f"{watched.origin}/table/wallets?f.user_id.eq={STRANGER}")
    expect(page.locator("td.money").first).to_have_text("USD 0.00")
    page.get_by_role("link", name="Open row 1", exact=True).click()
    expect(page.locator("td.money").first).to_have_text("USD 0.00")


@pytest.mark.parametrize(
    "place", ["", "~~", "2026-01-01~1", "x~1~1", "2026-01-01~-1~1", "2026-01-01~1~NaN", "9999-12-31~1~1e99"]
)
def test_a_place_in_a_history_that_is_none_is_a_page_that_says_so(address, place):
    if not address.cookie:
        address.enter()
    answer = address.get(f"/person/{USER}/wallet", before=place)
    assert answer.status == 400
    assert "no place in a history" in answer.text
