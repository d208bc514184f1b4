import numpy as np
import tensorflow as tf
import tiny

from pisces.control import builder
from pisces.learn import contrastive_loss


def test_an_agent_has_the_settings_of_its_configuration():
    config = tiny.control_config(
        size=20,
        num_filters=3,
        feature_size=7,
        mlp_width=9,
        num_crops=3,
        num_target_crops=1,
        learning_rate=2e-3,
        initial_temperature=0.3,
        min_log_std=-2.0,
        max_log_std=-1.0,
        pse=tiny.pse_config(embedding_size=4),
    )
    agent = builder.agent(config, action_size=2, seed=0)
    images = tf.zeros([2, 20, 20, 9], tf.uint8)
    maps = agent.critic.maps(images)
    assert agent.training_data_spec.pixels.shape == (3, 20, 20, 9)
    assert agent.training_data_spec.next_pixels.shape == (1, 20, 20, 9)
    assert agent.critic.convolutions.layers[0].filters == 3
    assert agent.actor.features(maps).shape == (2, 7) and agent.actor.hidden(maps).shape == (2, 9)
    assert agent.actor.embedding(maps).shape == (2, 4)
    deviation = agent.actor.distribution(maps).distribution.stddev().numpy()
    assert np.exp(-2) < deviation.min() and deviation.max() < np.exp(-1)
    np.testing.assert_allclose(tf.exp(agent.log_temperature), 0.3, rtol=1e-6)
    assert len({id(optimizer) for optimizer in agent.optimizers}) == 4
    for optimizer in agent.optimizers:
        np.testing.assert_allclose(optimizer.learning_rate, 2e-3)


def test_the_embedding_loss_is_the_librarys_own_with_the_settings_of_the_configuration():
    loss = builder.embedding_loss(tiny.control_config(pse=tiny.pse_config(inverse_temperature=3.0)))
    assert loss.func is contrastive_loss
    assert loss.keywords == {"inverse_temperature": 3.0, "affinity_scale": 0.1}


def test_the_embedding_loss_trains_down_to_where_the_configuration_says():
    for reach, is_below in (("convolutions", True), ("actor", False)):
        agent = builder.agent(tiny.control_config(pse=tiny.pse_config(reach=reach)), action_size=2, seed=0)
        trained = {variable.ref() for variable in agent.embedding_variables}
        below = {variable.ref() for variable in agent.critic.convolutions.trainable_variables}
        above = {variable.ref() for variable in agent.actor.embedding_variables}
        assert trained == (above | below if is_below else above)


def test_the_embedding_loss_may_have_a_learning_rate_of_its_own():
    config = tiny.control_config(learning_rate=2e-3, pse=tiny.pse_config(learning_rate=1e-4))
    rates = [float(optimizer.learning_rate) for optimizer in builder.optimizers(config)]
    np.testing.assert_allclose(rates, [2e-3, 2e-3, 2e-3, 1e-4])


def test_its_learning_rate_says_how_long_its_steps_are_and_its_weight_next_to_nothing(pair):
    moved = {}
    for name, settings in {
        "plain": {},
        "light": {"contrastive_weight": 0.1},
        "slow": {"learning_rate": 1e-4},
    }.items():
        config = tiny.control_config(pse=tiny.pse_config(**settings))
        agent = builder.agent(config, action_size=2, seed=0)
        before = [variable.numpy() for variable in agent.embedding_variables]
        agent._train_embedding(pair)
        moved[name] = np.mean(
            [
                np.abs(variable.numpy() - old).mean()
                for variable, old in zip(agent.embedding_variables, before, strict=True)
            ]
        )
    np.testing.assert_allclose(moved["light"], moved["plain"], rtol=0.05)
    np.testing.assert_allclose(moved["slow"], moved["plain"] / 10, rtol=0.05)


def test_drq_alone_has_no_part_of_an_embedding():
    config = tiny.control_config()
    agent = builder.agent(config, action_size=2, seed=0)
    assert builder.embedding_loss(config) is None
    assert agent.optimizers.embedding is None and agent.actor.projection is None


def test_variables_follow_from_the_seed():
    first, same, other = (
        builder.agent(tiny.control_config(), action_size=2, seed=seed) for seed in (0, 0, 1)
    )
    for name in ("actor", "critic"):
        variables = [getattr(agent, name).variables for agent in (first, same, other)]
        for one, two, three in zip(*variables, strict=True):
            np.testing.assert_array_equal(one, two)
            assert one.shape.rank == 1 or (one != three).numpy().any()
    assert (first.generator.state != first.collect_generator.state).numpy().any()
