"""The built book in a real browser: Debian's Chromium, a server on loopback, and no other network."""

import functools
import http.server
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parents[2]

# What a browser would else ask of the network by itself; no name resolves but that of this machine.
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)


@pytest.fixture(scope="session")
def pages() -> Path:
    """The built book: that of `make book`, or the folder that PISCES_PAGES names."""
    folder = Path(os.environ.get("PISCES_PAGES") or ROOT / "_build" / "html").resolve()
    if not (folder / "index.html").is_file():
        pytest.fail(f"no built book in {folder}: run `make book`, or name its folder in PISCES_PAGES")
    return folder


class Silent(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_args) -> None:
        pass


@pytest.fixture(scope="session")
def address(pages: Path) -> Iterator[str]:
    """Where a server has the built book, without a slash at the end."""
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(Silent, directory=str(pages))
    )
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A Chromium without a window."""
    program = shutil.which("chromium")
    if program is None:
        pytest.fail("no chromium: install it from Debian's packages, `apt-get install chromium`")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=QUIET)
        yield chromium
        chromium.close()


@pytest.fixture
def visit(browser: Browser, address: str) -> Iterator[Callable[..., Page]]:
    """Opens a page of the book; the test fails at its end if a page complained or asked the network.

    The function that it gives takes the path of a page, such as "notation.html", the width and height of
    the window, whether the reader's system is dark, and other settings of a Playwright context.
    """
    contexts, faults = [], []

    def open_page(
        path: str, *, width: int = 1280, height: int = 900, is_dark: bool = False, **settings
    ) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if is_dark else "light",
            **settings,
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda told: told.type == "error" and faults.append(f"{path}: {told.text}"))
        page.on("pageerror", lambda error: faults.append(f"{path}: {error}"))
        page.on("request", lambda request: faults.extend(_leaving(request.url, address)))
        page.goto(f"{address}/{path}")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not faults, "\n".join(faults)


def _leaving(url: str, address: str) -> list[str]:
    """The address of a request that goes elsewhere than to the server of the test."""
    return [] if url.startswith((f"{address}/", "data:", "blob:")) else [f"asks the network for {url}"]
