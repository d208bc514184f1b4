"""The formulas of the paper, transcribed with loops: slow, plain, and written without looking at the library.

A section per module. Everything is float64.
"""

import math

import numpy as np
from scipy import optimize

# pisces.learn.loss


def cosine(vector_a, vector_b):
    """Cosine of the angle between two vectors."""
    dot = sum(float(a) * float(b) for a, b in zip(vector_a, vector_b, strict=True))
    norm_a = math.sqrt(sum(float(a) ** 2 for a in vector_a))
    norm_b = math.sqrt(sum(float(b) ** 2 for b in vector_b))
    return dot / (norm_a * norm_b)


def contrastive_loss(embedding_x, embedding_y, distance, *, inverse_temperature, affinity_scale):
    """Agarwal et al. (2021), eq. 4, averaged over the anchors y; `affinity_scale` None: all weights are 1."""
    losses = []
    for j, anchor in enumerate(embedding_y):
        column = [float(distance[i][j]) for i in range(len(embedding_x))]
        positive = column.index(min(column))
        numerator, denominator = 0.0, 0.0
        for i, other in enumerate(embedding_x):
            gamma = None if affinity_scale is None else math.exp(-column[i] / affinity_scale)
            similarity = math.exp(inverse_temperature * cosine(other, anchor))
            if i == positive:
                numerator = (1.0 if gamma is None else gamma) * similarity
                denominator += numerator
            else:
                denominator += (1.0 if gamma is None else 1.0 - gamma) * similarity
        losses.append(-math.log(numerator / denominator))
    return sum(losses) / len(losses)


def metric_embedding_loss(embedding_x, embedding_y, distance):
    """Agarwal et al. (2021), App. E."""
    gaps = [
        (math.dist(x, y) - float(distance[i][j])) ** 2
        for i, x in enumerate(embedding_x)
        for j, y in enumerate(embedding_y)
    ]
    return sum(gaps) / len(gaps)


def weight_penalty(variables):
    """Mean over variables of half the sum of squares."""
    return sum(sum(float(w) ** 2 for w in np.ravel(v)) / 2 for v in variables) / len(variables)


def balanced_imitation(cross_entropy, action, *, rare_action):
    """What class-balanced draws cost in expectation: half of them one action, half of them the others."""
    rare = [c for c, a in zip(cross_entropy, action, strict=True) if a == rare_action]
    others = [c for c, a in zip(cross_entropy, action, strict=True) if a != rare_action]
    return sum(rare) / len(rare) / 2 + sum(others) / len(others) / 2


def cross_entropy(logits, action):
    """Nats that one decision costs."""
    return math.log(sum(math.exp(float(v)) for v in logits)) - float(logits[action])


# pisces.metric


def policy_similarity(cost, *, discount):
    """Agarwal et al. (2021), eq. D.2, as the sum it stands for: walk both trajectories until both end."""
    num_x, num_y = len(cost), len(cost[0])
    distance = np.zeros((num_x, num_y))
    for i in range(num_x):
        for j in range(num_y):
            for step in range(max(num_x - i, num_y - j)):
                row, column = min(i + step, num_x - 1), min(j + step, num_y - 1)
                distance[i, j] += discount**step * cost[row][column]
    return distance


def wasserstein(ground_distance, distribution_x, distribution_y):
    """W1 between two distributions as a linear programme over the couplings."""
    num_x, num_y = len(distribution_x), len(distribution_y)
    constraints, marginals = [], []
    for i in range(num_x):
        constraints.append([float(row == i) for row in range(num_x) for _ in range(num_y)])
        marginals.append(distribution_x[i])
    for j in range(num_y):
        constraints.append([float(column == j) for _ in range(num_x) for column in range(num_y)])
        marginals.append(distribution_y[j])
    solution = optimize.linprog(np.ravel(ground_distance), A_eq=constraints, b_eq=marginals)
    assert solution.success, solution.message
    return solution.fun


def behavioral_metric(cost, transition_x, transition_y, *, discount, num_iterations):
    """Agarwal et al. (2021), eq. 1, 3 and C.1: max over actions of cost `[S, S', A]` plus discounted W1.

    Transitions are `[S, A, S]` and `[S', A, S']`; metrics under a policy have one action.
    """
    num_x, num_y, num_actions = np.shape(cost)
    distance = np.zeros((num_x, num_y))
    for _ in range(num_iterations):
        updated = np.zeros((num_x, num_y))
        for x in range(num_x):
            for y in range(num_y):
                updated[x, y] = max(
                    cost[x][y][a] + discount * wasserstein(distance, transition_x[x][a], transition_y[y][a])
                    for a in range(num_actions)
                )
        distance = updated
    return distance


def transferred_disagreement(policy_x, policy_y, transition_y, distance, *, discount, start, num_steps):
    """Agarwal et al. (2021), Theorem 1, left side: follow the distribution of Y_t step by step."""
    num_y, num_actions = np.shape(policy_y)
    nearest = [min(range(len(policy_x)), key=lambda x, y=y: distance[x][y]) for y in range(num_y)]
    occupancy = [float(y == start) for y in range(num_y)]
    total = 0.0
    for step in range(num_steps):
        following = [0.0] * num_y
        for y in range(num_y):
            transferred = policy_x[nearest[y]]
            variation = sum(abs(transferred[a] - policy_y[y][a]) for a in range(num_actions)) / 2
            total += discount**step * occupancy[y] * variation
            for a in range(num_actions):
                for successor in range(num_y):
                    following[successor] += occupancy[y] * transferred[a] * transition_y[y][a][successor]
        occupancy = following
    return total


