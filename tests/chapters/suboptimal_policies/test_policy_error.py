"""What errors of the policy behind the metric change, by hand and by law."""

import dataclasses

import numpy as np
import pytest
from tiny import embedding_config, run_config

from pisces.chapters.suboptimal_policies import policy_error
from pisces.jumping.result import RunResult
from pisces.task import Task, demonstrations

EXPERT = demonstrations([Task(25, 10), Task(30, 15), Task(45, 20)])
ERRORS = (0.0, 0.25, 0.5)


def result(config, seed, *, loss=0.5, solved=0.5):
    num_tasks = len(config.tasks)
    return RunResult(
        config=config,
        seed=seed,
        solved_at=np.arange(num_tasks)[None] < solved * num_tasks,
        jump_step=np.zeros(num_tasks, int),
        is_test=np.ones(num_tasks, bool),
        update=np.array([6]),
        imitation_loss=np.array([loss]),
        embedding_loss=np.zeros(1),
        seconds=1.0,
        provenance={},
    )


def test_errors_rescale_the_metric_by_one_minus_twice_their_probability():
    table = policy_error.effects(EXPERT, embedding_config(), ERRORS, seed=0)
    for column in ("lowest_ratio", "highest_ratio"):
        np.testing.assert_allclose(table[column], [1, 0.5, 0], atol=1e-12)
    assert table.error.tolist() == list(ERRORS)
    # The largest distance is of a jump to the step before another: 1 + discount.
    np.testing.assert_allclose(table.metric_change, 2 * np.array(ERRORS) * 1.99)
    np.testing.assert_allclose(table.allowed_change, 200 * np.array(ERRORS))


def test_without_coupling_weights_only_an_error_of_one_half_changes_positives_and_gradient():
    embedding = embedding_config(affinity_scale=None, loss="symmetric-cme")
    table = policy_error.effects(EXPERT, embedding, ERRORS, seed=0)
    assert table.same_positive[:2].tolist() == [1, 1] and table.same_positive[2] < 0.1
    assert table.gradient_change[:2].tolist() == [0, 0] and table.gradient_change[2] > 0.5
    assert table.loss[0] == table.loss[1]


def test_with_coupling_weights_the_affinity_grows_and_at_one_half_nothing_is_left_to_minimise():
    table = policy_error.effects(EXPERT, embedding_config(affinity_scale=1.0), ERRORS, seed=0)
    assert 0 < table.gradient_change[1] < table.gradient_change[2] == pytest.approx(1)
    assert table.loss[0] > table.loss[1] > table.loss[2] == 0


def test_the_seed_draws_the_embeddings():
    first, same, other = (
        policy_error.effects(EXPERT, embedding_config(), (0.0,), seed=seed).loss[0] for seed in (0, 0, 1)
    )
    assert first == same != other


def test_positives_are_right_without_errors_and_the_better_the_more_looks():
    share = policy_error.watched_positives(EXPERT, (0.0, 0.2), (1, 1000), discount=0.99, seed=0)
    assert share[:, 0].tolist() == [1, 1]
    assert share[0, 1] < 0.6 and share[1, 1] > 0.95


def test_a_policy_that_is_always_wrong_has_the_metric_of_the_expert():
    share = policy_error.watched_positives(EXPERT, (1.0,), (1,), discount=0.99, seed=0)
    assert share == 1


def test_scores_are_sorted_by_reading_and_error():
    coupled = run_config(embedding=embedding_config(policy_error=0.1))
    plain = run_config(embedding=embedding_config(affinity_scale=None))
    runs = [result(coupled, 1, solved=0.5), result(plain, 0, solved=1.0), result(coupled, 0, solved=0.0)]
    scores = policy_error.scores(runs)
    assert set(scores) == {("paper", 0.1), ("reference", 0.0)}
    assert scores["paper", 0.1].tolist() == [0, 0.5] and scores["reference", 0.0].tolist() == [1]
    with pytest.raises(ValueError, match="must embed a metric"):
        policy_error.scores([result(run_config(), 0)])


def test_twins_are_compared_seed_by_seed():
    one = run_config(embedding=embedding_config())
    other = dataclasses.replace(one, embedding=embedding_config(policy_error=0.1))
    runs = [result(one, 0), result(one, 1), result(one, 2), result(other, 3)]
    runs += [result(other, 0), result(other, 1, loss=0.6), result(other, 2, solved=0.25)]
    table = policy_error.twins(runs, one, {"other": other, "itself": one, "none": run_config()})
    assert table.loc["other"].tolist() == [3, 1]
    assert table.loc["itself"].tolist() == [3, 3] and table.loc["none"].tolist() == [0, 0]
