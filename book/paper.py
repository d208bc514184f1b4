"""Prints the built book as one PDF, with page numbers, contents and an outline.

The pages of `_build/html` are put one after another, in the order of the table of contents, into a document
in which links between pages lead on within it. Chromium prints that document. Solutions are unfolded; the
page to explore with is left out, as nothing moves on paper.

    python book/paper.py     after `make book`: writes `_build/pisces.pdf`
"""

import base64
import contextlib
import functools
import logging
import posixpath
import re
import shutil
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from html import escape
from io import BytesIO
from pathlib import Path
from urllib.parse import urldefrag, urlsplit

import pypdf
import yaml
from bs4 import BeautifulSoup, Tag
from PIL import Image, ImageChops, ImageSequence
from playwright.sync_api import Browser, sync_playwright
from pypdf.generic import Destination, DictionaryObject, NameObject, TextStringObject

# Chromium's PDFs say that they have fewer objects than they have; nothing comes of it.
logging.getLogger("pypdf").setLevel(logging.ERROR)

ROOT = Path(__file__).resolve().parents[1]
STYLE = Path(__file__).with_name("paper.css")
INTERACTIVE = ("book/explore",)
NOT_FOR_PAPER = ".headerlink, .viewcode-link, .viewcode-back, script, button"
ATTRIBUTES_WITH_IDS = ("id", "for", "aria-labelledby", "aria-describedby", "aria-controls")
EXPOSURE_EVERY = 8

BROWSER_OPTIONS = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
LAYOUT = {
    "format": "A4",
    "margin": {"top": "17mm", "bottom": "19mm", "left": "18mm", "right": "18mm"},
    "print_background": True,
    "display_header_footer": True,
    "header_template": "<span></span>",
    "footer_template": '<p class="pageNumber" style="width: 100%; text-align: center; font: 8pt sans-serif">',
    "outline": True,
    "tagged": True,
}


class PaperError(Exception):
    """The book cannot be printed; the message is for the reader of the terminal."""


def page_names(toc: Mapping) -> Iterator[str]:
    """The pages that are printed, in order, each as its path without suffix.

    Args:
        toc: The content of `_toc.yml`, or an entry of it.
    """
    name = toc.get("root") or toc.get("file")
    if name and name not in INTERACTIVE:
        yield name
    for key in ("parts", "chapters", "sections"):
        for entry in toc.get(key, ()):
            yield from page_names(entry)


def document(html: Path, names: Sequence[str], *, numbers: Mapping[str, int]) -> str:
    """The book as one HTML document, to be opened from the folder of its pages.

    Args:
        html: That folder.
        names: The pages; the first one is the front page.
        numbers: The page of paper on which each begins, as far as known.

    Raises:
        PaperError: If a page is missing.
    """
    pages = {name: _page(html, name) for name in names}
    front = pages[names[0]]
    resources: dict[str, None] = {}
    for name, page in pages.items():
        for element in page.head.select("script, link[rel=stylesheet]"):
            _redirect(element, name, names)
            resources.setdefault(str(element))
    entries, articles = [], []
    for name, page in pages.items():
        article = page.select_one("article.bd-article > section")
        _prepare(article, name, names)
        link = f'<a href="#{_anchor(name)}">{escape(article.h1.get_text())}</a>'
        entries.append(f"<li>{link} <span>{numbers.get(name, '')}</span></li>")
        articles.append(f'<div class="paper-page" id="{_anchor(name)}">{article}</div>')
    edition = front.select_one("footer .pisces-provenance")
    return f"""<!DOCTYPE html>
<html lang="en" data-theme="light" data-mode="light">
<head><meta charset="utf-8"><title>{_book_title(front)}</title>
{"".join(resources)}<style>{STYLE.read_text(encoding="utf-8")}</style></head>
<body>
<header class="paper-title"><img src="_static/logo.svg" alt="Two fish on a cord"><p>{_book_title(front)}</p>
{edition or ""}</header>
<nav class="paper-contents"><h2>Contents</h2><ol>{"".join(entries)}</ol></nav>
<main class="bd-content"><div class="bd-article">{"".join(articles)}</div></main>
</body></html>
"""


def _page(html: Path, name: str) -> BeautifulSoup:
    file = html / f"{name}.html"
    if not file.exists():
        raise PaperError(f"{file} is not there: run `make book` first")
    return BeautifulSoup(file.read_text(encoding="utf-8"), "html.parser")


def _book_title(front: BeautifulSoup) -> str:
    return front.title.get_text().rpartition("\N{EM DASH}")[2].strip()


def _anchor(name: str, fragment: str = "") -> str:
    """The id, within the document, of a page or of a place in it."""
    return "--".join([name.replace("/", "-"), *([fragment] if fragment else [])])


def _prepare(article: Tag, name: str, names: Collection[str]) -> None:
    """Makes the article of a page a part of the document."""
    for element in article.select(NOT_FOR_PAPER):
        element.decompose()
    for element in article("details"):
        element["open"] = ""
    for film in article.select('img[src^="data:image/gif"]'):
        film["src"] = _exposed(str(film["src"]))
    for element in [article, *article(True)]:
        for attribute in ATTRIBUTES_WITH_IDS:
            if attribute in element.attrs:
                ids = str(element[attribute]).split()
                element[attribute] = " ".join(_anchor(name, one) for one in ids)
        _redirect(element, name, names)


