// The jumping task: its games, as pisces.task computes them, and its pictures, for every page that plays it.
// Sizes and board come with the data. tests/pages compares games and pictures with the package.
"use strict";
{
  const { world, board } = window.piscesData;

  // All tasks of the board, in the order of pisces.task.all_tasks. A task is { obstacle, floor }, in pixels.
  const tasks = board.obstacle_positions.flatMap(
    (obstacle) => board.floor_heights.map((floor) => ({ obstacle, floor })));

  function indexOf(obstacle, floor) {
    return tasks.findIndex((task) => task.obstacle === obstacle && task.floor === floor);
  }

  const RIGHT = 0, JUMP = 1;
  const UP = 1, GROUNDED = 0, DOWN = -1;

  // The agent stands on the floor at the left border.
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

  // How many steps after the right moment a jump comes: none for the right one, less than none if too early.
  function lateBy(task, jumpStep) {
    return jumpStep - expertJump(task);
  }

  // After how many steps a recorded run first jumps in a task, given by its index; -1 if it never does.
  function jumpOf(run, index) {
    return run.jump_step.charCodeAt(index) - "0".charCodeAt(0);
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

  // Colours a canvas pixel by pixel. The colour at x and y, which goes up, is [red, green, blue].
  function paint(canvas, width, height, colorAt) {
    Object.assign(canvas, { width, height });
    const context = canvas.getContext("2d"), image = context.createImageData(width, height);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        image.data.set([...colorAt(x, height - 1 - y), 255], 4 * (y * width + x));
      }
    }
    context.putImageData(image, 0, 0);
  }

  // Draws a state as the agent sees it. `overlay` may give a pixel another colour than its value has.
  function paintGame(canvas, task, state, overlay = () => null) {
    const pixels = frame(task, state), size = world.image_size;
    const grey = (value) => Array(3).fill(Math.round(255 * value));
    paint(canvas, size, size, (x, y) => {
      const value = pixels[y * size + x];
      return overlay(x, y, value) ?? grey(value);
    });
  }

  function rgb(color) {
    return [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16));
  }

  function named(task) {
    return `obstacle ${task.obstacle}, floor ${task.floor}`;
  }

  function counted(count, noun) {
    return `${count} ${noun}${count === 1 ? "" : "s"}`;
  }

  window.pisces = {
    RIGHT, JUMP, GROUNDED, tasks, indexOf, initialState, transition, episode, expertJump, lateBy, jumpOf,
    frame, paint, paintGame, rgb, named, counted,
  };
}
