// The figure of the front page: three recorded agents play the task that the reader makes by moving the
// obstacle. Games and pictures come from game.js, what was recorded from front_data.js.
"use strict";
{
  const { world, board, agents, training, start, marks, film, colors } = window.piscesData;
  const { tasks, indexOf, jumpOf, lateBy, episode, paint, paintGame, rgb, named, counted } = window.pisces;

  const CELL = 12; // pixels of a task on a map, which the page scales down
  const [DOT, RING] = [2.5, 4]; // radii in them of the sign of a training task
  const IN_VIEW = 0.5; // the part of a game that must be seen for it to move
  const numObstacles = board.obstacle_positions.length, numFloors = board.floor_heights.length;
  const isStill = window.matchMedia("(prefers-reduced-motion: reduce)");
  const figure = document.querySelector(".pisces-race");
  const find = (name, parent = figure) => parent.querySelector(`.pisces-race-${name}`);
  const obstacle = find("obstacle"), floor = find("floor");

  function add(parent, tag, name = "") {
    const element = document.createElement(tag);
    if (name) element.className = `pisces-race-${name}`;
    return parent.appendChild(element);
  }

  // Lays an element over a part of its parent, which is as wide and high as `whole` says.
  function place(element, left, bottom, width, height, whole) {
    const percent = (value, side) => `${100 * value / whole[side]}%`;
    Object.assign(element.style, { left: percent(left, 0), bottom: percent(bottom, 1),
      width: percent(width, 0), height: percent(height, 1) });
  }

  // The place that is nearest to a value.
  function within(value, places) {
    return Math.max(places[0], Math.min(Math.round(value), places.at(-1)));
  }

  // What the reader has chosen, and how much of the games is shown.
  const chosen = { index: start, step: 0 };
  const task = () => tasks[chosen.index];
  const lastStep = () => Math.max(...panels.map((panel) => panel.states.length - 1));
  const isAcross = (agent, index) => episode(tasks[index], jumpOf(agent, index)).at(-1).isSuccess;

  // The place of each agent.
  function panelOf(agent, element) {
    const picture = find("picture", element), map = add(element, "div", "map");
    find("still", picture).hidden = true;
    const canvas = add(picture, "canvas"), handle = add(picture, "div", "handle");
    canvas.setAttribute("role", "img");
    map.setAttribute("aria-hidden", true);
    paintMap(add(map, "canvas"), agent);
    map.addEventListener("click", (event) => choose(taskAt(map, event)));
    handle.addEventListener("pointerdown", grab);
    return { agent, canvas, handle, color: rgb(agent.color), here: add(map, "span", "here"),
      verdict: find("verdict", element) };
  }

  function paintMap(canvas, agent) {
    const shades = Object.fromEntries(Object.entries(colors).map(([role, color]) => [role, rgb(color)]));
    const fields = tasks.map((_, index) => shades[isAcross(agent, index) ? "solved" : "unsolved"]);
    paint(canvas, CELL * numObstacles, CELL * numFloors, (x, y) => {
      const index = Math.floor(x / CELL) * numFloors + Math.floor(y / CELL);
      const distance = Math.hypot(...[x, y].map((value) => (value % CELL) - (CELL - 1) / 2));
      if (distance > RING || !training.includes(index)) return fields[index];
      return distance > DOT ? [0, 0, 0] : shades.training;
    });
  }

  function taskAt(map, event) {
    const box = map.getBoundingClientRect();
    return indexOf(
      within(board.obstacle_positions[0] + (event.clientX - box.left) / box.width * numObstacles - 0.5,
        board.obstacle_positions),
      within(board.floor_heights[0] + (box.bottom - event.clientY) / box.height * numFloors - 0.5,
        board.floor_heights));
  }

  function say(panel) {
    const jump = jumpOf(panel.agent, chosen.index), late = lateBy(task(), jump);
    const how = jump < 0 ? "never jumps"
      : `jumps ${counted(Math.abs(late), "pixel")} too ${late < 0 ? "early" : "late"}`;
    panel.verdict.textContent = panel.isAcross ? "Gets across" : `Crashes: ${how}`;
    panel.verdict.dataset.end = panel.isAcross ? "passes" : "crashes";
    panel.canvas.setAttribute("aria-label",
      `The game of ${panel.agent.label}, ${named(task())}: ${panel.verdict.textContent}`);
  }

  // The signs of the film, at the same place.
  function isMarked({ rows }, x, y) {
    const { mark_row, mark_scale } = film, top = world.image_size - 1 - y;
    const left = Math.floor((world.image_size - mark_scale * rows[0].length) / 2);
    return rows[Math.floor((top - mark_row) / mark_scale)]?.[Math.floor((x - left) / mark_scale)] === "#";
  }

  // A game so far: where the agent was every few steps, where it is, and a sign when it is over.
  function draw({ canvas, states, isAcross, color }) {
    const step = Math.min(chosen.step, states.length - 1);
    const mark = marks[isAcross ? "passes" : "crashes"], markColor = rgb(mark.color);
    const past = states.slice(0, step).filter((_, moment) => moment % film.exposure_every === 0);
    const isPast = (x, y) => past.some(({ left, bottom }) => x >= left && x < left + world.agent_width
      && y >= bottom && y < bottom + world.agent_height);
    paintGame(canvas, task(), states[step], (x, y, value) => {
      if (states[step].isOver && isMarked(mark, x, y)) return markColor;
      return !value && isPast(x, y) ? color : null;
    });
  }

  function choose(index) {
    chosen.index = index;
    for (const panel of panels) {
      panel.states = episode(task(), jumpOf(panel.agent, index));
      panel.isAcross = panel.states.at(-1).isSuccess;
      place(panel.handle, task().obstacle, task().floor, world.obstacle_width, world.obstacle_height,
        [world.image_size, world.image_size]);
      place(panel.here, Math.floor(index / numFloors), index % numFloors, 1, 1, [numObstacles, numFloors]);
      say(panel);
    }
    tell();
    rest();
  }

  function tell() {
    const isTrained = training.includes(chosen.index), where = named(task());
    find("task").textContent = `${where[0].toUpperCase()}${where.slice(1)}: ${isTrained
      ? `all three were trained on this task, one of ${training.length}.`
      : "none of the three has seen this task."}`;
    const across = panels.filter((panel) => panel.isAcross).map((panel) => panel.agent.label);
    const text = `${where}, ${isTrained ? "trained on" : "unseen"}; `
      + `gets across: ${across.length === panels.length ? "all three" : across.join(", ") || "none"}`;
    for (const [slider, value] of [[obstacle, task().obstacle], [floor, task().floor]]) {
      slider.value = value;
      slider.setAttribute("aria-valuetext", text);
      slider.parentElement.querySelector("span").textContent = value;
    }
  }

  // The games run, all at once, or stand still at their end with all of their way.
  let player = null;

  function show(step) {
    chosen.step = step;
    panels.forEach(draw);
  }

  function pause() {
    cancelAnimationFrame(player);
    player = null;
    find("play").textContent = "Play";
  }

  function rest() {
    pause();
    show(lastStep());
  }

  function play() {
    pause();
    find("play").textContent = "Pause";
    const from = chosen.step === lastStep() ? 0 : chosen.step;
    let begun = null;
    player = requestAnimationFrame(function run(now) {
      begun ??= now;
      const step = Math.min(from + Math.floor((now - begun) / 1000 * film.frames_per_second), lastStep());
      if (step !== chosen.step) show(step);
      if (step < lastStep()) player = requestAnimationFrame(run);
      else pause();
    });
  }

  // The obstacle follows the pointer by whole pixels of the game, and stays on the board.
  function grab(event) {
    if (event.button) return;
    event.preventDefault();
    const handle = event.target, grain = handle.parentElement.clientWidth / world.image_size;
    const from = { x: event.clientX, y: event.clientY, ...task() };
    const drag = ({ clientX, clientY }) => {
      const index = indexOf(within(from.obstacle + (clientX - from.x) / grain, board.obstacle_positions),
        within(from.floor - (clientY - from.y) / grain, board.floor_heights));
      if (index !== chosen.index) choose(index);
    };
    handle.setPointerCapture(event.pointerId);
    handle.addEventListener("pointermove", drag);
    handle.addEventListener("lostpointercapture", () => {
      handle.removeEventListener("pointermove", drag);
      figure.classList.remove("pisces-race-dragged");
      if (!isStill.matches) play();
    }, { once: true });
    figure.classList.add("pisces-race-dragged");
    rest();
  }

  const panels = [...figure.querySelectorAll(".pisces-race-agent")].map(
    (element, number) => panelOf(agents[number], element));
  for (const name of ["controls", "how", "legend"]) find(name).hidden = false;
  for (const slider of [obstacle, floor]) {
    slider.addEventListener("input", () => choose(indexOf(Number(obstacle.value), Number(floor.value))));
  }
  find("play").addEventListener("click", () => (player === null ? play() : pause()));
  find("back").addEventListener("click", () => choose(start));
  choose(start);

  // The first time that a game comes into view they move, once; out of view nothing does.
  const inView = new Set();
  let isFresh = true;
  const observer = new IntersectionObserver((entries) => {
    for (const { target, intersectionRatio } of entries) {
      inView[intersectionRatio < IN_VIEW ? "delete" : "add"](target);
    }
    if (!inView.size) rest();
    else if (isFresh && !isStill.matches) play();
    isFresh &&= !inView.size;
  }, { threshold: IN_VIEW });
  panels.forEach(({ canvas }) => observer.observe(canvas));
}
