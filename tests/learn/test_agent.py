import subprocess
import sys
import textwrap

import numpy as np
import oracles
import pytest
import tensorflow as tf
import tf_keras as keras
from tf_agents.policies import policy_saver
from tf_agents.specs import tensor_spec
from tf_agents.trajectories import time_step as ts

from pisces.learn import PSEAgent, imitation_loss, metric_embedding_loss, weight_penalty
from pisces.learn.data import experience_of

BATCH_SIZE = 20


def draw(training_set, seed=0):
    """Experience, weights and pair of one update."""
    generator = tf.random.Generator.from_seed(seed)
    return *training_set.sample_decisions(generator, batch_size=BATCH_SIZE), training_set.sample_pair(
        generator
    )


def time_step(observation):
    num = len(observation)
    return ts.TimeStep(
        step_type=tf.fill([num], ts.StepType.MID),
        reward=tf.zeros([num]),
        discount=tf.ones([num]),
        observation=tf.constant(observation),
    )


def values(agent):
    return [variable.numpy() for variable in agent.network.trainable_weights]


def test_updates_lower_the_loss_and_are_counted(make_agent, training_set):
    agent = make_agent()
    experience, weights, pair = draw(training_set)
    losses = [float(agent.train(experience, weights, pair=pair).loss) for _ in range(3)]
    assert losses[0] > losses[1] > losses[2]
    assert int(agent.train_step_counter) == 3


def test_training_inside_a_graph_takes_the_same_updates(make_agent, training_set):
    eager, traced = make_agent(), make_agent()
    train = tf.function(lambda *batch, pair: traced.train(*batch, pair=pair))
    for seed in range(3):
        experience, weights, pair = draw(training_set, seed)
        eager.train(experience, weights, pair=pair)
        train(experience, weights, pair=pair)
    for a, b in zip(values(eager), values(traced), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-6)


def test_total_loss_is_the_weighted_sum_of_its_parts(make_agent, training_set):
    agent = make_agent(contrastive_weight=3.0, l2_coefficient=0.2)
    experience, weights, pair = draw(training_set)
    loss, (imitation, embedding) = agent.loss(experience, weights, pair=pair)
    penalty = weight_penalty(agent.network.trainable_weights)
    assert float(embedding) > 0 and float(penalty) > 0
    assert float(loss) == pytest.approx(float(imitation + 3.0 * embedding + 0.2 * penalty), rel=1e-6)


@pytest.mark.parametrize("loss_name", ["contrastive", "l2"])
def test_embedding_part_is_the_given_loss_of_the_pair(make_agent, training_set, loss_name):
    settings = {} if loss_name == "contrastive" else {"embedding_loss": metric_embedding_loss}
    agent = make_agent(**settings)
    experience, weights, pair = draw(training_set)
    embedding_x, embedding_y = (
        agent.network.embedding(agent.network.encode(observation, training=False)[0]).numpy()
        for observation in (pair.observation_x, pair.observation_y)
    )
    if loss_name == "l2":
        expected = oracles.metric_embedding_loss(embedding_x, embedding_y, pair.distance.numpy())
    else:
        expected = oracles.contrastive_loss(
            embedding_x, embedding_y, pair.distance.numpy(), inverse_temperature=2.0, affinity_scale=0.1
        )
    _, parts = agent.loss(experience, weights, pair=pair)
    assert float(parts.embedding) == pytest.approx(expected, rel=1e-4)


def test_imitation_part_is_that_of_class_balanced_draws(make_agent, training_set):
    agent = make_agent(embedding_loss=None)
    experience, weights, _ = draw(training_set)
    action = experience.action.numpy()
    nats = [
        oracles.cross_entropy(agent.network(observation[None])[0][0].numpy(), expert_action)
        for observation, expert_action in zip(experience.observation, action, strict=True)
    ]
    loss, parts = agent.loss(experience, weights)
    assert float(parts.imitation) == pytest.approx(
        oracles.balanced_imitation(nats, action, rare_action=1), rel=1e-5
    )
    assert float(parts.embedding) == 0.0
    assert float(loss) == float(parts.imitation)


