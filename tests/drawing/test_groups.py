"""What is drawn alike."""

from pisces.drawing.groups import grouped


def test_groups_and_their_items_come_in_the_order_of_the_items():
    found = grouped(["wide", "narrow", "random", "nobody"], lambda word: word[0])
    assert list(found.items()) == [("w", ["wide"]), ("n", ["narrow", "nobody"]), ("r", ["random"])]
