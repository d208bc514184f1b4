"""The book on paper: all pages in order, links that lead on within it, and an outline in the book's words."""

import base64
from io import BytesIO
from pathlib import Path

import numpy as np
import paper
import pypdf
import pytest
import yaml
from bs4 import BeautifulSoup
from PIL import Image

from pisces.drawing import show

ROOT = Path(__file__).parents[1]
TOC = yaml.safe_load((ROOT / "book" / "_toc.yml").read_text())

FRONT = """<html><head><title>Front — The Book</title><script src="../_static/math.js"></script>
<link rel="stylesheet" href="../_static/theme.css"></head><body>
<article class="bd-article"><section id="front"><h1>Front</h1>
<a href="../notebooks/one.html">One</a> <a href="../notebooks/one.html#place">Place</a>
<a href="../search.html">Search</a> <a href="https://example.org/a.html#b">Outside</a></section></article>
<footer><p class="pisces-provenance">Pisces 1.0</p></footer></body></html>"""
ONE = """<html><head><title>One — The Book</title>
<link rel="stylesheet" href="../_static/theme.css"></head><body>
<article class="bd-article"><section id="one"><h1>1. One &amp; all<a class="headerlink" href="#one">#</a></h1>
<figure id="place"><img src="../_images/a.png" alt="A"></figure><a href="#place">here</a>
<details><summary>Solution</summary>42</details><script>alert()</script></section></article></body></html>"""


@pytest.fixture
def html(tmp_path):
    """The folder of a book of two pages."""
    for name, text in (("book/front", FRONT), ("notebooks/one", ONE)):
        file = tmp_path / f"{name}.html"
        file.parent.mkdir()
        file.write_text(text, encoding="utf-8")
    return tmp_path


@pytest.fixture
def document(html):
    text = paper.document(html, ["book/front", "notebooks/one"], numbers={"notebooks/one": 7})
    return BeautifulSoup(text, "html.parser")


def outlined(path: Path, titles: dict[str, str | None]) -> Path:
    """A PDF of one page with an outline: titles, each with the one that it belongs to."""
    writer = pypdf.PdfWriter()
    writer.add_blank_page(width=100, height=100)
    added = {None: None}
    for title, parent in titles.items():
        added[title] = writer.add_outline_item(title=title, page_number=0, parent=added[parent])
    writer.write(path)
    return path


def test_every_page_but_the_interactive_one_is_printed_in_the_order_of_the_contents():
    names = list(paper.page_names(TOC))
    files = [line.split(":")[1].strip() for line in (ROOT / "book" / "_toc.yml").read_text().splitlines()[1:]]
    assert names == [file for file in files if "/" in file and file not in paper.INTERACTIVE]


def test_a_link_to_a_page_leads_on_within_the_document(document):
    links = {link.get_text(): link.get("href") for link in document.main("a")}
    assert links["Outside"] == "https://example.org/a.html#b"
    for text in ("One", "Place", "here"):
        assert document.find(id=links[text].removeprefix("#")), text
    assert links["Place"] == links["here"]


def test_a_link_to_a_page_that_is_not_printed_is_none(document):
    assert document.main.find("a", string="Search").get("href") is None


def test_no_id_is_there_twice(document):
    ids = [element["id"] for element in document(id=True)]
    assert len(ids) == len(set(ids))


def test_resources_are_named_once_and_found_from_the_folder_of_the_pages(document):
    assert [link["href"] for link in document("link")] == ["_static/theme.css"]
    assert [script["src"] for script in document("script")] == ["_static/math.js"]
    assert document.main.img["src"] == "_images/a.png"


def test_solutions_are_unfolded_and_what_is_for_the_screen_is_gone(document):
    assert document.details.has_attr("open")
    assert not document.main.select(".headerlink, script")


def test_a_film_becomes_one_picture_with_all_its_moments():
    frames = np.zeros((30, 4, 4), np.uint8)
    frames[0, 0, 0] = frames[16, 1, 1] = frames[29, 2, 2] = 255
    frames[:, 3, 3] = 8 * np.arange(30)  # a GIF keeps no frame that is like the one before
    film = base64.b64encode(show.gif(frames, scale=1)).decode()
    picture = paper._exposed(f"data:image/gif;base64,{film}")
    with Image.open(BytesIO(base64.b64decode(picture.removeprefix("data:image/png;base64,")))) as image:
        assert (np.array(image.convert("L")) == frames.max(axis=0)).all()


def test_the_contents_have_the_titles_and_the_known_numbers(document):
    entries = [" ".join(entry.get_text().split()) for entry in document.nav("li")]
    assert entries == ["Front", "1. One & all 7"]
    assert document.title.get_text() == "The Book" and "Pisces 1.0" in document.header.get_text()


def test_a_missing_page_is_an_error_that_says_what_to_do(html):
    with pytest.raises(paper.PaperError, match=r"two\.html is not there: run `make book` first"):
        paper.document(html, ["book/front", "notebooks/two"], numbers={})


def test_the_outline_gets_the_titles_of_the_headings_in_order(tmp_path):
    pdf = outlined(tmp_path / "a.pdf", {"OneOne": None, "Tw o": "OneOne", "Thr ee": None})
    paper.name_outline(pdf, ["1. One", "1.1. Two", "2. Three"])
    first, (second,), third = pypdf.PdfReader(pdf).outline
    assert [entry.title for entry in (first, second, third)] == ["1. One", "1.1. Two", "2. Three"]


def test_an_outline_of_other_headings_is_refused(tmp_path):
    with pytest.raises(paper.PaperError, match="1 entries and the book 2 headings"):
        paper.name_outline(outlined(tmp_path / "a.pdf", {"One": None}), ["One", "Two"])


def test_without_chromium_it_says_how_to_get_it(monkeypatch):
    monkeypatch.setattr(paper.shutil, "which", lambda _: None)
    with pytest.raises(paper.PaperError, match="apt-get install chromium"), paper.chromium():
        pass
