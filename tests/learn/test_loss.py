import math

import numpy as np
import oracles
import pytest
import tensorflow as tf

from pisces.learn import (
    contrastive_loss,
    cosine_similarity,
    imitation_loss,
    metric_embedding_loss,
    symmetric_contrastive_loss,
    weight_penalty,
)

# Two states of x, three anchors y, by hand. With lambda = ln 2, exp(lambda s) is 2 where the embeddings agree
# and 1 where they are orthogonal; with beta = 1, distances 0, ln 2 and ln 4 are affinities 1, 1/2 and 1/4.
#
#   exp(lambda s)   y0  y1  y2      Gamma   y0   y1   y2
#              x0    2   1   2         x0    1  1/4  1/4
#              x1    1   2   1         x1  1/2  1/2  1/2     positives: x0, x1, x1
#
#   share of the positive  y0: 1*2 / (1*2 + 1/2*1) = 4/5
#                          y1: 1/2*2 / (1/2*2 + 3/4*1) = 4/7
#                          y2: 1/2*1 / (1/2*1 + 3/4*2) = 1/4
#   and without coupling weights: 2/3, 2/3, 1/3.
EMBEDDING_X = np.array([[1.0, 0.0], [0.0, 3.0]])
EMBEDDING_Y = np.array([[2.0, 0.0], [0.0, 1.0], [5.0, 0.0]])
DISTANCE = np.log([[1.0, 4.0, 4.0], [2.0, 2.0, 2.0]])
INVERSE_TEMPERATURE = math.log(2.0)


def random_case(seed, *, num_x=6, num_y=5, size=4):
    stream = np.random.default_rng(seed)
    embedding_x, embedding_y = stream.normal(size=(num_x, size)), stream.normal(size=(num_y, size))
    return embedding_x, embedding_y, stream.uniform(0.0, 2.0, size=(num_x, num_y))


def value_and_gradients(loss, *embeddings):
    variables = [tf.Variable(embedding) for embedding in embeddings]
    with tf.GradientTape() as tape:
        value = loss(*variables)
    return value.numpy(), [gradient.numpy() for gradient in tape.gradient(value, variables)]


def test_coupled_loss_of_a_two_by_three_case_is_the_one_by_hand():
    loss = contrastive_loss(
        EMBEDDING_X, EMBEDDING_Y, DISTANCE, inverse_temperature=INVERSE_TEMPERATURE, affinity_scale=1.0
    )
    assert float(loss) == pytest.approx(math.log(5 / 4 * 7 / 4 * 4) / 3, rel=1e-12)


def test_uncoupled_loss_of_a_two_by_three_case_is_the_one_by_hand():
    loss = contrastive_loss(
        EMBEDDING_X, EMBEDDING_Y, DISTANCE, inverse_temperature=INVERSE_TEMPERATURE, affinity_scale=None
    )
    assert float(loss) == pytest.approx(math.log(3 / 2 * 3 / 2 * 3) / 3, rel=1e-12)


def test_symmetric_loss_of_a_two_by_three_case_adds_the_anchors_of_x():
    # Anchor x0 has positive y0: 2 / (2 + 1 + 2). The three y are equally near to x1, the first counts:
    # 1 / (1 + 2 + 1).
    loss = symmetric_contrastive_loss(
        EMBEDDING_X, EMBEDDING_Y, DISTANCE, inverse_temperature=INVERSE_TEMPERATURE, affinity_scale=None
    )
    anchors_in_y, anchors_in_x = math.log(3 / 2 * 3 / 2 * 3) / 3, math.log(5 / 2 * 4) / 2
    assert float(loss) == pytest.approx(anchors_in_y + anchors_in_x, rel=1e-12)


@pytest.mark.parametrize("affinity_scale", [None, 0.1, 1.0])
@pytest.mark.parametrize("inverse_temperature", [0.5, 2.0])
def test_contrastive_loss_is_equation_4(affinity_scale, inverse_temperature):
    settings = {"inverse_temperature": inverse_temperature, "affinity_scale": affinity_scale}
    for seed in range(3):
        case = random_case(seed)
        assert float(contrastive_loss(*case, **settings)) == pytest.approx(
            oracles.contrastive_loss(*case, **settings), rel=1e-9
        )


