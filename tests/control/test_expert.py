"""Experts: what they do, what they earn, and how they are made."""

import numpy as np
import pytest
from tf_agents.policies.greedy_policy import GreedyPolicy
from tf_agents.trajectories.time_step import restart

from pisces.control import expert, expert_training
from pisces.control.episode import rollout
from pisces.control.expert import Expert
from pisces.control.simulation import Seeds


@pytest.fixture
def small():
    kernels = (np.array([[1.0, -1.0], [2.0, 0.0]], np.float32), np.array([[0.5], [0.25]], np.float32))
    biases = (np.array([0.0, 1.0], np.float32), np.array([-1.0], np.float32))
    return Expert(kernels, biases, {"task": "some"})


def test_an_expert_is_dense_layers_with_relu_and_tanh(small):
    # (1 * 1 + 2 * 2, max(-1 + 1, 0)) = (5, 0); 0.5 * 5 - 1 = 1.5
    np.testing.assert_allclose(small.act({"state": np.array([1.0, 2.0], np.float32)}), [np.tanh(1.5)])


def test_an_expert_is_read_as_it_was_saved(small, tmp_path):
    small.save(tmp_path / "one.npz")
    found = Expert.read(tmp_path / "one.npz")
    assert found.notes == small.notes
    for one, other in zip((*small.kernels, *small.biases), (*found.kernels, *found.biases), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_digest_is_that_of_the_policy_whatever_its_notes(small, tmp_path):
    small.save(tmp_path / "one.npz")
    assert Expert.read(tmp_path / "one.npz").digest == small.digest
    assert Expert(small.kernels, small.biases, {"task": "other"}).digest == small.digest
    wide = Expert(tuple(kernel.T for kernel in small.kernels), small.biases)
    moved = Expert(small.kernels, tuple(bias + 1 for bias in small.biases))
    assert len({small.digest, wide.digest, moved.digest}) == 3


def test_a_file_of_something_else_is_refused(tmp_path):
    (tmp_path / "text.npz").write_text("text")
    np.savez(tmp_path / "other.npz", one=np.zeros(1))
    (tmp_path / "torn.npz").write_bytes((tmp_path / "other.npz").read_bytes()[:60])
    (tmp_path / "empty.npz").touch()
    with open(tmp_path / "array.npz", "wb") as stream:
        np.save(stream, np.zeros(1))
    for name in ("text.npz", "other.npz", "none.npz", "torn.npz", "empty.npz", "array.npz"):
        with pytest.raises(ValueError, match=f"{name}', which holds no expert"):
            Expert.read(tmp_path / name)


def test_a_task_without_an_expert_is_refused():
    with pytest.raises(ValueError, match="^task is 'fly'; it must be one of .*cartpole-swingup.*"):
        expert.packaged("fly")


@pytest.mark.parametrize("task", expert.names())
def test_an_expert_earns_what_its_notes_say(task, unseen):
    one = expert.packaged(task)
    assert one.notes["task"] == task and len(one.notes["returns"]) == 10
    played = rollout(unseen(task), one.act, seeds=Seeds(0, 0))
    assert np.abs(played.action).max() <= 1
    assert played.reward.sum() == pytest.approx(one.notes["returns"][0], rel=0.05, abs=20)


def test_training_gives_the_policy_of_the_agent(physics, monkeypatch):
    agents = []
    made = expert_training._agent
    monkeypatch.setattr(expert_training, "_NUM_RANDOM", 20)
    monkeypatch.setattr(expert_training, "_NUM_EPISODES", 1)
    monkeypatch.setattr(expert_training, "_agent", lambda *args: agents.append(made(*args)) or agents[0])
    found = expert_training.train_expert("reacher-easy", seed=1, num_decisions=23, is_quiet=True)
    assert found.notes["num_decisions"] == 23 and len(found.notes["returns"]) == 1
    assert int(agents[0].train_step_counter.numpy()) == 3
    (agent,) = agents
    states = np.random.default_rng(0).normal(size=(7, 6)).astype(np.float32)
    policy = GreedyPolicy(agent.policy)
    actions = policy.action(restart(states, batch_size=len(states))).action.numpy()
    for state, action in zip(states, actions, strict=True):
        np.testing.assert_allclose(found.act({"state": state}), action, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"num_decisions": 1000}, "num_decisions is 1000; it must be an integer above 1000"),
        ({"seed": -1}, "seed is -1; it must be an integer of at least 0"),
        ({"task": "fly"}, "task is 'fly'; it must be one of ball-in-cup-catch, .*"),
    ],
)
def test_what_cannot_be_trained_is_refused(change, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        expert_training.train_expert(**({"task": "reacher-easy", "seed": 0, "num_decisions": 1001} | change))
