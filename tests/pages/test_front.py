"""The front page and the logo, as readers see them."""

import pytest

pytestmark = pytest.mark.pages

FRONT = "book/intro.html"
WIDTHS = (1280, 390)


@pytest.mark.parametrize("width", WIDTHS)
def test_the_film_is_shown_and_can_be_stopped(visit, width):
    page = visit(FRONT, width=width)
    films, stills = page.locator(".pisces-race-film"), page.locator(".pisces-race-still")
    assert films.count() == stills.count() == 3
    assert films.first.is_visible() and not stills.first.is_visible()
    page.get_by_label("Stop the film").check()
    assert stills.first.is_visible() and stills.last.is_visible() and not films.first.is_visible()


def test_readers_who_want_no_motion_see_none(visit):
    page = visit(FRONT, reduced_motion="reduce")
    assert not page.locator(".pisces-race-film").first.is_visible()
    assert page.locator(".pisces-race-still").first.is_visible()
    assert not page.get_by_label("Stop the film").is_visible()


@pytest.mark.parametrize("width", WIDTHS)
def test_every_picture_is_there_and_inside_the_window(visit, width):
    page = visit(FRONT, width=width)
    for picture in page.locator(".pisces-race img:visible").all():
        assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
        box = picture.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= width


def test_all_parts_of_the_film_are_square_and_alike(visit):
    boxes = [film.bounding_box() for film in visit(FRONT).locator(".pisces-race-film").all()]
    sizes = {(round(box["width"]), round(box["height"])) for box in boxes}
    assert len(sizes) == 1 and len(set(sizes.pop())) == 1


@pytest.mark.parametrize("is_dark", [False, True])
def test_the_logo_stands_beside_its_word_and_leads_home(visit, is_dark):
    logo = visit(FRONT, is_dark=is_dark).locator(".navbar-brand.logo").first
    assert logo.inner_text().strip() == "Pisces"
    assert logo.locator("img:visible").count() == 1
    assert logo.locator("img:visible").bounding_box()["height"] <= 100


def test_every_icon_that_a_page_names_is_there(visit, address):
    page = visit(FRONT)
    icons = page.locator('link[rel="icon"], link[rel="apple-touch-icon"]')
    addresses = icons.evaluate_all("icons => icons.map(icon => icon.href)")
    assert len(addresses) == 3
    for icon in addresses:
        assert icon.startswith(address) and page.request.get(icon).ok
