"""What a page says of itself: title, description, and what it was built from; and of its pictures."""

import re
from collections import Counter
from pathlib import Path

import finishing
import pytest
from bs4 import BeautifulSoup

import pisces

pytestmark = pytest.mark.pages


@pytest.fixture(scope="module")
def soups(pages) -> dict[Path, BeautifulSoup]:
    """All pages of the book, by their path in it."""
    return {
        page.relative_to(pages): BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")
        for page in finishing.book_pages(pages)
    }


def test_every_page_has_a_title_of_its_own(soups):
    titles = Counter(soup.title.get_text() for soup in soups.values() if soup.title)
    assert titles.total() == len(soups)
    assert [title for title, times in titles.items() if times > 1 or len(title) < 8] == []


def test_every_page_has_one_description_of_at_least_a_few_words(soups):
    for path, soup in soups.items():
        (description,) = soup.select("meta[name=description]") or [{"content": ""}]
        length = len(str(description["content"]))
        assert 20 <= length <= finishing.MAX_DESCRIPTION, f"{path}: {description['content']}"


def test_pages_that_are_written_have_descriptions_of_their_own(soups):
    written = {path: soup for path, soup in soups.items() if path.parts[0] in ("book", "notebooks")}
    said = Counter(soup.select_one("meta[name=description]")["content"] for soup in written.values())
    assert [text for text, times in said.items() if times > 1] == []


def test_every_page_but_the_entrance_says_which_version_and_commit_built_it(soups):
    said = {
        " ".join(soup.select_one("footer .pisces-provenance").get_text().split())
        for path, soup in soups.items()
        if path != Path("index.html")
    }
    (text,) = said
    assert f"Pisces {pisces.__version__}, built from " in text
    assert re.search(r"built from (commit [0-9a-f]{7}( with changes .*)?|a tree without a commit)$", text), (
        text
    )


def test_every_picture_has_a_description(soups):
    for path, soup in soups.items():
        # The index of modules is Sphinx's own, with pictures for its arrows.
        for picture in soup.select("article img:not(.toggler)"):
            alt = str(picture.get("alt") or "").strip()
            is_decoration = picture.get("alt") == "" and picture.find_parent(attrs={"aria-hidden": "true"})
            assert is_decoration or len(alt.split()) >= 3, (
                f"{path}: {str(picture.get('src'))[:80]} has {alt!r}"
            )
            assert not re.search(r"\.(png|gif|svg|jpe?g)$", alt), f"{path}: {alt!r} is the name of a file"


def test_every_figure_and_table_of_a_chapter_says_where_it_comes_from(soups):
    chapters = {path: soup for path, soup in soups.items() if path.parts[0] == "notebooks"}
    assert chapters
    for path, soup in chapters.items():
        shown = soup.select("div.cell:has(> .cell_output figure), div.cell:has(> .cell_output table)")
        assert shown, path
        for cell in shown:
            line = cell.find_next_sibling()
            assert line is not None and "pisces-provenance" in line.get("class", ()), (
                f"{path}: {cell.get('id')}"
            )
            assert f"notebooks/{path.stem}.ipynb" in line.get_text()


def test_no_reference_and_no_formula_is_left_unresolved(soups):
    for path, soup in soups.items():
        for tag in soup.select("article :is(.math, pre, code, script)"):
            tag.decompose()
        text = soup.article.get_text() if soup.article else ""
        assert "??" not in text, path
        assert not re.search(r"\[\?|\{(ref|eq|numref|cite)[\w:]*\}|\\[()\[\]]|\$", text), path
        assert not soup.select("article .problematic, article .system-message"), path
