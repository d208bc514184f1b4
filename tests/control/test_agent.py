import numpy as np
import oracles
import pytest
import tensorflow as tf
import tiny

from pisces.control import builder
from pisces.control.batch import Experience

TEMPERATURE = 0.1
DISCOUNT = 0.9


@pytest.fixture
def agent():
    config = tiny.control_config(discount=DISCOUNT, initial_temperature=TEMPERATURE, pse=tiny.pse_config())
    agent = builder.agent(config, action_size=2, seed=3)
    _, bias = agent.actor.projection.variables
    bias.assign(tf.fill(bias.shape, 0.1))  # so that no embedding is 0
    return agent


@pytest.fixture(scope="module")
def experience():
    generator = np.random.default_rng(0)
    pixels, next_pixels = generator.integers(256, size=(2, 4, 2, 16, 16, 9), dtype=np.uint8)
    return Experience(
        tf.constant(pixels),
        tf.constant(generator.uniform(-1, 1, (4, 2)), tf.float32),
        tf.constant(generator.uniform(0, 4, 4), tf.float32),
        tf.constant([1.0, 0.0, 1.0, 1.0]),
        tf.constant(next_pixels),
    )


def values_of(modules):
    return {variable.ref(): variable.numpy() for module in modules for variable in module.variables}


def changed(before):
    return {ref for ref, value in before.items() if (ref.deref().numpy() != value).any()}


def refs(variables):
    return {variable.ref() for variable in variables}


def redrawn(agent, pixels):
    """The actions and log-densities that the agent draws next, and its stream as it was."""
    state = agent.generator.state.numpy()
    action, log_density = agent.sample(agent.critic.maps(pixels))
    agent.generator.state.assign(state)
    return action, log_density.numpy()


def test_targets_are_those_of_a_slow_oracle(agent, experience):
    for variable in agent.target_critic.variables:  # so that it is not the critic
        variable.assign(0.8 * variable)
    views = tf.reshape(experience.next_pixels, [8, 16, 16, 9])
    action, log_density = redrawn(agent, views)
    values = agent.target_critic.values(agent.target_critic.maps(views), action).numpy()
    expected = [
        oracles.soft_target(
            experience.reward.numpy()[place],
            experience.discount.numpy()[place],
            DISCOUNT,
            TEMPERATURE,
            [(values[2 * place + view], log_density[2 * place + view]) for view in range(2)],
        )
        for place in range(4)
    ]
    np.testing.assert_allclose(agent.targets(experience), expected, rtol=1e-5)
    assert agent.targets(experience)[1] == experience.reward[1]  # a terminal state has no future


def test_the_loss_of_the_critics_is_that_of_a_slow_oracle(agent, experience):
    targets = np.array([1.0, -2.0, 0.5, 3.0], np.float32)
    values = [
        [
            agent.critic.values(
                agent.critic.maps(experience.pixels[place, view][None]), experience.action[place][None]
            )[0].numpy()
            for view in range(2)
        ]
        for place in range(4)
    ]
    np.testing.assert_allclose(
        agent.critic_loss(experience, targets), oracles.critic_loss(values, targets), rtol=1e-5
    )


def test_the_loss_of_the_actor_is_that_of_a_slow_oracle(agent, experience):
    view = experience.pixels[:, 0]
    action, log_density = redrawn(agent, view)
    values = agent.critic.values(agent.critic.maps(view), action).numpy()
    loss, found = agent.actor_loss(experience)
    np.testing.assert_array_equal(found, log_density)
    np.testing.assert_allclose(loss, oracles.actor_loss(values, log_density, TEMPERATURE), rtol=1e-5)


def test_what_is_done_before_an_overlaid_view_is_judged_before_the_plain_one(experience):
    config = tiny.control_config(initial_temperature=TEMPERATURE, num_crops=1, overlay_weight=0.5)
    agent = builder.agent(config, action_size=2, seed=3)
    plain, overlaid = (experience.pixels[:, place] for place in range(2))
    action, log_density = redrawn(agent, tf.concat([plain, overlaid], axis=0))
    maps = agent.critic.maps(plain)
    values = [agent.critic.values(maps, some).numpy() for some in tf.split(action, 2)]
    loss, found = agent.actor_loss(experience)
    np.testing.assert_array_equal(found, log_density)
    expected = oracles.actor_loss(np.concatenate(values), log_density, TEMPERATURE)
    np.testing.assert_allclose(loss, expected, rtol=1e-5)


def test_the_embedding_loss_is_that_of_a_slow_oracle(agent, pair):
    embedding_x, embedding_y = (
        agent.actor.embedding(agent.critic.maps(pixels)).numpy() for pixels in (pair.pixels_x, pair.pixels_y)
    )
    expected = oracles.contrastive_loss(
        embedding_x, embedding_y, pair.distance.numpy(), inverse_temperature=10.0, affinity_scale=0.1
    )
    np.testing.assert_allclose(agent.embedding_loss(pair), expected, rtol=1e-3)


