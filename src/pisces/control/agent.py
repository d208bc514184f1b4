"""How do reward and the metric train one agent? DrQ, which is soft actor-critic on random crops, and PSEs.

`ControlAgent` is glue: networks come from `network`, crops and transitions from the caller, the embedding
loss from `pisces.learn`.

Source: Haarnoja et al. (2018), Soft actor-critic algorithms and applications; Kostrikov et al. (2021), eq. 1
to 3; Agarwal et al. (2021), App. I. For overlaid views: Almuzairee et al. (2024), A recipe for unbounded
data augmentation in visual reinforcement learning (SADA).
"""

import typing
from collections.abc import Callable, Sequence

import tensorflow as tf
from tf_agents.agents import tf_agent
from tf_agents.utils import common

from pisces.control.batch import Experience, Losses, PairBatch
from pisces.control.network import Actor, Critic
from pisces.control.policy import ControlPolicy, fresh_seed

# No control flow here depends on tensors; TF-Agents' own code would be rewritten too, and warn of its style.
_traced_as_written = tf.autograph.experimental.do_not_convert

EmbeddingLoss = Callable[[tf.Tensor, tf.Tensor, tf.Tensor], tf.Tensor]


class Optimizers(typing.NamedTuple):
    """One tf_keras optimizer of class `legacy.Adam`, or alike, for each loss; the last may be None."""

    critic: typing.Any
    actor: typing.Any
    temperature: typing.Any
    embedding: typing.Any


