"""When runs reach a share, by hand."""

from types import SimpleNamespace

import numpy as np

from pisces.chapters.what_would_you_do_today.pace import time_to


def run(seed, shares):
    return SimpleNamespace(
        config=SimpleNamespace(method="recipe", grid="wide", num_updates=400),
        seed=seed,
        update=np.array([100, 200, 300, 400]),
        solved_share=np.array(shares),
        seconds=20.0,
    )


def test_the_first_report_with_the_share_counts_even_if_it_is_lost_again():
    table = time_to([run(0, [0.1, 0.9, 0.5, 1.0]), run(3, [0.0, 0.2, 0.3, 0.8])], share=0.87)
    assert table.seed.tolist() == [0, 3]
    assert table.updates.tolist() == [200, np.inf]
    assert table.seconds.tolist() == [10.0, np.inf]
    assert time_to([run(3, [0.0, 0.2, 0.3, 0.8])], share=0.8).updates.tolist() == [400]
