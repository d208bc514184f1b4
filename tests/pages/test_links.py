"""No reference of a built page leads nowhere: pages, places in them, pictures, scripts, style sheets."""

import functools
import json
import re
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

import finishing
import pytest
import yaml
from bs4 import BeautifulSoup

pytestmark = pytest.mark.pages

ROOT = Path(__file__).parents[2]
CONFIG = yaml.safe_load((ROOT / "_config.yml").read_text())
ADDRESS, BRANCH = CONFIG["repository"]["url"], CONFIG["repository"]["branch"]


@functools.cache
def soup(page: Path) -> BeautifulSoup:
    return BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")


@functools.cache
def places(page: Path) -> set[str]:
    """What an address of this page may end in, after the #."""
    return {str(tag.get("id") or tag.get("name")) for tag in soup(page).select("[id], a[name]")}


def references(page: Path):
    for tag in soup(page).select("[href], [src], [poster]"):
        yield str(tag.get("href") or tag.get("src") or tag.get("poster") or "")
    for tag in soup(page).select("[srcset]"):
        yield from (candidate.split()[0] for candidate in str(tag["srcset"]).split(","))


def leads_nowhere(reference: str, page: Path, folder: Path) -> bool:
    split = urlsplit(reference)
    if split.scheme or split.netloc:
        return False
    path, place = urldefrag(urljoin(f"/{page.relative_to(folder).as_posix()}", reference))
    target = folder / unquote(urlsplit(path).path).lstrip("/")
    target = target / "index.html" if target.is_dir() else target
    if not target.is_file():
        return True
    # What a script makes is not in the page; the theme's own "#" leads to the top.
    return bool(place) and target.suffix == ".html" and unquote(place) not in places(target)


def test_every_reference_inside_the_book_leads_somewhere(pages):
    found = finishing.book_pages(pages)
    assert len(found) > 20
    broken = {
        f"{page.relative_to(pages)}: {reference}"
        for page in found
        for reference in references(page)
        if reference.strip("#") and leads_nowhere(reference, page, pages)
    }
    assert not broken, "\n".join(sorted(broken))


def test_a_missing_page_place_or_picture_is_noticed(tmp_path):
    page = tmp_path / "page.html"
    page.write_text('<p id="here"><a href="page.html#here"><img src="a.png"></p>')
    assert not leads_nowhere("page.html#here", page, tmp_path)
    assert not leads_nowhere("https://example.org/", page, tmp_path)
    for reference in ("page.html#there", "#there", "other.html", "a.png"):
        assert leads_nowhere(reference, page, tmp_path), reference


def test_style_sheets_name_files_that_exist(pages):
    broken = [
        f"{sheet.relative_to(pages)}: {name}"
        for sheet in (pages / "_static").rglob("*.css")
        for name in re.findall(r"url\(['\"]?([^'\")]+)", sheet.read_text(encoding="utf-8"))
        if not name.startswith(("data:", "#", "%23"))
        and not (sheet.parent / re.split(r"[?#]", name)[0]).exists()
    ]
    assert not broken, "\n".join(broken)


def test_colab_and_binder_open_notebooks_that_the_repository_has(pages):
    repository = ADDRESS.removeprefix("https://github.com/")
    chapters = list((pages / "notebooks").glob("*.html"))
    assert chapters
    for chapter in chapters:
        links = {
            str(link["href"]) for link in soup(chapter).select("a[href*='//colab.'], a[href*='//mybinder.']")
        }
        assert len({urlsplit(link).netloc for link in links}) == 2, chapter.name
        for link in links:
            named = re.findall(
                rf"{repository}/(?:blob/)?{BRANCH}(?:/|\?urlpath=lab/tree/)([\w./-]+)", unquote(link)
            )
            assert named == [f"notebooks/{chapter.stem}.ipynb"], link
            assert (ROOT / named[0]).is_file(), link


def test_links_to_the_repository_name_files_that_it_has(pages):
    missing = set()
    for page in finishing.book_pages(pages):
        for link in soup(page).select(f"a[href^='{ADDRESS}/blob/'], a[href^='{ADDRESS}/edit/']"):
            _, _, path = str(link["href"]).removeprefix(f"{ADDRESS}/").split("/", 2)
            if not (ROOT / urldefrag(path)[0]).exists():
                missing.add(f"{page.relative_to(pages)}: {link['href']}")
    assert not missing, "\n".join(sorted(missing))


def test_the_search_index_names_pages_that_exist(pages):
    text = (pages / "searchindex.js").read_text(encoding="utf-8")
    index = json.loads(text[text.index("(") + 1 : text.rindex(")")])
    assert len(index["docnames"]) > 15
    for name in index["docnames"]:
        assert (pages / f"{name}.html").is_file(), name
