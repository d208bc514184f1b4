import pytest
pytestmark = pytest.mark.pages
def test_a(visit):
    page = visit("book/intro.html")
    assert "light"==page.evaluate("document.documentElement.dataset.theme")
def test_b(visit):
    page = visit("book/notation.html", is_dark=True)
    assert "dark"==page.evaluate("document.documentElement.dataset.theme")
def test_c(visit):
    page = visit("book/notation.html", is_dark=True)
    page.evaluate("fetch('https://example.com/').catch(()=>0)")
    page.evaluate("console.error('x')")
