// The Explore page: the board of a grid and a method, the games of one task, how near their states are, and
// a game to play. What is computed comes from game.js and explore_model.js, what was recorded from
// explore_data.js.
"use strict";
{
  const { board, cells, colors, methods, discount, affinity_scale } = window.piscesData;
  const pisces = window.pisces;
  const { tasks, indexOf, jumpOf, paint, named, counted } = pisces;

  const MAX_DISTANCE = 2; // each expert jumps once, so that two of them differ twice at most
  const SPEEDS = { slow: 5, normal: 15, fast: 40 }; // steps per second
  const rgb = colors.map(pisces.rgb);
  const isStill = window.matchMedia("(prefers-reduced-motion: reduce)");

  const find = (name) => document.getElementById(`explore-${name}`);
  const say = (name, text) => { find(name).textContent = text; };
  const on = (name, event, act) => find(name).addEventListener(event, act);
  const capital = (text) => text[0].toUpperCase() + text.slice(1);
  const isShortcut = (event) => event.altKey || event.ctrlKey || event.metaKey;

  function add(parent, tag, attributes = {}, text = "") {
    const element = document.createElement(tag);
    Object.entries(attributes).forEach(([name, value]) => element.setAttribute(name, value));
    element.textContent = text;
    return parent.appendChild(element);
  }

  function fill(name, options, value) {
    const select = find(name);
    select.replaceChildren();
    options.forEach(([key, text]) => add(select, "option", { value: key }, text));
    select.value = options.some(([key]) => String(key) === String(value)) ? value : options[0][0];
  }

  function paintGame(name, task, state) {
    pisces.paintGame(find(name), task, state);
  }

  const shade = (share) => Math.round(Math.min(share, 1) * (colors.length - 1));

  // What the reader has chosen, and what follows from it.
  const chosen = { cell: null, run: null, index: Math.floor(tasks.length / 2), step: 0 };
  const task = () => tasks[chosen.index];
  const gameOf = (run, index) => pisces.episode(tasks[index], jumpOf(run, index));
  const lastStep = () => chosen.expert.length - 1;

  // The board.
  const marks = []; // the element of each task

  function buildBoard() {
    for (const floor of [...board.floor_heights].reverse()) {
      const row = add(find("board"), "div", { role: "row" });
      tasks.forEach((one, index) => {
        if (one.floor === floor) marks[index] = add(row, "div", { role: "gridcell", tabindex: -1 });
      });
      add(find("y-ticks"), "span", {}, floor % 5 ? "" : floor);
    }
    for (const obstacle of board.obstacle_positions) {
      add(find("x-ticks"), "span", {}, obstacle % 5 ? "" : obstacle);
    }
    marks.forEach((mark, index) => mark.addEventListener("click", () => choose(index, { plays: true })));
    on("board", "keydown", moveOnBoard);
    for (const scale of document.querySelectorAll(".explore-scale")) {
      scale.style.backgroundImage = `linear-gradient(to right, ${colors.join()})`;
    }
  }

  function moveOnBoard(event) {
    const { obstacle, floor } = task();
    const [first, last] = [board.obstacle_positions[0], board.obstacle_positions.at(-1)];
    const goal = {
      ArrowLeft: [obstacle - 1, floor], ArrowRight: [obstacle + 1, floor],
      ArrowDown: [obstacle, floor - 1], ArrowUp: [obstacle, floor + 1],
      Home: [first, floor], End: [last, floor], Enter: [obstacle, floor], " ": [obstacle, floor],
    }[event.key];
    if (!goal || isShortcut(event)) return;
    event.preventDefault();
    const index = indexOf(...goal);
    if (index >= 0) choose(index, { plays: index === chosen.index });
    marks[chosen.index].focus();
  }

  function describe(index) {
    const { solved, runs } = chosen.cell;
    const trained = runs.filter((run) => run.training.includes(index)).length;
    const role = { 0: "unseen", [runs.length]: "trained on" }[trained] ?? `trained on by ${trained}`;
    return `${named(tasks[index])}: solved by ${solved[index]} of ${counted(runs.length, "seed")}, ${role}`;
  }

  function showBoard() {
    const { solved, runs } = chosen.cell;
    marks.forEach((mark, index) => {
      mark.style.backgroundColor = colors[shade(solved[index] / runs.length)];
      mark.classList.toggle("explore-trained", chosen.run.training.includes(index));
      mark.setAttribute("aria-label", describe(index));
    });
    say("all", runs.length === 1 ? "by the one seed" : `by all ${counted(runs.length, "seed")}`);
  }

  function showSummary() {
    const unseen = tasks.map((_, index) => index).filter((index) => !chosen.run.training.includes(index));
    const share = unseen.filter((index) => gameOf(chosen.run, index).at(-1).isSuccess).length / unseen.length;
    say("summary", `${capital(describe(chosen.index))}. The run to play, `);
    add(find("summary"), "code", {}, chosen.run.key);
    find("summary").append(
      `, solves ${Math.round(100 * share)} % of the ${unseen.length} tasks that it has not seen.`);
  }

  function chooseGrid() {
    const inGrid = cells.filter((cell) => cell.grid === find("grid").value);
    const options = inGrid.map((cell) => [cell.method, methods[cell.method]]);
    fill("method", options, find("method").value || "randconv-pse");
    chooseMethod();
  }

  function chooseMethod() {
    const [grid, method] = [find("grid").value, find("method").value];
    chosen.cell = cells.find((cell) => cell.grid === grid && cell.method === method);
    fill("run", chosen.cell.runs.map((run) => [run.key, `seed ${run.seed}`]));
    chooseRun();
  }

  function chooseRun() {
    chosen.run = chosen.cell.runs.find((run) => run.key === find("run").value);
    showBoard();
    choose(chosen.index);
  }

  function choose(index, { plays = false } = {}) {
    for (const [one, isChosen] of [[chosen.index, false], [index, true]]) {
      marks[one].tabIndex = isChosen ? 0 : -1;
      marks[one].setAttribute("aria-selected", isChosen);
      marks[one].classList.toggle("explore-chosen", isChosen);
    }
    chosen.index = index;
    find("obstacle").value = task().obstacle;
    find("floor").value = task().floor;
    chosen.game = gameOf(chosen.run, index);
    chosen.expert = pisces.episode(task(), pisces.expertJump(task()));
    find("step").max = lastStep();
    say("run-text", tell(jumpOf(chosen.run, index)));
    say("expert-text", tell(pisces.expertJump(task())));
    showSummary();
    compare();
    begin();
    show(0);
    pause();
    if (!plays) return;
    const behavior = isStill.matches ? "instant" : "smooth";
    find("run-game").parentElement.scrollIntoView({ block: "nearest", behavior });
    if (!isStill.matches) play();
  }

  function tell(jump) {
    if (jump < 0) return "Never jumps and hits the obstacle.";
    const end = fault(jump) ? "hits the obstacle" : "gets across";
    return `Jumps after ${counted(jump, "step")}${fault(jump)} and ${end}.`;
  }

  // How far a jump is from the one right moment; empty if it is not.
  function fault(jump) {
    const late = pisces.lateBy(task(), jump);
    return late ? `, ${Math.abs(late)} too ${late < 0 ? "early" : "late"},` : "";
  }

  // The games of the chosen task.
  let player = null;

  function pause() {
    clearInterval(player);
    player = null;
    say("play", "Play");
  }

  function play() {
    pause();
    if (chosen.step === lastStep()) show(0);
    say("play", "Pause");
    player = setInterval(() => {
      show(chosen.step + 1);
      if (chosen.step === lastStep()) pause();
    }, 1000 / SPEEDS[find("speed").value]);
  }

  function show(step) {
    chosen.step = Math.max(0, Math.min(step, lastStep()));
    find("step").value = chosen.step;
    say("step-value", chosen.step);
    paintGame("run-game", task(), chosen.game[Math.min(chosen.step, chosen.game.length - 1)]);
    paintGame("expert-game", task(), chosen.expert[chosen.step]);
    showPair();
  }

  // The metric between the chosen task and a training task.
  function compare() {
    const trained = chosen.run.training;
    const nearest = pisces.nearestTask(task(), trained.map((index) => tasks[index]), chosen.discount);
    fill("training", [["", `the nearest: ${named(nearest)}`],
      ...trained.map((index) => [index, named(tasks[index])])], find("training").value);
    chosen.training = find("training").value ? tasks[find("training").value] : nearest;
    const actions = [chosen.training, task()].map(pisces.expertActions);
    chosen.distance = pisces.policySimilarity(...actions, chosen.discount);
    chosen.trainingGame = pisces.episode(chosen.training, pisces.expertJump(chosen.training));
    paintMap("distance", (distance) => distance / MAX_DISTANCE);
    paintMap("affinity", (distance) => pisces.affinity(distance, chosen.scale));
  }

  function paintMap(name, shareOf) {
    const { distance } = chosen;
    paint(find(name), distance[0].length, distance.length, (x, y) => rgb[shade(shareOf(distance[y][x]))]);
  }

  function showPair() {
    const { distance, scale, training } = chosen;
    const here = Math.min(chosen.step, distance[0].length - 1), there = pisces.nearestState(distance, here);
    for (const marker of document.querySelectorAll(".explore-marker")) {
      marker.style.left = `${100 * (here + 0.5) / distance[0].length}%`;
      marker.style.bottom = `${100 * (there + 0.5) / distance.length}%`;
    }
    paintGame("training-game", training, chosen.trainingGame[there]);
    say("training-text", `The expert with ${named(training)}, after ${counted(there, "step")}.`);
    const d = distance[there][here];
    say("pair", `Step ${here} here, step ${there} there: distance ${d.toFixed(3)}, `
      + `affinity ${pisces.affinity(d, scale).toFixed(3)}.`);
  }

  // The discount is spaced by how far it is from 1, the affinity scale by its size.
  function readSliders() {
    chosen.discount = 1 - 10 ** -find("discount").value;
    chosen.scale = 10 ** find("affinity-scale").value;
    for (const [name, value] of [["discount", chosen.discount.toFixed(3)],
      ["affinity-scale", chosen.scale.toPrecision(2)]]) {
      say(`${name}-value`, value);
      find(name).setAttribute("aria-valuetext", value);
    }
  }

  function slide() {
    readSliders();
    compare();
    showPair();
  }

  // The reader's own game.
  const own = { state: null, numSteps: 0, jump: null, wantsJump: false, isJumpTap: false, walker: null };
  const score = { won: 0, early: 0, late: 0 };

  function stand() {
    clearInterval(own.walker);
    own.walker = null;
  }

  function begin() {
    stand();
    Object.assign(own, { state: pisces.initialState(task()), numSteps: 0, jump: null, wantsJump: false });
    paintGame("own-game", task(), own.state);
    say("told", `${capital(named(task()))}: ready.`);
  }

  function walk() {
    if (own.state.isOver) begin();
    stand();
    say("told", "Walking.");
    own.walker = setInterval(() => move(own.wantsJump), 1000 / SPEEDS[find("pace").value]);
  }

  function move(jumps) {
    if (jumps && own.jump === null) own.jump = own.numSteps;
    own.wantsJump = false;
    own.state = pisces.transition(task(), own.state, jumps ? pisces.JUMP : pisces.RIGHT);
    own.numSteps += 1;
    paintGame("own-game", task(), own.state);
    if (own.state.isOver) end();
    else if (!own.walker) say("told", `Step ${own.numSteps}.`);
  }

  // In the air and on a walk the next step is due by itself.
  function jump() {
    if (own.state.isOver) return;
    if (own.walker) own.wantsJump = own.state.direction === pisces.GROUNDED;
    else { move(true); if (!own.state.isOver) walk(); }
  }

  function end() {
    stand();
    const right = pisces.expertJump(task()), isEarly = own.jump !== null && own.jump < right;
    const result = own.state.isSuccess ? "won" : isEarly ? "early" : "late";
    const deed = own.jump === null ? "you did not jump" : `you jumped after ${counted(own.jump, "step")}`;
    score[result] += 1;
    say("told", result === "won" ? `Won: ${deed}, at the one right moment.`
      : `Lost, too ${result}: ${deed}, and the one right moment is after ${counted(right, "step")}.`);
    say("score", `Won ${score.won}, lost ${score.early + score.late}: `
      + `${score.early} too early, ${score.late} too late.`);
  }

  function stepRight() {
    if (own.walker) return;
    if (own.state.isOver) begin();
    move(false);
  }

  function onKey(event) {
    const act = { Enter: walk, " ": jump, ArrowUp: jump, ArrowRight: stepRight }[event.key];
    if (!act || isShortcut(event)) return;
    event.preventDefault();
    if (!event.repeat || event.key === "ArrowRight") act();
  }

  buildBoard();
  for (const name of ["speed", "pace"]) {
    fill(name, Object.entries(SPEEDS).map(([key, rate]) => [key, `${key} (${rate} steps/s)`]), "normal");
  }
  find("discount").value = -Math.log10(1 - discount);
  find("affinity-scale").value = Math.log10(affinity_scale);
  readSliders();
  for (const [name, places] of [["obstacle", board.obstacle_positions], ["floor", board.floor_heights]]) {
    fill(name, places.map((place) => [place, place]));
    on(name, "change", () => choose(indexOf(Number(find("obstacle").value), Number(find("floor").value))));
  }
  fill("grid", [...new Set(cells.map((cell) => cell.grid))].map((grid) => [grid, grid]));
  chooseGrid();

  on("grid", "change", chooseGrid);
  on("method", "change", chooseMethod);
  on("run", "change", chooseRun);
  on("training", "change", () => { compare(); showPair(); });
  on("play", "click", () => (player ? pause() : play()));
  on("back", "click", () => { pause(); show(chosen.step - 1); });
  on("forward", "click", () => { pause(); show(chosen.step + 1); });
  on("step", "input", () => { pause(); show(Number(find("step").value)); });
  on("speed", "change", () => player && play());
  on("discount", "input", slide);
  on("affinity-scale", "input", slide);
  on("walk", "click", walk);
  on("jump", "click", jump);
  on("right", "click", stepRight);
  on("another", "click", () => choose(Math.floor(Math.random() * tasks.length)));
  on("pace", "change", () => own.walker && walk());
  on("game", "keydown", onKey);
  // A tap that jumps counts when it begins; one that starts the walk, when it is over and was no scrolling.
  on("game", "pointerdown", () => { own.isJumpTap = own.walker !== null; if (own.isJumpTap) jump(); });
  on("game", "click", () => { if (!own.isJumpTap) walk(); });
}
