"""How is an expert made? TF-Agents' soft actor-critic on positions and velocities, in minutes.

Source: Haarnoja et al. (2018), Soft actor-critic algorithms and applications. The paper takes a policy that
DrQ has trained (Agarwal et al., 2021, App. I).
"""

import contextlib
import functools
import math
import typing
from collections.abc import Iterable, Iterator

import numpy as np
import tensorflow as tf
import tf_keras as keras
from tf_agents.agents.ddpg.critic_network import CriticNetwork
from tf_agents.agents.sac.sac_agent import SacAgent
from tf_agents.agents.sac.tanh_normal_projection_network import TanhNormalProjectionNetwork
from tf_agents.environments.tf_py_environment import TFPyEnvironment
from tf_agents.environments.wrappers import FlattenObservationsWrapper
from tf_agents.networks.actor_distribution_network import ActorDistributionNetwork
from tf_agents.policies.random_tf_policy import RandomTFPolicy
from tf_agents.replay_buffers.tf_uniform_replay_buffer import TFUniformReplayBuffer
from tf_agents.trajectories import trajectory
from tf_agents.utils import common
from tqdm import tqdm

from pisces.checks import checked, is_count, is_count_or_0
from pisces.control.episode import rollout
from pisces.control.expert import Expert
from pisces.control.simulation import Seeds, Simulation
from pisces.control.tf_env import ControlPyEnvironment
from pisces.control.world import WorldSettings

_WIDTH = 128
_BATCH_SIZE = 256
_LEARNING_RATE = 1e-3
_TARGET_RATE = 0.01
_INITIAL_TEMPERATURE = 0.1
_DISCOUNT = 0.99
_CAPACITY = 100_000
_NUM_RANDOM = 1000
_REPORT_INTERVAL = 2500
_NUM_EPISODES = 10


def train_expert(task: str, *, seed: int, num_decisions: int, is_quiet: bool = False) -> Expert:
    """Trains on the state, and takes the best policy there was.

    Every 2500 decisions, and at the end, the greedy policy plays ten episodes, always the same.

    Args:
        task: A name of `pisces.control.tasks.TASKS`.
        seed: At least 0.
        num_decisions: Length of training, with an update after each; more than the 1000 random ones it begins
            with.
        is_quiet: Shows no progress bar.

    Raises:
        ImportError: If MuJoCo or the suite is missing, or of another version.
        ValueError: If an argument is not allowed.
    """
    checked("seed", seed, is_count_or_0, "an integer of at least 0")
    checked(
        "num_decisions",
        num_decisions,
        lambda number: is_count(number) and number > _NUM_RANDOM,
        f"an integer above {_NUM_RANDOM}",
    )
    tf.random.set_seed(seed)
    settings = WorldSettings(task=task, size=None)
    best = None
    with Simulation(settings, seed=seed) as judge, _environment(settings, seed) as environment:
        for expert in _experts(environment, tqdm(range(1, num_decisions + 1), disable=is_quiet)):
            expert.notes["returns"] = [
                round(float(rollout(judge, expert.act, seeds=Seeds(episode, 0)).reward.sum()), 1)
                for episode in range(_NUM_EPISODES)
            ]
            if best is None or np.mean(expert.notes["returns"]) > np.mean(best.notes["returns"]):
                best = expert
    assert best is not None
    best.notes.update(task=task, seed=seed)
    return best


def _environment(settings: WorldSettings, seed: int) -> typing.Any:
    """A `TFPyEnvironment` for a `with` statement; its inferred types do not know that it has time steps."""
    world = ControlPyEnvironment(settings, seed=seed)
    return contextlib.closing(TFPyEnvironment(FlattenObservationsWrapper(world)))


def _experts(environment: typing.Any, decisions: Iterable[int]) -> Iterator[Expert]:
    """Trains, and yields the policy at every report."""
    agent = _agent(environment)
    replay = TFUniformReplayBuffer(agent.collect_data_spec, batch_size=1, max_length=_CAPACITY)
    batches = iter(
        replay.as_dataset(sample_batch_size=_BATCH_SIZE, num_steps=2, single_deterministic_pass=False)
    )
    policies = {
        is_random: common.function(policy.action)
        for is_random, policy in (
            (True, RandomTFPolicy(environment.time_step_spec(), environment.action_spec())),
            (False, agent.collect_policy),
        )
    }
    train = common.function(agent.train)
    step, last = environment.reset(), None
    for last in decisions:
        action = policies[last <= _NUM_RANDOM](step)
        following = environment.step(action.action)
        replay.add_batch(trajectory.from_transition(step, action._replace(info=()), following))
        step = following
        if last > _NUM_RANDOM:
            batch = next(batches)[0]
            # What lies between the last state of an episode and the first of the next is no transition.
            train(batch, weights=tf.cast(~batch.is_boundary()[:, 0], tf.float32))
            if last % _REPORT_INTERVAL == 0:
                yield _expert(agent, num_decisions=last)
    if last is not None and last % _REPORT_INTERVAL:
        yield _expert(agent, num_decisions=last)


def _agent(environment: typing.Any) -> SacAgent:
    observation_spec, action_spec = environment.observation_spec(), environment.action_spec()
    adam = functools.partial(keras.optimizers.legacy.Adam, _LEARNING_RATE)
    agent = SacAgent(
        environment.time_step_spec(),
        action_spec,
        actor_network=ActorDistributionNetwork(
            observation_spec,
            action_spec,
            fc_layer_params=(_WIDTH, _WIDTH),
            continuous_projection_net=TanhNormalProjectionNetwork,
        ),
        critic_network=CriticNetwork((observation_spec, action_spec), joint_fc_layer_params=(_WIDTH, _WIDTH)),
        actor_optimizer=adam(),
        critic_optimizer=adam(),
        alpha_optimizer=adam(),
        target_update_tau=_TARGET_RATE,
        gamma=_DISCOUNT,
        initial_log_alpha=math.log(_INITIAL_TEMPERATURE),
        train_step_counter=tf.Variable(tf.constant(0, tf.int64)),
    )
    agent.initialize()
    return agent


def _expert(agent: SacAgent, *, num_decisions: int) -> Expert:
    """The greedy policy as it is now: of the last layer, the half that gives means."""
    values = [variable.numpy() for variable in agent.policy.trainable_variables]
    kernels, biases = values[::2], values[1::2]
    size = kernels[-1].shape[1] // 2
    return Expert(
        (*kernels[:-1], kernels[-1][:, :size]),
        (*biases[:-1], biases[-1][:size]),
        {"num_decisions": num_decisions},
    )