@pytest.mark.parametrize("affinity_scale", [None, 0.1])
def test_symmetric_loss_is_equation_4_in_both_directions(affinity_scale):
    settings = {"inverse_temperature": 2.0, "affinity_scale": affinity_scale}
    embedding_x, embedding_y, distance = random_case(0)
    expected = oracles.contrastive_loss(embedding_x, embedding_y, distance, **settings)
    expected += oracles.contrastive_loss(embedding_y, embedding_x, distance.T, **settings)
    assert float(symmetric_contrastive_loss(embedding_x, embedding_y, distance, **settings)) == pytest.approx(
        expected, rel=1e-9
    )


def test_swapping_the_demonstrations_changes_one_direction_and_leaves_the_symmetric_loss():
    settings = {"inverse_temperature": 2.0, "affinity_scale": 0.5}
    embedding_x, embedding_y, distance = random_case(1)
    there, back = (embedding_x, embedding_y, distance), (embedding_y, embedding_x, distance.T)
    assert float(symmetric_contrastive_loss(*there, **settings)) == pytest.approx(
        float(symmetric_contrastive_loss(*back, **settings)), rel=1e-12
    )
    assert abs(float(contrastive_loss(*there, **settings) - contrastive_loss(*back, **settings))) > 1e-3


def test_contrastive_loss_looks_at_directions_only():
    embedding_x, embedding_y, distance = random_case(2)
    settings = {"inverse_temperature": 2.0, "affinity_scale": 0.5}
    assert float(
        contrastive_loss(3.0 * embedding_x, 0.1 * embedding_y, distance, **settings)
    ) == pytest.approx(float(contrastive_loss(embedding_x, embedding_y, distance, **settings)), rel=1e-9)


@pytest.mark.parametrize(
    "loss",
    [
        lambda x, y, d: contrastive_loss(x, y, d, inverse_temperature=2.0, affinity_scale=None),
        lambda x, y, d: contrastive_loss(x, y, d, inverse_temperature=2.0, affinity_scale=0.3),
        lambda x, y, d: symmetric_contrastive_loss(x, y, d, inverse_temperature=2.0, affinity_scale=0.3),
        metric_embedding_loss,
    ],
    ids=["uncoupled", "coupled", "symmetric", "l2"],
)
def test_gradient_is_that_of_finite_differences(loss):
    embedding_x, embedding_y, distance = random_case(3, num_x=4, num_y=3, size=3)
    _, gradients = value_and_gradients(lambda x, y: loss(x, y, distance), embedding_x, embedding_y)
    step = 1e-6
    for which, gradient in enumerate(gradients):
        for index in np.ndindex(gradient.shape):
            values = []
            for sign in (1, -1):
                moved = [embedding_x.copy(), embedding_y.copy()]
                moved[which][index] += sign * step
                values.append(float(loss(*moved, distance)))
            assert gradient[index] == pytest.approx((values[0] - values[1]) / (2 * step), abs=1e-8)


@pytest.mark.parametrize("loss", [contrastive_loss, symmetric_contrastive_loss])
@pytest.mark.parametrize("distance", [0.0, 1e-30, 1e4])
def test_affinity_of_exactly_zero_or_one_gives_finite_loss_and_gradient(loss, distance):
    embedding_x, embedding_y, _ = (np.float32(part) for part in random_case(4))
    everywhere = np.full((6, 5), distance, np.float32)
    somewhere = np.where(np.eye(6, 5, dtype=bool), np.float32(0.0), everywhere)
    for distances in (everywhere, somewhere):
        value, gradients = value_and_gradients(
            lambda x, y, d=distances: loss(x, y, d, inverse_temperature=2.0, affinity_scale=0.01),
            embedding_x,
            embedding_y,
        )
        assert np.isfinite(value)
        assert all(np.isfinite(gradient).all() for gradient in gradients)


def test_states_at_distance_zero_of_an_anchor_do_not_repel_it():
    # All x are at distance 0 of both anchors, so that the positive is alone in its denominator.
    value, gradients = value_and_gradients(
        lambda x, y: contrastive_loss(x, y, np.zeros((3, 2)), inverse_temperature=2.0, affinity_scale=0.01),
        *random_case(5, num_x=3, num_y=2)[:2],
    )
    assert value == pytest.approx(0.0, abs=1e-12)
    assert all(np.abs(gradient).max() < 1e-12 for gradient in gradients)


def test_an_anchor_without_a_near_state_is_pulled_with_full_force():
    # At right angles a move of the anchor along x0 changes its cosine with x0 alone, so that the gradient
    # there is -lambda * (1 - share of the positive x0).
    embedding_x, anchor = np.eye(3), np.array([[0.0, 0.0, 1.0]])
    distance = np.array([[5.0], [6.0], [7.0]])

    def pull(affinity_scale):
        _, (gradient,) = value_and_gradients(
            lambda y: contrastive_loss(
                embedding_x, y, distance, inverse_temperature=2.0, affinity_scale=affinity_scale
            ),
            anchor,
        )
        return -gradient[0, 0]

    assert pull(0.01) == pytest.approx(2.0, rel=1e-12)
    assert pull(None) == pytest.approx(2.0 * (1 - 1 / (2 + math.exp(2.0))), rel=1e-9)


