"""What the built pages get after Sphinx: descriptions, and markup that a screen reader can follow."""

import re

import finishing
import pytest

PAGE = "<html><head><title>Title — Book</title></head><body><article>{}</article></body></html>"


def describe(article: str) -> str:
    return finishing.description(PAGE.format(article))


def test_the_first_paragraph_describes_a_page():
    assert describe("<h1>Title</h1><p>Why does\n it  jump?</p><p>Because.</p>") == "Why does it jump?"


def test_a_paragraph_that_is_nothing_but_a_link_describes_nothing():
    assert describe('<p><a href="#">Open in Colab</a></p><p>A <a href="#">game</a>.</p>') == "A game."


@pytest.mark.parametrize("tag", ["figure", "table", "aside", "details"])
def test_words_beside_the_text_describe_nothing(tag):
    assert describe(f"<{tag}><p>Beside.</p></{tag}><p>The text.</p>") == "The text."


def test_a_long_paragraph_is_cut_after_a_sentence():
    sentence = "It has " + 10 * "many " + "words."
    assert describe(f"<p>{' '.join(5 * [sentence])}</p>") == " ".join(3 * [sentence])


def test_a_long_sentence_is_cut_between_words():
    text = describe(f"<p>{100 * 'word '}</p>")
    assert text.endswith(" word…") and 190 < len(text) <= finishing.MAX_DESCRIPTION


def test_a_description_cites_nobody():
    assert describe("<p>A game [des Combes et al., 2018] of Agarwal et al. [2021].</p>") == (
        "A game of Agarwal et al. [2021]."
    )


def test_formulas_are_described_without_their_brackets():
    assert describe(r"<p>The distance \(d^*\) is small.</p>") == "The distance d^* is small."


def test_a_page_without_a_paragraph_is_described_by_its_title():
    assert describe("<pre>code</pre>") == "Title — Book"


@pytest.fixture
def folder(tmp_path):
    """A book of one page, as Jupyter Book leaves it."""
    (tmp_path / "index.html").write_text('<meta http-equiv="Refresh" content="0; url=book/intro.html" />\n')
    for name in ("book", "_static"):
        (tmp_path / name).mkdir()
    (tmp_path / "book" / "intro.html").write_text(PAGE.format('<p>An "agent" fails.</p>'))
    (tmp_path / "_static" / "template.html").write_text(PAGE.format("<p>{{ macro }}</p>"))
    return tmp_path


def test_each_page_gets_its_description_and_templates_stay_as_they_are(folder):
    finishing.finish(folder, title="Book")
    description = '<meta name="description" content="An &quot;agent&quot; fails.">'
    assert f"</title>\n    {description}" in (folder / "book" / "intro.html").read_text()
    assert (folder / "_static" / "template.html").read_text() == PAGE.format("<p>{{ macro }}</p>")


def test_a_page_that_has_a_description_keeps_it(folder):
    page = folder / "book" / "intro.html"
    page.write_text('<html><head><title>T</title><meta name="description" content="Mine."></head></html>')
    before = page.read_text()
    finishing.finish(folder, title="Book")
    assert page.read_text() == before


def test_the_entrance_leads_to_the_first_page_and_describes_it(folder):
    finishing.finish(folder, title="Book & more")
    entrance = (folder / "index.html").read_text()
    assert '<meta http-equiv="refresh" content="0; url=book/intro.html">' in entrance
    assert (
        "<title>Book &amp; more</title>" in entrance and 'content="An &quot;agent&quot; fails."' in entrance
    )


def finished(folder, article: str) -> str:
    """The page of a book of one page, when it is finished."""
    page = folder / "book" / "intro.html"
    page.write_text(PAGE.format(article))
    finishing.finish(folder, title="Book")
    return page.read_text()


def test_what_the_theme_leaves_without_a_name_or_a_role_gets_one(folder):
    arrow = '<summary><span class="toctree-toggle" role="presentation"></span></summary>'
    text = finished(folder, f'{arrow}<div role="list"><div role="doc-biblioentry">A</div></div>')
    assert '<summary aria-label="Pages below"><span' in text
    assert '<div role="list"><div role="listitem">A</div></div>' in text


def test_a_figure_leads_to_its_full_size(folder):
    figure = '<img alt="Two agents" src="../_images/abc.png" />'
    text = finished(folder, f'{figure}<img alt="A logo" src="../_static/logo.svg" />')
    assert f'<a href="../_images/abc.png">{figure}</a><img alt="A logo"' in text


@pytest.mark.parametrize("name", ["explore.js", "explore_data.js", "front.js", "game.js"])
def test_an_address_of_a_script_changes_with_the_script(folder, name):
    addresses = set()
    for content in ("one", "two"):
        (folder / "_static" / name).write_text(content)
        text = finished(folder, f'<script src="../_static/{name}"></script>')
        addresses.add(re.search(rf'src="(../_static/{name}\?v=\w{{8}})"', text)[1])
    assert len(addresses) == 2
