// The policy similarity metric between the expert's games, as pisces.metric computes it, for the Explore page.
// Pure functions. tests/pages compares them with the package.
"use strict";
{
  const { RIGHT, JUMP, episode, expertJump } = window.pisces;

  // The expert's action in each state of its game but the last, in which nothing is decided.
  function expertActions(task) {
    const jumpStep = expertJump(task);
    return episode(task, jumpStep).slice(1).map((_, step) => (step === jumpStep ? JUMP : RIGHT));
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

  Object.assign(window.pisces, {
    expertActions, policySimilarity, affinity, nearestState, taskDistance, nearestTask,
  });
}