@pytest.mark.parametrize("affinity_scale", [None, 0.5])
def test_an_anchor_pulls_and_pushes_by_the_shares_of_its_softmax(affinity_scale):
    # d loss / d cosine is lambda (share - [positive]) / m; a unit vector feels its component at right angles.
    embedding_x, embedding_y, distance = random_case(8)
    embedding_x, embedding_y = (
        part / np.linalg.norm(part, axis=1, keepdims=True) for part in (embedding_x, embedding_y)
    )
    _, (slope_x, _) = value_and_gradients(
        lambda x, y: contrastive_loss(x, y, distance, inverse_temperature=2.0, affinity_scale=affinity_scale),
        embedding_x,
        embedding_y,
    )
    cosine = embedding_x @ embedding_y.T
    is_positive = np.arange(6)[:, None] == distance.argmin(axis=0)
    gamma = 1.0 if affinity_scale is None else np.exp(-distance / affinity_scale)
    weight = np.where(is_positive, gamma, 1.0 if affinity_scale is None else 1 - gamma)
    share = weight * np.exp(2.0 * cosine)
    force = 2.0 * (share / share.sum(axis=0) - is_positive) / 5
    expected = force @ embedding_y - (force * cosine).sum(axis=1, keepdims=True) * embedding_x
    np.testing.assert_allclose(slope_x, expected, atol=1e-12)


def test_cosine_similarity_is_the_oracle_and_zero_for_a_zero_row():
    embedding_x, embedding_y, _ = random_case(6)
    embedding_x[2] = 0.0
    cosine = cosine_similarity(embedding_x, embedding_y).numpy()
    for i, j in np.ndindex(cosine.shape):
        expected = 0.0 if i == 2 else oracles.cosine(embedding_x[i], embedding_y[j])
        assert cosine[i, j] == pytest.approx(expected, abs=1e-12)


def test_metric_embedding_loss_is_the_mean_squared_gap():
    case = random_case(7)
    assert float(metric_embedding_loss(*case)) == pytest.approx(
        oracles.metric_embedding_loss(*case), rel=1e-9
    )


def test_coinciding_embeddings_have_a_finite_gradient_of_the_metric_embedding_loss():
    same = np.ones((3, 2), np.float32)
    value, gradients = value_and_gradients(
        lambda x, y: metric_embedding_loss(x, y, np.ones((3, 3), np.float32)), same, same
    )
    assert value == pytest.approx(1.0, abs=1e-5)
    assert all(np.isfinite(gradient).all() for gradient in gradients)


def test_weight_penalty_is_the_mean_over_variables_of_half_the_sum_of_squares():
    # (1 + 4) / 2 and (9 + 0 + 16) / 2 have mean 7.5.
    variables = [tf.constant([1.0, 2.0]), tf.constant([[3.0], [0.0], [4.0]])]
    assert float(weight_penalty(variables)) == pytest.approx(7.5)
    assert float(weight_penalty(variables)) == pytest.approx(oracles.weight_penalty(variables))


def test_imitation_loss_is_the_cross_entropy_of_each_decision():
    logits, action = np.array([[0.3, -1.2], [2.0, 0.5], [0.0, 0.0]]), np.array([1, 0, 1])
    expected = [oracles.cross_entropy(*decision) for decision in zip(logits, action, strict=True)]
    np.testing.assert_allclose(imitation_loss(logits, action), expected, rtol=1e-12)
    assert expected[2] == pytest.approx(math.log(2.0))


@pytest.mark.parametrize("loss", [contrastive_loss, symmetric_contrastive_loss])
@pytest.mark.parametrize("name", ["inverse_temperature", "affinity_scale"])
@pytest.mark.parametrize("value", [0.0, -1.0, float("nan")])
def test_a_contrastive_loss_refuses_a_setting_that_is_not_positive(loss, name, value):
    embedding = tf.eye(2)
    settings = {"inverse_temperature": 1.0, "affinity_scale": 1.0} | {name: value}
    with pytest.raises(ValueError, match=f"{name} is {value}"):
        loss(embedding, embedding, tf.ones([2, 2]), **settings)
