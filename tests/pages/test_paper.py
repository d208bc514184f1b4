"""A document as Chromium prints it."""

import paper
import pypdf
import pytest

pytestmark = pytest.mark.pages

DOCUMENT = """<html lang="en"><head><title>The Book</title>
<style>div { break-before: page; }</style></head><body>
<nav><h2>Contents</h2><a href="#book-one">One</a> <a href="#book-two">Two</a></nav>
<div id="book-one"><h1>1. One</h1></div>
<div id="book-two"><h1>2. Two</h1><h2>2.1. More</h2></div></body></html>"""


@pytest.fixture
def file(tmp_path):
    (tmp_path / "paper.html").write_text(DOCUMENT, encoding="utf-8")
    return tmp_path / "paper.html"


def test_it_has_page_numbers_an_outline_in_order_and_links_within(file, tmp_path, browser):
    pdf = tmp_path / "a.pdf"
    paper.print_document(file, pdf, browser)
    assert paper.first_pages(pdf, ["book/one", "book/two"]) == {"book/one": 2, "book/two": 3}
    paper.name_outline(pdf, paper.headings(file))
    reader = pypdf.PdfReader(pdf)
    assert [page.extract_text().split()[-1] for page in reader.pages] == ["1", "2", "3"]
    titles = [entry.title for entry in reader.outline if not isinstance(entry, list)]
    assert titles[-2:] == ["1. One", "2. Two"] and reader.metadata.title == "The Book"


def test_a_document_that_lacks_a_picture_is_refused(file, tmp_path, browser):
    file.write_text(DOCUMENT.replace("<nav>", '<nav><img src="lost.png" alt="">'), encoding="utf-8")
    with pytest.raises(paper.PaperError, match=r"lacks what it shows:\n.*lost\.png"):
        paper.print_document(file, tmp_path / "a.pdf", browser)