# pisces.task


class JumpingGame:
    """One game, pixel by pixel: des Combes et al. (2018); red and green: Agarwal et al. (2021), App. G."""

    def __init__(self, obstacle_position, floor_height, color=None):
        self.obstacle_position = obstacle_position
        self.floor_height = floor_height
        self.color = color
        self.x = 0
        self.y = floor_height
        self.is_jumping = False
        self.is_rising = False
        self.has_touched = False
        self.is_over = False

    def agent_pixels(self):
        return [(self.x + i, self.y + j) for i in range(5) for j in range(10)]

    def obstacle_pixels(self):
        return [(self.obstacle_position + i, self.floor_height + j) for i in range(9) for j in range(10)]

    def step(self, action):
        """Returns reward, success, collision."""
        if not self.is_jumping and action == 1:
            self.is_jumping = True
            self.is_rising = True
        self.x += 1
        if self.is_jumping:
            if self.y > self.floor_height + 15:
                self.is_rising = False
            if self.is_rising:
                self.y += 1
            else:
                self.y -= 1
                if self.y == self.floor_height:
                    self.is_jumping = False
        touches = bool(set(self.agent_pixels()) & set(self.obstacle_pixels()))
        is_collision = touches and not self.has_touched
        self.has_touched = self.has_touched or touches
        is_success = self.x + 5 > 60
        reward = 1.0
        if is_collision:
            reward = -1.0
            if self.color == "green" and self.y == self.floor_height:
                reward += 100.0
        if is_success:
            reward += 100.0
        self.is_over = is_success or (is_collision and self.color != "green")
        return reward, is_success, is_collision

    def frame(self):
        """Returns the image as the reference does: grey with row = y, in colour with row = 59 - y."""
        obstacle = {None: 0.5, "red": (0.5, 0.0, 0.0), "green": (0.0, 0.5, 0.0)}[self.color]
        image = np.zeros((60, 60) if self.color is None else (60, 60, 3), np.float32)
        border = [(i, j) for i in range(60) for j in range(60) if i in (0, 59) or j in (0, 59)]
        floor = [(i, self.floor_height) for i in range(60)]
        layers = [(self.agent_pixels(), 1.0), (self.obstacle_pixels(), obstacle), (border, 1.0), (floor, 1.0)]
        for pixels, value in layers:
            for x, y in pixels:
                if x < 60 and y < 60:
                    image[y if self.color is None else 59 - y, x] = value
        return image


# pisces.control.network


def convolution(image, kernel, bias, *, stride):
    """3x3 without padding, then ReLU: `[H, W, C]`, `[3, 3, C, D]`, `[D]` -> `[H', W', D]`."""
    height, width = ((length - 3) // stride + 1 for length in image.shape[:2])
    result = np.zeros((height, width, len(bias)))
    for row in range(height):
        for column in range(width):
            window = image[row * stride : row * stride + 3, column * stride : column * stride + 3]
            for channel in range(len(bias)):
                result[row, column, channel] = max(0.0, (window * kernel[..., channel]).sum() + bias[channel])
    return result


def layer_norm_tanh(vector, scale, offset, *, epsilon):
    """Layer normalisation over a vector, then tanh."""
    mean = sum(vector) / len(vector)
    variance = sum((value - mean) ** 2 for value in vector) / len(vector)
    return np.array(
        [
            math.tanh((value - mean) / math.sqrt(variance + epsilon) * factor + shift)
            for value, factor, shift in zip(vector, scale, offset, strict=True)
        ]
    )


def squashed_normal_log_density(action, mean, log_std):
    """Logarithm of the density of tanh(mean + std * noise) at an action, by the change of variables."""
    total = 0.0
    for a, m, s in zip(action, mean, log_std, strict=True):
        noise = (math.atanh(a) - m) / math.exp(s)
        total += -0.5 * noise**2 - s - 0.5 * math.log(2 * math.pi) - math.log(1 - a**2)
    return total


# pisces.control.agent


def soft_target(reward, not_terminal, discount, temperature, views):
    """Kostrikov et al. (2021), eq. 2, for soft actor-critic; a view is (both values, log-density)."""
    total = 0.0
    for values, log_density in views:
        total += reward + discount * not_terminal * (min(values) - temperature * log_density)
    return total / len(views)


def critic_loss(values, target):
    """Kostrikov et al. (2021), eq. 3: values `[B][M]` of pairs, targets `[B]`."""
    losses = [
        sum((value - target[place]) ** 2 for value in both)
        for place, views in enumerate(values)
        for both in views
    ]
    return sum(losses) / len(losses)


def actor_loss(values, log_density, temperature):
    """Haarnoja et al. (2018), eq. 7: pairs of values `[B]`, log-densities `[B]`."""
    losses = [temperature * log - min(both) for both, log in zip(values, log_density, strict=True)]
    return sum(losses) / len(losses)