def test_one_weighted_pass_has_loss_and_gradient_of_balanced_draws_in_separate_passes(
    make_agent, training_set
):
    agent = make_agent(l2_coefficient=0.1)
    network = agent.network
    experience, weights, pair = draw(training_set)
    is_rare = experience.action == 1

    def fast():
        return agent.loss(experience, weights, training=True, pair=pair).loss

    def slow():
        parts = []
        for of_class in (is_rare, ~is_rare):
            (features,) = network.encode(experience.observation[of_class], training=True)
            parts.append(
                tf.reduce_mean(imitation_loss(network.logits(features), experience.action[of_class]))
            )
        embedding_x, embedding_y = (
            network.embedding(network.encode(observation, training=True)[0])
            for observation in (pair.observation_x, pair.observation_y)
        )
        embedding = agent._embedding_loss(embedding_x, embedding_y, pair.distance)
        return tf.add_n(parts) / 2 + 0.5 * embedding + 0.1 * weight_penalty(network.trainable_weights)

    results = []
    for loss in (fast, slow):
        with tf.GradientTape() as tape:
            value = loss()
        results.append((value.numpy(), tape.gradient(value, network.trainable_weights)))
    (fast_value, fast_gradient), (slow_value, slow_gradient) = results
    assert fast_value == pytest.approx(slow_value, rel=1e-6)
    for a, b in zip(fast_gradient, slow_gradient, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-6 * max(1.0, np.abs(b.numpy()).max()))


def test_a_constant_weight_scales_imitation_and_nothing_else(make_agent, training_set):
    agent = make_agent()
    experience, weights, pair = draw(training_set)
    once, twice = (agent.loss(experience, factor * weights, pair=pair).extra for factor in (1.0, 2.0))
    assert float(twice.imitation) == pytest.approx(2 * float(once.imitation), rel=1e-6)
    assert float(twice.embedding) == float(once.embedding)


def test_without_pair_or_embedding_loss_the_agent_clones_only(make_agent, training_set):
    experience, weights, pair = draw(training_set)
    for agent, given in ((make_agent(), None), (make_agent(embedding_loss=None), pair)):
        loss, parts = agent.loss(experience, weights, pair=given)
        assert float(parts.embedding) == 0.0
        assert float(loss) == float(parts.imitation)


def test_policy_takes_the_action_of_the_greatest_logit(make_agent, expert):
    agent = make_agent()
    observation = expert[0].reshape(-1, 12, 12, 2)
    expected = tf.argmax(agent.network(tf.constant(observation))[0], axis=-1)
    np.testing.assert_array_equal(agent.policy.action(time_step(observation)).action, expected)


def test_trained_policy_imitates_the_expert(make_agent, training_set, expert):
    observation, action = expert
    agent = make_agent(optimizer=keras.optimizers.legacy.Adam(3e-3), contrastive_weight=0.0)
    experience = experience_of(
        tf.constant(observation.reshape(-1, 12, 12, 2)), tf.constant(action.reshape(-1))
    )
    train = tf.function(agent.train)
    for _ in range(60):
        train(experience)
    acted = agent.policy.action(time_step(observation.reshape(-1, 12, 12, 2))).action
    np.testing.assert_array_equal(acted, action.reshape(-1))


def test_collect_policy_acts_at_random_as_often_as_epsilon_says(make_agent, expert):
    observation = np.repeat(expert[0][0, :1], 400, axis=0)
    for epsilon, low, high in ((0.0, 0.0, 0.0), (0.5, 0.15, 0.35), (1.0, 0.4, 0.6)):
        agent = make_agent(epsilon_greedy=epsilon)
        greedy = agent.policy.action(time_step(observation)).action
        tf.random.set_seed(0)
        collected = agent.collect_policy.action(time_step(observation)).action
        assert low <= np.mean(collected != greedy) <= high


