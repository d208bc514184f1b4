from pisces.control import benchmark
from pisces.control.tasks import TASKS


def test_every_task_is_measured_at_every_size(rendering, monkeypatch):
    monkeypatch.setattr(benchmark, "TASKS", {"cartpole-swingup": TASKS["cartpole-swingup"]})
    monkeypatch.setattr(benchmark, "SIZES", (16, None))
    (rates,) = benchmark.measure(seconds=0.1).values()
    assert list(rates) == ["decisions per second at 16 pixels", "decisions per second without frames"]
    assert min(rates.values()) > 0
