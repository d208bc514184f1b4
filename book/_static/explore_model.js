// The jumping task and the policy similarity metric: what pisces.task and pisces.metric compute, for the
// Explore page. Pure functions; the sizes come with the data. tests/pages compares them with the package.
"use strict";
{
  const { world } = window.piscesData;

  const RIGHT = 0, JUMP = 1;
  const UP = 1, GROUNDED = 0, DOWN = -1;

  // A task is { obstacle, floor }, in pixels. The agent stands on the floor at the left border.
  function initialState(task) {
    return { left: 0, bottom: task.floor, direction: GROUNDED, isOver: false, isSuccess: false };
  }

  // One pixel to the right; in a jump also one up or down, whatever the action.
  function transition(task, state, action) {
    let direction = state.direction === GROUNDED && action === JUMP ? UP : state.direction;
    if (state.bottom > task.floor + world.jump_height) direction = DOWN;
    const left = state.left + 1, bottom = state.bottom + direction;
    const isCollision = left < task.obstacle + world.obstacle_width
      && left + world.agent_width > task.obstacle
      && bottom < task.floor + world.obstacle_height;
    const isSuccess = left + world.agent_width > world.image_size;
    if (bottom === task.floor) direction = GROUNDED;
    return { left, bottom, direction, isOver: isSuccess || isCollision, isSuccess };
  }

  // The states of a game, from the first to the last, of an agent that jumps once: after `jumpStep` steps,
  // or never if that is -1.
  function episode(task, jumpStep) {
    const states = [initialState(task)];
    while (!states.at(-1).isOver) {
      const action = states.length - 1 === jumpStep ? JUMP : RIGHT;
      states.push(transition(task, states.at(-1), action));
    }
    return states;
  }

  // After how many steps the expert jumps: the one right moment.
  function expertJump(task) {
    return task.obstacle - world.jump_distance;
  }

  // The expert's action in each state of its game but the last, in which nothing is decided.
  function expertActions(task) {
    const jumpStep = expertJump(task);
    return episode(task, jumpStep).slice(1).map((_, step) => (step === jumpStep ? JUMP : RIGHT));
  }

  // The image, row by row from the bottom: 0, 0.5 and 1. Obstacle and lines are in front of the agent.
  function frame(task, state) {
    const size = world.image_size, pixels = new Float32Array(size * size);
    const fill = (left, bottom, width, height, value) => {
      for (let y = bottom; y < Math.min(bottom + height, size); y++) {
        pixels.fill(value, y * size + left, y * size + Math.min(left + width, size));
      }
    };
    fill(state.left, state.bottom, world.agent_width, world.agent_height, 1);
    fill(task.obstacle, task.floor, world.obstacle_width, world.obstacle_height, 0.5);
    for (const line of [[0, 0, size, 1], [0, size - 1, size, 1], [0, 0, 1, size], [size - 1, 0, 1, size]]) {
      fill(...line, 1);
    }
    fill(0, task.floor, size, 1, 1);
    return pixels;
  }

  // PSM between the states of two games, by one backward sweep: a row for each state of x.
  function policySimilarity(actionX, actionY, discount) {
    const lastX = actionX.length - 1, lastY = actionY.length - 1;
    const distance = actionX.map((x) => Float64Array.from(actionY, (y) => (x === y ? 0 : 1)));
    for (let i = lastX; i >= 0; i--) {
      for (let j = lastY; j >= 0; j--) {
        if (i === lastX && j === lastY) continue;
        distance[i][j] += discount * distance[Math.min(i + 1, lastX)][Math.min(j + 1, lastY)];
      }
    }
    return distance;
  }

  // Gamma in the paper, where `scale` is beta.
  function affinity(distance, scale) {
    return Math.exp(-distance / scale);
  }

  // The row that is nearest to a column; of equally near ones, the closest in time.
  function nearestState(distance, column) {
    const isBetter = (i, best) => distance[i][column] - distance[best][column]
      || Math.abs(i - column) - Math.abs(best - column);
    return distance.reduce((best, _, i) => (isBetter(i, best) < 0 ? i : best), 0);
  }

  // How far the states of y are from those of x: each from its nearest one, on average.
  function taskDistance(taskX, taskY, discount) {
    const distance = policySimilarity(expertActions(taskX), expertActions(taskY), discount);
    const nearest = Array.from(distance[0], (_, j) => distance[nearestState(distance, j)][j]);
    return nearest.reduce((sum, value) => sum + value, 0) / nearest.length;
  }

  // The nearest of some tasks by that distance; of equally near ones, the one that differs by fewest pixels.
  function nearestTask(task, candidates, discount) {
    const pixels = (other) => Math.abs(other.obstacle - task.obstacle) + Math.abs(other.floor - task.floor);
    const ranked = candidates.map((other) => [taskDistance(other, task, discount), pixels(other), other]);
    return ranked.reduce((best, one) => ((one[0] - best[0] || one[1] - best[1]) < 0 ? one : best))[2];
  }

  window.pisces = {
    RIGHT, JUMP, GROUNDED, initialState, transition, episode, expertJump, expertActions, frame,
    policySimilarity, affinity, nearestState, taskDistance, nearestTask,
  };
}