def test_saved_policy_acts_alike_in_a_fresh_process(make_agent, training_set, expert, rand_conv, tmp_path):
    agent = make_agent(network={"augmentation": rand_conv, "num_action_passes": 3})
    experience, weights, pair = draw(training_set)
    for _ in range(3):
        agent.train(experience, weights, pair=pair)
    policy_saver.PolicySaver(agent.policy, batch_size=None).save(str(tmp_path / "policy"))
    observation = expert[0].reshape(-1, 12, 12, 2)
    np.save(tmp_path / "observation.npy", observation)
    # The saved random stream goes on where this one stands, so that both draw the same kernels.
    expected = [agent.policy.action(time_step(observation)).action.numpy() for _ in range(2)]
    script = """
        import sys
        import pisces
        import numpy as np
        import tensorflow as tf
        import tensorflow_probability
        from tf_agents.trajectories import time_step as ts
        policy = tf.saved_model.load(sys.argv[1] + "/policy")
        observation = np.load(sys.argv[1] + "/observation.npy")
        ones = tf.ones([len(observation)])
        step = ts.TimeStep(tf.cast(ones, tf.int32), 0 * ones, ones, tf.constant(observation))
        np.save(sys.argv[1] + "/action.npy", [policy.action(step).action.numpy() for _ in range(2)])
    """
    subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script), str(tmp_path)],
        check=True,
        capture_output=True,
        timeout=120,
    )
    np.testing.assert_array_equal(np.load(tmp_path / "action.npy"), expected)


def test_resuming_from_a_checkpoint_continues_the_run_bit_for_bit(
    make_agent, training_set, rand_conv, tmp_path
):
    def start():
        agent = make_agent(network={"augmentation": rand_conv, "dropout_rate": 0.3}, l2_coefficient=0.01)
        sampling = tf.random.Generator.from_seed(5)

        def update():
            experience, weights = training_set.sample_decisions(sampling, batch_size=BATCH_SIZE)
            agent.train(experience, weights, pair=training_set.sample_pair(sampling))

        return agent, update, tf.train.Checkpoint(agent=agent, sampling=sampling)

    agent, update, checkpoint = start()
    for _ in range(3):
        update()
    path = checkpoint.write(str(tmp_path / "checkpoint"))
    at_checkpoint = values(agent)
    for _ in range(4):
        update()

    resumed, update_resumed, checkpoint = start()
    status = checkpoint.read(path)
    for a, b in zip(values(resumed), at_checkpoint, strict=True):
        np.testing.assert_array_equal(a, b)
    for _ in range(4):
        update_resumed()
    status.assert_consumed()  # the optimizer's moments too, which the first update creates
    assert int(resumed.train_step_counter) == 7
    for a, b in zip(values(resumed), values(agent), strict=True):
        np.testing.assert_array_equal(a, b)


def test_actions_that_do_not_start_at_zero_are_named(make_network):
    with pytest.raises(ValueError, match="action_spec has minimum 1; it must be 0"):
        PSEAgent(
            ts.time_step_spec(tensor_spec.TensorSpec((12, 12, 2), tf.float32)),
            tensor_spec.BoundedTensorSpec([], tf.int64, 1, 2),
            network=make_network(),
            optimizer=keras.optimizers.legacy.Adam(1e-3),
            embedding_loss=None,
            contrastive_weight=0.0,
            l2_coefficient=0.0,
            train_step_counter=tf.Variable(0, dtype=tf.int64),
        )


@pytest.mark.parametrize("name", ["contrastive_weight", "l2_coefficient"])
def test_a_negative_weight_is_named(make_agent, name):
    with pytest.raises(ValueError, match=f"{name} is -1.0; it must be at least 0"):
        make_agent(**{name: -1.0})
