"""Finishes the built pages: what search engines and screen readers need and the theme leaves out.

Pages are changed as text, so that all else in them stays as it is.
"""

import functools
import hashlib
import html
import re
from pathlib import Path

from bs4 import BeautifulSoup

MAX_DESCRIPTION = 200

# A file that a page of ours names itself; Sphinx gives those that it names a version.
_OWN_FILE = re.compile(r'(?<==")(?:\.\./)*_static/(?:explore|front|game)\w*\.(?:css|js)(?=")')

# A picture that a cell has drawn.
_FIGURE = re.compile(r'<img alt="[^"]*" src="((?:\.\./)*_images/[^"]+\.png)" ?/?>')

# Markup of the theme and of docutils that a screen reader stumbles over, and what it is to be.
_MENDED = {
    # The arrow that folds out a part of the table of contents.
    '<summary><span class="toctree-toggle"': '<summary aria-label="Pages below"><span class="toctree-toggle"',
    # The children of a list must be its items.
    'role="doc-biblioentry"': 'role="listitem"',
}


def finish(folder: Path, *, title: str) -> None:
    """Gives pages descriptions, links figures to their full size, and mends markup of the theme.

    Args:
        folder: The pages.
        title: The title of the book, for the page that leads to the first.
    """
    _write_entrance(folder, title)
    for page in book_pages(folder):
        text = page.read_text(encoding="utf-8")
        for before, after in _MENDED.items():
            text = text.replace(before, after)
        text = _FIGURE.sub(r'<a href="\1">\g<0></a>', text)
        text = _OWN_FILE.sub(functools.partial(_versioned, folder=page.parent), text)
        if 'name="description"' not in text:
            content = html.escape(description(text))
            text = text.replace("</title>", f'</title>\n    <meta name="description" content="{content}">', 1)
        page.write_text(text, encoding="utf-8")


def book_pages(folder: Path) -> list[Path]:
    """The pages of a built book; what lies in `_static` are templates of the theme."""
    return [path for path in sorted(folder.rglob("*.html")) if folder / "_static" not in path.parents]


def description(text: str) -> str:
    """What a page is about: its first paragraph, cut after a sentence; its title if it has no paragraph.

    Args:
        text: HTML of a page of the book.
    """
    soup = BeautifulSoup(text, "html.parser")
    for paragraph in soup.select("article p"):
        words = " ".join(paragraph.get_text().split())
        links = " ".join(link.get_text() for link in paragraph("a"))
        if words and words != links and not paragraph.find_parent(["figure", "table", "aside", "details"]):
            return _cut(re.sub(r" \[[^]]*, \d{4}\w?\]|\\[()]", "", words))
    return soup.title.get_text().strip() if soup.title else ""


def _versioned(reference: re.Match[str], *, folder: Path) -> str:
    """An address that changes with the file, so that a browser keeps no older one."""
    digest = hashlib.sha256((folder / reference[0]).read_bytes()).hexdigest()
    return f"{reference[0]}?v={digest[:8]}"


def _cut(words: str) -> str:
    """As many whole sentences as fit, and at least a part of the first."""
    if len(words) <= MAX_DESCRIPTION:
        return words
    ends = [match.end() for match in re.finditer(r"[.?!](?= )", words[:MAX_DESCRIPTION])]
    return words[: ends[-1]] if ends else f"{words[: MAX_DESCRIPTION - 1].rpartition(' ')[0]}…"


def _write_entrance(folder: Path, title: str) -> None:
    """Makes a whole page of the line by which Jupyter Book leads from the address to the first page."""
    entrance = folder / "index.html"
    first = re.search(r"url=([\w/.-]+)", entrance.read_text(encoding="utf-8"))[1]
    about = html.escape(description((folder / first).read_text(encoding="utf-8")))
    entrance.write_text(
        "<!DOCTYPE html>\n"
        '<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f"<title>{html.escape(title)}</title>\n"
        f'<meta name="description" content="{about}">\n'
        f'<meta http-equiv="refresh" content="0; url={first}">\n'
        f'</head>\n<body>\n<p><a href="{first}">{html.escape(title)}</a></p>\n</body>\n</html>\n',
        encoding="utf-8",
    )
