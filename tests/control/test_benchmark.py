from pisces.control import benchmark
from pisces.control.tasks import TASKS


def test_a_task_is_measured_at_every_scale(rendering, monkeypatch):
    monkeypatch.setattr(benchmark, "TASKS", {"cartpole-swingup": TASKS["cartpole-swingup"]})
    (rates,) = benchmark.measure(seconds=0.1).values()
    assert list(rates) == [
        "decisions per second, paper, 84 pixels",
        "decisions per second, miniature, 48 pixels",
        "decisions per second without frames",
    ]
    assert min(rates.values()) > 0


def test_what_is_measured_is_what_a_run_sees():
    shown = benchmark.worlds("cartpole-swingup").values()
    assert [(world.size, world.supersampling) for world in shown] == [(84, 1), (48, 4), (None, 1)]
