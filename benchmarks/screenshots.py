"""Take the pictures of the studio that the documentation shows, in docs/images/.

python benchmarks/screenshots.py

A scratch database with the seeds of development, the real command, and Debian's chromium. Take them again when a page
looks otherwise; the seeds are dated from today, so the days in the pictures change with each run.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

PROGRAM = Path(sys.executable).with_name("avdaily-sql")
IMAGES = Path(__file__).resolve().parent.parent / "docs" / "images"
USER = "user1@avdaily.test"
MOST_BYTES = 150_000


def main() -> None:
    """Start, look, save, and leave nothing behind."""
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="avdaily-shots-") as folder:
        environment = dict(os.environ, AVDAILY_DATA_DIR=folder, BACKUP_DIR=f"{folder}/backups", DATABASE_URL="")
        try:
            subprocess.run([PROGRAM, "up", "-q"], env=environment, check=True, stdout=subprocess.DEVNULL)
            with studio(environment) as url, sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
                for scheme in ("light", "dark"):
                    page = browser.new_page(viewport={"width": 1100, "height": 720}, color_scheme=scheme)
                    page.goto(url)
                    (light if scheme == "light" else dark)(page)
                browser.close()
        finally:
            subprocess.run([PROGRAM, "db", "down", "--volumes", "--yes", "-q"], env=environment, check=True)
    for path in sorted(IMAGES.glob("*.png")):
        print(f"{path.stat().st_size:7,} bytes  {path.name}")
        if path.stat().st_size > MOST_BYTES:
            sys.exit(f"{path.name} is larger than {MOST_BYTES:,} bytes")


@contextmanager
def studio(environment: dict[str, str]) -> Iterator[str]:
    """Run the command until the block ends; its first line is its address."""
    process = subprocess.Popen(
        [PROGRAM, "studio", "--no-open", "-q"], env=environment, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.wait(timeout=20)


def light(page: Page) -> None:
    """Save the pages that are shown by light."""
    save(page, "studio-home")
    search(page, USER)
    save(page, "studio-user")
    page.get_by_role("link", name="History of the wallet").click()
    save(page, "studio-wallet")
    search(page, "transactions")
    page.get_by_role("link", name="created_at").click()
    page.get_by_role("link", name="Plan of this page").click()
    save(page, "studio-plan")
    page.get_by_role("link", name="Pictures").click()
    page.get_by_role("link", name="Savings plans").click()
    save(page, "studio-diagram")


def dark(page: Page) -> None:
    """Save the pages that are shown by dark."""
    page.get_by_role("link", name="Pictures").click()
    save(page, "studio-pictures")


def search(page: Page, words: str) -> None:
    """Go where the search box leads."""
    page.keyboard.press("/")
    page.keyboard.type(words)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/search" not in url and url != "about:blank")
    page.wait_for_load_state()


def save(page: Page, name: str) -> None:
    """Save what the window shows, with as few colours as it has."""
    page.wait_for_load_state()
    page.screenshot(path=IMAGES / f"{name}.png", animations="disabled")


if __name__ == "__main__":
    main()