@pytest.mark.parametrize(("log_density", "direction"), [(5.0, 1), (-5.0, -1)])
def test_the_temperature_rises_where_the_policy_is_too_sure_and_falls_where_it_is_not(
    agent, log_density, direction
):
    # Two numbers in an action: the entropy wanted is -2.
    with tf.GradientTape() as tape:
        loss = agent.temperature_loss(tf.fill([4], log_density))
    np.testing.assert_allclose(loss, TEMPERATURE * (-log_density + 2), rtol=1e-5)
    assert np.sign(tape.gradient(loss, agent.log_temperature)) == -direction


def test_the_losses_reach_what_they_train_and_nothing_else(agent, experience, pair):
    parts = {
        "convolutions": agent.critic.convolutions,
        "critic": tf.Module(),
        "actor head": agent.actor.head,
        "trunk": agent.actor.trunk,
        "output": agent.actor.output,
        "projection": agent.actor.projection,
        "targets": agent.target_critic,
    }
    parts["critic"].layers = [agent.critic.head, *agent.critic.estimates]
    targets = agent.targets(experience)
    losses = {
        "critic": lambda: agent.critic_loss(experience, agent.targets(experience)),
        "actor": lambda: agent.actor_loss(experience)[0],
        "embedding": lambda: agent.embedding_loss(pair),
        "temperature": lambda: agent.temperature_loss(tf.reduce_mean(targets)[None]),
    }
    reached = {}
    for name, loss in losses.items():
        with tf.GradientTape() as tape:
            value = loss()
        variables = {part: module.trainable_variables for part, module in parts.items()}
        gradients = tape.gradient(value, variables)
        reached[name] = {
            part for part, of_part in gradients.items() if any(one is not None for one in of_part)
        }
    assert reached == {
        "critic": {"convolutions", "critic"},
        # The gradient passes the critics, which do not take it.
        "actor": {"critic", "actor head", "trunk", "output"},
        "embedding": {"convolutions", "actor head", "trunk", "projection"},
        "temperature": set(),
    }


def test_an_update_changes_the_critics_and_in_its_turn_the_actor_and_the_targets(agent, experience):
    modules = (agent.critic, agent.actor, agent.target_critic)
    critic, actor, targets = refs(agent.critic.trainable_variables), refs(agent.actor.policy_variables), set()
    for is_actors_turn in (True, False, True):
        before, temperature = values_of(modules), agent.log_temperature.numpy()
        info = agent.train(experience)
        now = changed(before)
        assert now >= {ref for ref in critic if ref.deref().shape.rank > 1}
        assert bool(now & actor) == is_actors_turn == (agent.log_temperature.numpy() != temperature)
        targets = refs(agent.target_critic.variables)
        assert bool(now & targets) == (not is_actors_turn)  # after the second update, and each second one
        assert now <= critic | (actor if is_actors_turn else targets)
        assert np.isnan(info.extra.actor) != is_actors_turn and np.isnan(info.extra.embedding)
    assert agent.train_step_counter.numpy() == 3


def test_a_pair_trains_the_convolutions_and_the_embedding(agent, experience, pair):
    plain, before = values_of([agent.critic, agent.actor]), None
    agent.train_step_counter.assign(1)  # not the actor's turn
    info = agent.train(experience, pair=pair)
    assert np.isfinite(info.extra.embedding) and np.isnan(info.extra.actor)
    now = changed(plain)
    expected = refs(agent.embedding_variables)
    assert now >= {ref for ref in expected if ref.deref().shape.rank > 1}
    assert not now & refs(agent.actor.output.variables)
    before = agent.embedding_loss(pair)
    for _ in range(20):
        agent._train_embedding(pair)
    assert agent.embedding_loss(pair) < before


def test_the_targets_go_their_share_of_the_way(agent, experience):
    old = [variable.numpy() for variable in agent.target_critic.variables]
    for variable in agent.critic.variables:
        variable.assign_add(tf.ones_like(variable))
    agent._update_targets()
    for variable, before, goal in zip(
        agent.target_critic.variables, old, agent.critic.variables, strict=True
    ):
        np.testing.assert_allclose(variable, 0.99 * before + 0.01 * goal.numpy(), rtol=1e-5, atol=1e-7)


def test_the_targets_begin_as_the_critic(agent):
    for variable, goal in zip(agent.target_critic.variables, agent.critic.variables, strict=True):
        np.testing.assert_array_equal(variable, goal)
        assert variable is not goal


def test_updates_in_a_graph_lower_the_loss_of_the_critics(agent, experience):
    train = tf.function(agent.train, autograph=False)
    losses = [float(train(experience).loss) for _ in range(60)]
    assert np.mean(losses[-5:]) < 0.5 * np.mean(losses[:5])
    assert agent.train_step_counter.numpy() == 60


def test_the_data_are_as_the_agent_says(agent, experience):
    spec = agent.training_data_spec
    for one, array in zip(spec, experience, strict=True):
        assert one.dtype == array.dtype and one.shape == array.shape[1:]


def test_what_an_agent_cannot_use_is_refused(experience, pair):
    agent = builder.agent(tiny.control_config(), action_size=2, seed=0)
    with pytest.raises(ValueError, match="embedding_loss is None"):
        agent.train(experience, pair=pair)
    with pytest.raises(ValueError, match="weights is given; it must be None"):
        agent.train(experience, weights=tf.ones([4]))
