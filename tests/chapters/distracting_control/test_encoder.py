"""What encoders keep is read from the checkpoints of a store, by a decoder that has to be right elsewhere."""

import dataclasses
from types import SimpleNamespace

import numpy as np
import pytest
import tiny
from walk import make_walk

from pisces.chapters.distracting_control import encoder
from pisces.control.config import METHODS
from pisces.control.run import opened
from pisces.control.simulation import Seeds
from pisces.experiments.cell import Cell
from pisces.runs import making
from pisces.runs.identity import RunSpec
from pisces.runs.store import Store

CONFIG = tiny.control_config(
    task="cartpole-swingup",
    trains_before_still=True,
    num_updates=4,
    report_interval=4,
    num_evaluation_episodes=1,
    num_test_episodes=2,
)
CELL = Cell(row="tiny", column="still, then moving", config=CONFIG)


def kept(*, seed=0):
    return encoder.EncoderView(
        key=RunSpec(CONFIG, seed).key,
        config=CONFIG,
        seed=seed,
        names=("place", "speed"),
        seen=np.array([0.5, 0.25]),
        paired=np.array([0.125, -1.0]),
        unseen=np.array([-3.0, 0.0]),
        paired_rank=np.array([[0, 10, 9, 0, 1, 2]], np.int16),
        unseen_rank=np.array([[10, 10, 9, 11, 20, 30]], np.int16),
        vector=np.arange(12, dtype=np.float16).reshape(2, 3, 2),
        bodies=np.full((2, 4, 96, 96, 3), seed, np.uint8),
        paired_return=np.array([3.5, 4.0]),
        provenance={"commit": "abc"},
    )


def test_the_cells_are_trained_before_a_plain_colour_and_judged_before_videos():
    cells = encoder.kept_cells()
    assert [cell.row for cell in cells if cell.config.task == "cartpole-swingup"] == list(METHODS)
    others = [cell.row for cell in cells if cell.config.task == "ball-in-cup-catch"]
    assert others == ["drq", "drq-moving-overlay", "drq-pse"]
    assert len(cells) == len(METHODS) + len(others)
    assert {(cell.config.trains_before, cell.config.backgrounds) for cell in cells} == {
        ("still", "procedural")
    }


def test_expert_and_chance_take_turns():
    simulation = make_walk()
    simulation.renderer.length = 60
    episode = encoder.mixed_episode(
        simulation, lambda _: np.array([0.5, 0.25], np.float32), seeds=Seeds(7, 0)
    )
    of_expert = (episode.action == (0.5, 0.25)).all(axis=1)
    assert of_expert[:25].all() and not of_expert[25:50].any() and of_expert[50:].all()
    assert np.unique(episode.action[25:50]).size == 50


def test_a_decoder_explains_what_is_linear_in_a_vector_and_nothing_of_chance():
    generator = np.random.default_rng(0)
    vector, other = generator.normal(size=(400, 5)), generator.normal(size=(100, 5))
    chance = generator.normal(size=500)
    state = np.stack([vector @ np.arange(5.0), chance[:400]], axis=1)
    true = np.stack([other @ np.arange(5.0), chance[400:]], axis=1)
    (same, away) = encoder.explained(vector, state, (other, true), (other + 3, true))
    assert same[0] > 0.999 and same[1] < 0.1
    assert away[0] < -5  # a constant added to all vectors misleads it


def test_a_rank_counts_the_views_that_are_nearer_than_the_other_view_of_the_state():
    seen, other = np.array([[0.0], [1.0], [5.0]]), np.array([[0.5], [4.0], [5.0]])
    #  states:   0, 1, 2 and again 0, 1, 2; the views lie at 0, 1, 5 and at 0.5, 4, 5
    np.testing.assert_array_equal(encoder.ranks(seen, other), [0, 2, 0, 0, 2, 0])
    assert encoder.ranks(seen, other).dtype == np.int16


def test_near_are_the_ten_nearest_views():
    assert kept().paired_near == 5 / 6 and kept().unseen_near == 1 / 6


def test_encoders_of_a_store_are_measured(rendering, monkeypatch, tmp_path):
    monkeypatch.setattr(encoder, "NUM_FITTED", 1)
    monkeypatch.setattr(encoder, "NUM_JUDGED", 2)
    spec = RunSpec(CONFIG, 1)
    # An agent that was just made stands for one that was trained and kept.
    monkeypatch.setattr(encoder, "complete_runs", lambda *_: [(spec, tmp_path)])
    monkeypatch.setattr(making, "restored", lambda folder, config, seed: opened(config, seed))
    monkeypatch.setattr(encoder, "read_run", lambda folder: SimpleNamespace(provenance={"by": "test"}))
    (found,) = encoder.collect(Store(tmp_path), [CELL], [0, 1])
    assert (found.key, found.config, found.seed) == (spec.key, CONFIG, 1)
    assert found.provenance == {"by": "test"}
    scores = np.stack([found.seen, found.paired, found.unseen])
    assert scores.shape == (3, len(found.names)) == (3, 5)
    assert (scores <= 1).all() and len(np.unique(scores[:, 0])) == 3
    assert found.paired_rank.shape == found.unseen_rank.shape == (2, 250)
    assert (found.paired_rank != found.unseen_rank).any()
    # The first of the episodes is in `vector`, too, but for its last digits.
    again = encoder.ranks(*found.vector.astype(float))
    assert np.corrcoef(again, found.unseen_rank[0])[0, 1] > 0.99
    assert found.vector.shape == (2, 125, CONFIG.feature_size)
    # The same states, before a plain background and before a video.
    assert (found.vector[0] != found.vector[1]).any()
    assert found.bodies.shape == (2, 126, 96, 96, 3)
    film = found.film(size=48)
    assert film.shape == (126, 48, 96, 3)
    plain, video = film[0, :, :48], film[0, :, 48:]
    assert found.paired_return.shape == (2,) and (0 <= found.paired_return).all()
    assert len(np.unique(plain.reshape(-1, 3), axis=0)) < 200 < len(np.unique(video.reshape(-1, 3), axis=0))


def test_what_is_written_is_read(tmp_path):
    encoder.FILE.write(tmp_path / "file", [kept(seed=1)])
    (found,) = encoder.FILE.read(tmp_path / "file")
    for field in dataclasses.fields(encoder.EncoderView):
        np.testing.assert_array_equal(getattr(found, field.name), getattr(kept(seed=1), field.name))


def test_a_damaged_film_is_refused(monkeypatch, tmp_path):
    monkeypatch.setattr("zlib.compress", lambda content, level: content[:10])
    encoder.FILE.write(tmp_path / "file", [kept()])
    with pytest.raises(ValueError, match="^file is .*, which is damaged: "):
        encoder.FILE.read(tmp_path / "file")
