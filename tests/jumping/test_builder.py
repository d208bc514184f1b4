"""Every setting of a configuration reaches the part that it is meant for."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf
import tiny
from processors import needs_bfloat16

from pisces import learn, metric
from pisces.chapters.what_makes_it_work import alignment
from pisces.jumping import builder
from pisces.jumping.config import EMBEDDING_LOSSES, EmbeddingConfig, LossRow, RandConvConfig
from pisces.jumping.metrics import METRICS, MetricRow
from pisces.jumping.settings import settings_table
from pisces.jumping.training import Training
from pisces.learn import loss
from pisces.runs.identity import RunSpec
from pisces.task import COLORS, JUMP, RIGHT, Task, demonstrations, splits
from pisces.task.frames import OBSTACLE_VALUE

TASKS = splits.training_tasks("wide")[:3]
CME = tiny.embedding_config(contrastive_weight=3.0, discount=0.9, affinity_scale=0.5)
CONFIG = tiny.run_config(
    learning_rate=1e-3,
    l2_coefficient=0.1,
    feature_size=16,
    rand_conv=RandConvConfig(kernel_size=3, skip_probability=0.5, num_action_passes=2),
    embedding=CME,
)


@pytest.fixture
def embeddings():
    stream = np.random.default_rng(0)
    return stream.normal(size=(4, 3)), stream.normal(size=(5, 3)), stream.uniform(size=(4, 5))


def make_agent(config, *, tasks=TASKS, seed=0):
    return builder.agent(config, tasks, optimizer=builder.optimizer(config), seed=seed)


@pytest.mark.parametrize("discount", [0.5, 0.99])
def test_psm_compares_the_actions_of_two_demonstrations(discount):
    expert = demonstrations(TASKS)
    distance = builder.pairwise_distance(expert, dataclasses.replace(CME, discount=discount))
    assert distance.shape == (3, 3, 56, 56)
    cost = metric.action_cost(expert.action[2], expert.action[0])
    np.testing.assert_array_equal(distance[2, 0], metric.policy_similarity(cost, discount=discount))


@pytest.mark.parametrize("discount", [0.5, 0.99])
def test_pi_bisimulation_compares_rewards_and_a_finished_demonstration_earns_nothing(discount):
    settings = dataclasses.replace(CME, metric="pi-bisimulation", discount=discount)
    distance = builder.pairwise_distance(demonstrations(TASKS), settings)
    # Each step pays 1, the 56th 101. With 3 and 5 steps left: 1 1 101 against 1 1 1 1 101.
    expected = 100 * discount**2 + discount**3 + 101 * discount**4
    np.testing.assert_allclose(distance[:, :, 53, 51], expected)
    np.testing.assert_array_equal(np.diagonal(distance, axis1=2, axis2=3), 0.0)


def test_endless_pi_bisimulation_pays_the_last_reward_for_ever():
    settings = dataclasses.replace(CME, metric="pi-bisimulation-endless", discount=0.5)
    distance = builder.pairwise_distance(demonstrations(TASKS), settings)
    # With 3 and 5 steps left: 1 1 101 101 101 ... against 1 1 1 1 101 101 ...
    np.testing.assert_allclose(distance[:, :, 53, 51], 100 * (0.5**2 + 0.5**3))


@pytest.mark.parametrize("error", [0.0, 0.1, 0.4, 0.5])
def test_an_expert_that_errs_rescales_psm_until_nothing_is_left(error):
    expert = demonstrations(TASKS)
    exact, erring = (
        builder.pairwise_distance(expert, dataclasses.replace(CME, policy_error=value))
        for value in (0.0, error)
    )
    np.testing.assert_allclose(erring, (1 - 2 * error) * exact, atol=1e-12)
    if error < 0.5:
        np.testing.assert_array_equal(erring.argmin(axis=2), exact.argmin(axis=2))


def test_an_expert_that_errs_takes_the_other_action_with_that_probability():
    probability = builder.expert_policy(np.array([RIGHT, JUMP]), error=0.1)
    np.testing.assert_allclose(probability, [[0.9, 0.1], [0.1, 0.9]])


@pytest.mark.parametrize(("kernels", "is_constant"), [("fresh", False), ("constant", True)])
def test_kernels_are_fresh_or_one_for_the_run(kernels, is_constant):
    rand_conv = RandConvConfig(skip_probability=0.0, kernels=kernels)
    network = make_agent(dataclasses.replace(CONFIG, rand_conv=rand_conv)).network
    observation = tf.constant(demonstrations(TASKS).observation[0, :1])
    one, other = (network.augment(observation, training=True).numpy() for _ in range(2))
    assert np.array_equal(one, other) == is_constant


@pytest.mark.parametrize(("kernels", "is_mixed"), [("fresh", False), ("mixing", True)])
def test_kernels_keep_colors_apart_or_mix_them(kernels, is_mixed):
    rand_conv = RandConvConfig(skip_probability=0.0, kernels=kernels)
    red = [Task(20, 10, "red"), Task(30, 10, "red")]
    agent = make_agent(dataclasses.replace(CONFIG, rand_conv=rand_conv), tasks=red)
    obstacle_only = demonstrations(red).observation[0, 1:2] * (1, 0, 0, 1, 0, 0)
    view = agent.network.augment(tf.constant(obstacle_only, tf.float32), training=True).numpy()
    assert view[..., 1:3].any() == view[..., 4:].any() == is_mixed


@pytest.mark.parametrize(
    ("pairs", "are_green"),
    [
        ("any", {(False, False), (False, True), (True, False), (True, True)}),
        ("one color", {(False, False), (True, True)}),
        ("red", {(False, False)}),
    ],
)
def test_pairs_are_of_any_tasks_of_one_color_or_of_red_ones(pairs, are_green):
    config = dataclasses.replace(
        CONFIG, colors=COLORS, embedding=dataclasses.replace(CME, pairs=pairs), rand_conv=None
    )
    data = builder.training_set(config, [Task(at, 10, color) for color in COLORS for at in (20, 30)])
    generator = tf.random.Generator.from_seed(0)
    drawn = [data.sample_pair(generator) for _ in range(50)]
    # Green obstacles are in the second channel; the green of what is white is there in both tasks.
    assert are_green == {
        tuple(
            bool((one.numpy()[..., 1] == OBSTACLE_VALUE).any())
            for one in (pair.observation_x, pair.observation_y)
        )
        for pair in drawn
    }


def test_the_distance_of_a_sampled_pair_is_that_of_its_observations():
    pair = builder.training_set(CONFIG, TASKS).sample_pair(tf.random.Generator.from_seed(1))
    expert = demonstrations(TASKS)
    (x,), (y,) = (
        np.flatnonzero((expert.observation == observation.numpy()).all(axis=(1, 2, 3, 4)))
        for observation in (pair.observation_x, pair.observation_y)
    )
    expected = builder.pairwise_distance(expert, CME)[x, y]
    np.testing.assert_allclose(pair.distance, expected, rtol=1e-6)


def test_a_batch_holds_the_jump_of_each_task_and_draws_the_rest():
    data = builder.training_set(CONFIG, TASKS)
    experience, _ = data.sample_decisions(tf.random.Generator.from_seed(0), batch_size=8)
    assert sorted(experience.action.numpy()) == [RIGHT] * 4 + [JUMP] * 3


def test_a_configuration_without_embedding_needs_no_distance():
    data = builder.training_set(dataclasses.replace(CONFIG, embedding=None), TASKS)
    with pytest.raises(ValueError, match="^distance is None"):
        data.sample_pair(tf.random.Generator.from_seed(0))


@pytest.mark.parametrize(
    ("name", "function"),
    [("cme", learn.contrastive_loss), ("symmetric-cme", learn.symmetric_contrastive_loss)],
)
@pytest.mark.parametrize("affinity_scale", [None, 0.5])
def test_a_contrastive_loss_has_the_settings_of_the_configuration(name, function, affinity_scale, embeddings):
    loss = builder.embedding_loss(dataclasses.replace(CME, loss=name, affinity_scale=affinity_scale))
    expected = function(*embeddings, inverse_temperature=2.0, affinity_scale=affinity_scale)
    assert float(loss(*embeddings)) == float(expected)


def test_the_l2_loss_has_no_settings(embeddings):
    l2 = EmbeddingConfig(metric="psm", loss="l2", contrastive_weight=1.0, discount=0.9)
    assert float(builder.embedding_loss(l2)(*embeddings)) == float(learn.metric_embedding_loss(*embeddings))


def test_the_learning_rate_decays_once_an_epoch():
    config = dataclasses.replace(CONFIG, learning_rate_decay=0.5, updates_per_epoch=4)
    rate = builder.optimizer(config).learning_rate
    assert [float(rate(step)) for step in (0, 3, 4, 7, 8)] == pytest.approx([1e-3, 1e-3, 5e-4, 5e-4, 2.5e-4])


def test_a_cosine_falls_from_the_rate_at_the_start_to_0_at_the_end_of_the_run():
    config = dataclasses.replace(CONFIG, schedule="cosine", num_updates=8)
    rate = builder.optimizer(config).learning_rate
    assert [float(rate(step)) for step in (0, 4, 8)] == pytest.approx([1e-3, 5e-4, 0], abs=1e-9)


def test_training_images_are_moved_as_far_as_configured(monkeypatch):
    made = []
    monkeypatch.setattr(builder, "RandomShift", lambda **settings: made.append(settings))
    make_agent(CONFIG)
    make_agent(dataclasses.replace(CONFIG, max_shift=7, shift_margin=2))
    assert made == [{"max_shift": 7, "margin": 2}]


def test_the_agent_weights_its_losses_as_configured():
    agent, data = make_agent(CONFIG), builder.training_set(CONFIG, TASKS)
    generator = tf.random.Generator.from_seed(0)
    experience, weights = data.sample_decisions(generator, batch_size=CONFIG.batch_size)
    loss = agent.loss(experience, weights, pair=data.sample_pair(generator))
    penalty = learn.weight_penalty(agent.network.trainable_weights)
    expected = loss.extra.imitation + 3.0 * loss.extra.embedding + 0.1 * penalty
    assert float(loss.loss) == pytest.approx(float(expected), rel=1e-6)
    assert float(loss.extra.embedding) > 0


def test_the_network_has_the_sizes_of_the_configuration():
    network = make_agent(CONFIG).network
    observation = tf.zeros([2, 60, 60, 2])
    (features,) = network.encode(observation, training=False)
    assert features.shape == (2, 16)
    assert network.embedding(features).shape == (2, 8)
    assert network(observation)[0].shape == (2, 2)
    without_projection = dataclasses.replace(CONFIG, embedding=dataclasses.replace(CME, embedding_size=None))
    assert make_agent(without_projection).network.embedding(features) is features


def test_acting_averages_as_many_passes_as_configured():
    rand_conv = RandConvConfig(skip_probability=0.0, num_action_passes=2)
    network = make_agent(dataclasses.replace(CONFIG, rand_conv=rand_conv)).network
    observation = tf.constant(demonstrations(TASKS).observation[0, :8])
    network.reset_acting_stream()
    acted = network(observation)[0]
    network.reset_acting_stream()
    passes = [tf.nn.softmax(network.logits(*network.encode(observation, training=False))) for _ in range(2)]
    assert not np.array_equal(*passes)
    np.testing.assert_allclose(tf.nn.softmax(acted), (passes[0] + passes[1]) / 2, rtol=1e-5)


def test_the_network_draws_kernels_of_the_configured_size_and_share():
    network = make_agent(CONFIG).network
    point = np.zeros((1, 60, 60, 2), np.float32)
    point[0, 30, 30] = 1
    seen = [network.augment(tf.constant(point), training=True).numpy() for _ in range(40)]
    spread = {max(np.ptp(axis) for axis in np.nonzero(view)[1:3]) for view in seen}
    assert spread == {0, 2}  # skipped, or three pixels wide
    never = dataclasses.replace(CONFIG, rand_conv=dataclasses.replace(CONFIG.rand_conv, skip_probability=1.0))
    np.testing.assert_array_equal(make_agent(never).network.augment(tf.constant(point), training=True), point)


def test_without_random_convolution_the_network_sees_the_picture_itself():
    network = make_agent(dataclasses.replace(CONFIG, rand_conv=None)).network
    observation = tf.ones([1, 60, 60, 2])
    assert network.augment(observation, training=True) is observation


@pytest.mark.parametrize("precision", ["float32", pytest.param("mixed_bfloat16", marks=needs_bfloat16)])
def test_the_precision_is_that_of_the_products_and_the_variables_stay_float32(precision):
    network = make_agent(dataclasses.replace(CONFIG, precision=precision)).network
    policies = {layer.dtype_policy.name for layer in network.submodules if hasattr(layer, "kernel")}
    assert precision in policies
    assert all(variable.dtype == tf.float32 for variable in network.trainable_weights)


def test_the_dropout_rate_is_the_share_of_features_dropped_in_training():
    network = make_agent(
        dataclasses.replace(CONFIG, rand_conv=None, dropout_rate=0.5, feature_size=256)
    ).network
    observation = tf.constant(demonstrations(TASKS).observation[0, :8])
    (kept,), (trained,) = (network.encode(observation, training=training) for training in (False, True))
    is_dropped = (trained.numpy() == 0)[kept.numpy() > 0]
    assert is_dropped.mean() == pytest.approx(0.5, abs=0.1)


def test_a_seed_gives_the_same_network_and_another_seed_another():
    first, same, other = (make_agent(CONFIG, seed=seed).network.trainable_weights[0] for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, same)
    assert not np.array_equal(first, other)


def test_a_new_loss_takes_one_function_and_one_row_and_renames_no_run(monkeypatch):
    def attraction(embedding_x, embedding_y, distance, *, inverse_temperature):
        cosine = loss.cosine_similarity(embedding_x, embedding_y)
        return inverse_temperature * tf.reduce_mean(distance - cosine)

    before = RunSpec(tiny.run_config(embedding=tiny.embedding_config()), 0).key
    monkeypatch.setattr(loss, "attraction", attraction, raising=False)
    row = LossRow("attraction", "attraction", "cosine", ("inverse_temperature",))
    monkeypatch.setitem(EMBEDDING_LOSSES, "attraction", row)

    config = tiny.run_config(embedding=tiny.embedding_config(loss="attraction", affinity_scale=None))
    assert Training(config, seed=0).advance(2)[1] != 0
    assert "attraction" in settings_table([config]).loc["embedding loss"].tolist()
    assert alignment.compared_by(config.embedding) == "cosine"
    assert RunSpec(tiny.run_config(embedding=tiny.embedding_config()), 0).key == before
    with pytest.raises(ValueError, match=r"^affinity_scale is 0\.1; it must be None for loss attraction$"):
        tiny.embedding_config(loss="attraction")


def test_a_new_metric_takes_one_function_and_one_row_and_renames_no_run(monkeypatch):
    def returns(reward, policy, *, discount):
        value = np.cumsum((reward * discount ** np.arange(reward.shape[1]))[:, ::-1], axis=1)[:, ::-1]
        return np.abs(value[:, None, :, None] - value[None, :, None])

    before = RunSpec(tiny.run_config(embedding=tiny.embedding_config()), 0).key
    monkeypatch.setitem(METRICS, "returns", MetricRow(returns))

    config = tiny.run_config(embedding=tiny.embedding_config(metric="returns"))
    assert Training(config, seed=0).advance(2)[1] != 0
    assert "returns" in settings_table([config]).loc["metric"].tolist()
    assert RunSpec(tiny.run_config(embedding=tiny.embedding_config()), 0).key == before
    with pytest.raises(ValueError, match=r"^policy_error is 0\.1; it must be 0 for metric returns$"):
        tiny.embedding_config(metric="returns", policy_error=0.1)