def _exposed(film: str) -> str:
    """A film on paper: some of its frames on top of each other, the brighter pixels on top.

    Args:
        film: A GIF as a data address.

    Returns:
        A PNG as a data address.
    """
    with Image.open(BytesIO(base64.b64decode(film.partition(",")[2]))) as frames:
        moments = [frame.convert("RGB") for frame in ImageSequence.Iterator(frames)]
    exposed = functools.reduce(ImageChops.lighter, [*moments[::EXPOSURE_EVERY], moments[-1]])
    content = BytesIO()
    exposed.save(content, format="PNG")
    return f"data:image/png;base64,{base64.b64encode(content.getvalue()).decode('ascii')}"


def _redirect(element: Tag, name: str, names: Collection[str]) -> None:
    """Makes an address that was relative to a page relative to the document."""
    for attribute in {"href", "src"} & element.attrs.keys():
        address, fragment = urldefrag(str(element[attribute]))
        if urlsplit(address).scheme:
            continue
        path = posixpath.normpath(posixpath.join(posixpath.dirname(name), address or f"/{name}.html"))
        target = path.strip("/").removesuffix(".html")
        if target in names:
            element[attribute] = f"#{_anchor(target, fragment)}"
        elif element.name == "a":
            # A page that is not printed: a reader of the PDF has no file to follow the link to.
            del element[attribute]
        else:
            element[attribute] = path


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, or another of the system, without a window.

    Raises:
        PaperError: If there is none.
    """
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        raise PaperError("There is no Chromium: install it, on Debian with `apt-get install chromium`")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=BROWSER_OPTIONS)
        yield browser
        browser.close()


def print_document(file: Path, pdf: Path, browser: Browser) -> None:
    """Prints an HTML document.

    Args:
        file: The document.
        pdf: Where to.
        browser: See `chromium`.

    Raises:
        PaperError: If the document lacks something that it shows.
    """
    missing: list[str] = []
    page = browser.new_page(reduced_motion="reduce")
    page.on("requestfailed", lambda request: missing.append(request.url))
    page.goto(file.as_uri(), timeout=0)
    page.emulate_media(media="print")
    page.evaluate("Promise.all([document.fonts.ready, window.MathJax?.startup?.promise])")
    page.pdf(path=pdf, **LAYOUT)
    page.close()
    if missing:
        raise PaperError("The document lacks what it shows:\n" + "\n".join(missing))


def headings(file: Path) -> list[str]:
    """The headings of an HTML document, in order."""
    soup = BeautifulSoup(file.read_text(encoding="utf-8"), "html.parser")
    return [" ".join(heading.get_text().split()) for heading in soup(re.compile("^h[1-6]$"))]


def first_pages(pdf: Path, names: Sequence[str]) -> dict[str, int]:
    """On which page of paper does each page of the book begin? Counted from 1.

    Args:
        pdf: The printed document.
        names: The pages of the book.
    """
    reader = pypdf.PdfReader(pdf)
    places = reader.named_destinations
    return {name: _number(reader, places[f"/{_anchor(name)}"]) for name in names}


def name_outline(pdf: Path, titles: Sequence[str]) -> None:
    """Gives the entries of the outline their titles: those of Chromium are not right where a line breaks.

    Args:
        pdf: The printed document; replaced.
        titles: The headings of the document, in order.

    Raises:
        PaperError: If the outline has another number of entries.
    """
    writer = pypdf.PdfWriter(clone_from=pdf)
    entries = list(_entries(writer.root_object["/Outlines"]))
    if len(entries) != len(titles):
        raise PaperError(f"The outline has {len(entries)} entries and the book {len(titles)} headings")
    for entry, title in zip(entries, titles, strict=True):
        entry[NameObject("/Title")] = TextStringObject(title)
    writer.write(pdf)


def _entries(parent: DictionaryObject) -> Iterator[DictionaryObject]:
    """The entries of an outline below one, in the order in which they are read."""
    entry = parent.get("/First")
    while entry is not None:
        yield entry.get_object()
        yield from _entries(entry.get_object())
        entry = entry.get_object().get("/Next")


def _number(reader: pypdf.PdfReader, place: Destination) -> int:
    number = reader.get_destination_page_number(place)
    if number is None:
        raise PaperError(f"{place.title} is on no page")
    return number + 1


def main() -> int:
    """Prints the book, twice: the first time to learn the page numbers.

    Returns:
        The exit code: 0, or 1 if the book cannot be printed.
    """
    html, pdf = ROOT / "_build" / "html", ROOT / "_build" / "pisces.pdf"
    names = list(page_names(yaml.safe_load((ROOT / "book" / "_toc.yml").read_text())))
    file = html / "paper.html"
    try:
        with chromium() as browser:
            numbers: dict[str, int] = {}
            for _ in range(2):
                file.write_text(document(html, names, numbers=numbers), encoding="utf-8")
                print_document(file, pdf, browser)
                numbers = first_pages(pdf, names)
        name_outline(pdf, headings(file))
    except PaperError as error:
        print(error, file=sys.stderr)
        return 1
    finally:
        file.unlink(missing_ok=True)
    print(f"The PDF is at {pdf.as_uri()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