class ControlAgent(tf_agent.TFAgent):
    """Soft actor-critic from pixels, with an embedding loss on pairs of episodes beside it.

    Every update trains the critics, and with them the convolutions. Every `actor_update_period` updates, the
    first among them, train the actor above the convolutions, and the temperature. Where pairs are given,
    every update also lowers the embedding loss of the actor's penultimate layer.

    Attributes:
        actor: The policy above the convolutions.
        critic: The convolutions and both estimates of the return.
        target_critic: Follows the critic, and makes the targets.
        log_temperature: Logarithm of the weight of the entropy, a float32 scalar.
        generator: Draws the actions of updates.
        collect_generator: Draws the actions of `collect_policy`.
        optimizers: One for each loss.
        embedding_variables: What the embedding loss trains.
    """

    def __init__(
        self,
        time_step_spec,
        action_spec,
        *,
        actor: Actor,
        critic: Critic,
        target_critic: Critic,
        optimizers: Optimizers,
        num_views: int,
        is_overlaid: bool,
        num_target_crops: int,
        discount: float,
        target_rate: float,
        target_update_period: int,
        actor_update_period: int,
        initial_temperature: float,
        embedding_loss: EmbeddingLoss | None,
        embedding_variables: Sequence[tf.Variable],
        contrastive_weight: float,
        generator: tf.random.Generator,
        collect_generator: tf.random.Generator,
        train_step_counter: tf.Variable,
    ):
        """Creates the agent; `target_critic` takes the values of `critic`.

        Args:
            time_step_spec: Of the environment, with "pixels", uint8 `[S, S, 9]`, in its observation.
            action_spec: float32 `[A]` in [-1, 1].
            actor: For the convolutions of `critic`.
            critic: Of this size of frames.
            target_critic: Of the same.
            optimizers: One for each loss.
            num_views: M, plain views in `Experience.pixels`.
            is_overlaid: Whether as many follow there with foreign pictures over them.
            num_target_crops: K, views in `Experience.next_pixels`.
            discount: gamma of the return, in [0, 1).
            target_rate: tau in (0, 1].
            target_update_period: Updates between two of the targets, at least 1.
            actor_update_period: Updates between two of actor and temperature, at least 1.
            initial_temperature: Above 0.
            embedding_loss: `(embedding_x [n, D], embedding_y [m, D], distance [n, m]) -> scalar`, or None.
            embedding_variables: What it trains, of `actor` and of the convolutions of `critic`.
            contrastive_weight: alpha >= 0, its weight.
            generator: Draws the actions of updates.
            collect_generator: Draws those of `collect_policy`, so that acting more changes no update.
            train_step_counter: Counts updates.
        """
        parts = {"actor": actor, "critic": critic}
        policy = ControlPolicy(time_step_spec, action_spec, **parts, generator=None, name="Greedy")
        collect_policy = ControlPolicy(
            time_step_spec, action_spec, **parts, generator=collect_generator, name="Collect"
        )
        pixels = time_step_spec.observation["pixels"]
        scalar = tf.TensorSpec([], tf.float32)
        super().__init__(
            time_step_spec,
            action_spec,
            policy,
            collect_policy,
            train_sequence_length=None,
            num_outer_dims=1,
            training_data_spec=Experience(
                tf.TensorSpec([num_views * (1 + is_overlaid), *pixels.shape], tf.uint8),
                action_spec,
                scalar,
                scalar,
                tf.TensorSpec([num_target_crops, *pixels.shape], tf.uint8),
            ),
            train_step_counter=train_step_counter,
        )
        self.actor, self.critic, self.target_critic = actor, critic, target_critic
        self.generator, self.collect_generator = generator, collect_generator
        self.log_temperature = tf.Variable(tf.math.log(float(initial_temperature)), name="log_temperature")
        self.optimizers = optimizers
        self.embedding_variables = list(embedding_variables)
        self._actor_views = (0, num_views) if is_overlaid else (0,)
        self._discount = discount
        self._target_rate = target_rate
        self._target_update_period = target_update_period
        self._actor_update_period = actor_update_period
        self._embedding_loss = embedding_loss
        self._contrastive_weight = contrastive_weight
        self._target_entropy = -float(action_spec.shape.num_elements())
        self._initialize()
        self._create_optimizer_variables()

    def sample(self, maps: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Draws actions: float32 `[B, P]` -> float32 `[B, A]` and the logarithms of their densities `[B]`."""
        distribution = self.actor.distribution(maps)
        return distribution.experimental_sample_and_log_prob(seed=fresh_seed(self.generator))

    def targets(self, experience: Experience) -> tf.Tensor:
        """What the critics are to return, averaged over the K views: float32 `[B]`."""
        next_pixels = _flat(experience.next_pixels)
        action, log_density = self.sample(self.critic.maps(next_pixels))
        values = self.target_critic.values(self.target_critic.maps(next_pixels), action)
        soft = tf.reduce_min(values, axis=-1) - tf.exp(self.log_temperature) * log_density
        soft = tf.reduce_mean(tf.reshape(soft, tf.shape(experience.next_pixels)[:2]), axis=1)
        return tf.stop_gradient(experience.reward + self._discount * experience.discount * soft)

    def critic_loss(self, experience: Experience, targets: tf.Tensor) -> tf.Tensor:
        """Squared errors of both critics, added, and averaged over B and the views: float32 scalar."""
        num_views = tf.shape(experience.pixels)[1]
        maps = self.critic.maps(_flat(experience.pixels))
        values = self.critic.values(maps, tf.repeat(experience.action, num_views, axis=0))
        errors = values - tf.repeat(targets, num_views)[:, None]
        return tf.reduce_mean(tf.reduce_sum(errors**2, axis=-1))

    def actor_loss(self, experience: Experience) -> tuple[tf.Tensor, tf.Tensor]:
        """Weighted log-density less the lower estimate, of the first view and of the first overlaid one.

        What is done before an overlaid view is judged before the plain one.

        Returns:
            float32 scalar, and the log-densities of the actions drawn, float32 `[B]`, or with overlaid views
            `[2 B]`.
        """
        pixels = [experience.pixels[:, view] for view in self._actor_views]
        maps = tf.stop_gradient(self.critic.maps(tf.concat(pixels, axis=0)))
        action, log_density = self.sample(maps)
        plain, *_ = tf.split(maps, len(pixels))
        value = tf.reduce_min(self.critic.values(tf.tile(plain, [len(pixels), 1]), action), axis=-1)
        return tf.reduce_mean(tf.exp(self.log_temperature) * log_density - value), log_density

    def temperature_loss(self, log_density: tf.Tensor) -> tf.Tensor:
        """Raises the temperature where the entropy is below minus the size of an action: float32 scalar."""
        excess = tf.stop_gradient(-log_density - self._target_entropy)
        return tf.reduce_mean(tf.exp(self.log_temperature) * excess)

    def embedding_loss(self, pair: PairBatch) -> tf.Tensor:
        """The embedding loss of a pair, before its weight: float32 scalar.

        Raises:
            ValueError: If the agent has none.
        """
        if self._embedding_loss is None:
            raise ValueError("embedding_loss is None; it must be a function for an agent that is given pairs")
        maps = self.critic.maps(tf.concat([pair.pixels_x, pair.pixels_y], axis=0))
        num_x, num_y = tf.shape(pair.pixels_x)[0], tf.shape(pair.pixels_y)[0]
        embedding_x, embedding_y = tf.split(self.actor.embedding(maps), [num_x, num_y], num=2)
        return self._embedding_loss(embedding_x, embedding_y, pair.distance)

    def _initialize(self) -> None:
        """Makes the targets those of the critic."""
        common.soft_variables_update(self.critic.variables, self.target_critic.variables, tau=1.0)

    def _create_optimizer_variables(self) -> None:
        """Here, because a graph that makes variables cannot be run again."""
        for optimizer, variables in (
            (self.optimizers.critic, self.critic.trainable_variables),
            (self.optimizers.actor, self.actor.policy_variables),
            (self.optimizers.temperature, [self.log_temperature]),
            (self.optimizers.embedding, self.embedding_variables),
        ):
            if optimizer is not None:
                optimizer._create_all_weights(variables)

    @_traced_as_written
    def _train(self, experience, weights=None, *, pair: PairBatch | None = None) -> tf_agent.LossInfo:
        """One update.

        Args:
            experience: An `Experience`.
            weights: None; transitions count alike.
            pair: For the embedding loss, or None.

        Raises:
            ValueError: If weights are given.
        """
        if weights is not None:
            raise ValueError("weights is given; it must be None, as transitions count alike")
        targets = self.targets(experience)
        critic = self._minimize(
            lambda: self.critic_loss(experience, targets),
            self.optimizers.critic,
            self.critic.trainable_variables,
        )
        step, missing = self.train_step_counter, tf.constant(float("nan"))
        actor, temperature, entropy = tf.cond(
            tf.equal(tf.math.mod(step, self._actor_update_period), 0),
            lambda: self._train_actor(experience),
            lambda: (missing, missing, missing),
        )
        embedding = missing if pair is None else self._train_embedding(pair)
        step.assign_add(1)
        tf.cond(tf.equal(tf.math.mod(step, self._target_update_period), 0), self._update_targets, tf.no_op)
        return tf_agent.LossInfo(critic, Losses(critic, actor, temperature, embedding, entropy))

    def _train_actor(self, experience: Experience) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        densities = []

        def loss() -> tf.Tensor:
            value, log_density = self.actor_loss(experience)
            densities.append(log_density)
            return value

        actor = self._minimize(loss, self.optimizers.actor, self.actor.policy_variables)
        (log_density,) = densities
        temperature = self._minimize(
            lambda: self.temperature_loss(log_density), self.optimizers.temperature, [self.log_temperature]
        )
        return actor, temperature, -tf.reduce_mean(log_density)

    def _train_embedding(self, pair: PairBatch) -> tf.Tensor:
        return self._minimize(
            lambda: self.embedding_loss(pair),
            self.optimizers.embedding,
            self.embedding_variables,
            weight=self._contrastive_weight,
        )

    def _update_targets(self) -> tf.Operation:
        return common.soft_variables_update(
            self.critic.variables, self.target_critic.variables, tau=self._target_rate
        )

    @staticmethod
    def _minimize(
        loss: Callable[[], tf.Tensor], optimizer, variables: Sequence[tf.Variable], *, weight: float = 1.0
    ) -> tf.Tensor:
        """One step down the weighted loss, of these variables and no other; the loss before it."""
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(variables)
            value = loss()
            weighted = weight * value
        optimizer.apply_gradients(zip(tape.gradient(weighted, variables), variables, strict=True))
        return value


def _flat(views: tf.Tensor) -> tf.Tensor:
    """`[B, K, ...]` -> `[B K, ...]`."""
    return tf.reshape(views, tf.concat([[-1], tf.shape(views)[2:]], axis=0))
