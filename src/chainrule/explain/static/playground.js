// The network as an instrument: a unit or a weight is chosen, and what it computes and is to blame for lights up; it
// takes steps from its starting weights, or shows those of the recorded epochs.

import { gradient, pass, stepped } from "./network.js";
import { data, find, number, show, typeset } from "./writing.js";

/** @typedef {import("./network.js").Network} Network */
/** @typedef {import("./network.js").Pass} Pass */
/** @typedef {{epoch: number, cost: number | null, weights: number[][][], biases: number[][]}} Snapshot */
/** @typedef {{network: Network, X: number[][], Y: number[][], sample: number, samples: string[], learning_rate: number,
 * units: string[][], shown: number[][], snapshots: Snapshot[], epoch: number, choice: Choice}} Data
 * `shown` are the indices of the units drawn, in each column; the inputs come first */
/** @typedef {{layer: number, unit: number, source: number | null}} Choice a unit of a column, or with a source a weight:
 * the one from that unit of the column before */

const PLOT = { width: 480, side: 60, row: 62, radius: 17 };
const MOST_COSTS = 20000; // points kept of the cost's curve,
const MOST_DRAWN = 500; // and drawn
const FRAME = 10; // steps taken between two pictures while it trains
const MOST_TERMS = 8; // of a sum that are shown; the rest is added up

/** @param {HTMLElement} root */
export function startPlayground(root) {
  /** @type {Data} */ const given = data(root);
  const { units, shown } = given;
  let network = given.network;
  let steps = 0;
  /** @type {number[]} */ let costs = [];
  let choice = given.choice;
  let timer = 0;
  const position = given.snapshots.findIndex((each) => each.epoch === given.epoch);
  /** @type {SVGSVGElement} */ const svg = find(root, "svg.network");
  /** @type {HTMLSelectElement} */ const chooser = find(root, "[name=choice]");
  /** @type {HTMLSelectElement | null} */ const sample = root.querySelector("[name=sample]");
  /** @type {HTMLInputElement | null} */ const rate = root.querySelector("[name=learning_rate]");
  /** @type {HTMLInputElement | null} */ const slider = root.querySelector("[name=epoch]");

  /** @returns {number} the row of X that is traced */
  const row = () => (sample ? Number(sample.value) : given.sample);
  const diverged = () => !Number.isFinite(costs[costs.length - 1]);
  const whole = () => gradient(network, given.X, given.Y);

  function update() {
    const run = pass(network, given.X[row()], given.Y[row()]);
    draw(svg, given, network, run, choice);
    chooser.value = key(choice);
    find(root, "[data-chain]").innerHTML = chain(given, network, run, choice);
    root.setAttribute("data-sample-cost", String(run.cost));
    if (given.snapshots.length) {
      const at = Number(slider?.value);
      find(root, "[data-epoch]").textContent = String(given.snapshots[at].epoch);
      show(find(root, "[data-cost]"), given.snapshots[at].cost ?? NaN);
      show(find(root, "[data-sample]"), run.cost);
      plot(find(root, "svg.costs"), given.snapshots.map((each) => [each.epoch, each.cost ?? NaN]), at);
    } else {
      find(root, "[data-steps]").textContent = String(steps);
      show(find(root, "[data-cost]"), costs[costs.length - 1]);
      find(root, "[data-diverged]").textContent = diverged() ? "It has diverged: restart with a smaller learning rate." : "";
      plot(find(root, "svg.costs"), costs.map((cost, step) => [step, cost]), costs.length - 1);
    }
  }

  /** @param {number} count steps of full-batch gradient descent */
  function train(count) {
    for (let i = 0; i < count && costs.length < MOST_COSTS && !diverged(); i += 1) {
      network = stepped(network, whole(), Number(rate?.value));
      steps += 1;
      costs.push(whole().cost);
    }
    if (costs.length >= MOST_COSTS || diverged()) stop();
    update();
  }

  function stop() {
    cancelAnimationFrame(timer);
    timer = 0;
    const button = root.querySelector("[data-train]");
    if (button) {
      button.textContent = "Train";
      button.setAttribute("aria-pressed", "false");
    }
  }

  function restart() {
    stop();
    network = given.network;
    steps = 0;
    costs = [whole().cost];
    update();
  }

  function run() {
    train(FRAME);
    if (timer) timer = requestAnimationFrame(run);
  }

  /** @param {string} chosen */
  function choose(chosen) {
    const [layer, unit, source] = chosen.split(":").map((text) => (text === "" ? null : Number(text)));
    choice = { layer: Number(layer), unit: Number(unit), source };
    update();
  }

  svg.addEventListener("click", (event) => {
    const target = /** @type {Element} */ (event.target).closest("[data-choice]");
    if (target) choose(target.getAttribute("data-choice") || "");
  });
  svg.addEventListener("keydown", (event) => {
    const target = /** @type {Element} */ (event.target).closest("[data-choice]");
    if (!target || !["Enter", " "].includes(event.key)) return;
    event.preventDefault();
    const chosen = target.getAttribute("data-choice") || "";
    choose(chosen);
    /** @type {SVGElement | null} */ (svg.querySelector(`[data-choice="${chosen}"]`))?.focus();
  });
  chooser.addEventListener("change", () => choose(chooser.value));
  sample?.addEventListener("change", update);
  slider?.addEventListener("input", () => {
    const { weights, biases } = given.snapshots[Number(slider.value)];
    network = { ...given.network, weights, biases };
    update();
  });
  root.querySelector("[data-step]")?.addEventListener("click", () => train(1));
  root.querySelector("[data-many]")?.addEventListener("click", () => train(100));
  root.querySelector("[data-restart]")?.addEventListener("click", restart);
  root.querySelector("[data-train]")?.addEventListener("click", (event) => {
    if (timer) return stop();
    const button = /** @type {Element} */ (event.currentTarget);
    button.textContent = "Pause";
    button.setAttribute("aria-pressed", "true");
    timer = requestAnimationFrame(run);
  });

  for (let layer = 1; layer < units.length; layer += 1) {
    for (const unit of shown[layer]) {
      chooser.add(new Option(`unit ${units[layer][unit]}`, key({ layer, unit, source: null })));
      for (const source of shown[layer - 1]) {
        const name = `weight ${units[layer - 1][source]} → ${units[layer][unit]}`;
        chooser.add(new Option(name, key({ layer, unit, source })));
      }
    }
  }
  if (slider) slider.value = String(position);
  for (const element of root.querySelectorAll("[data-live]")) element.removeAttribute("hidden");
  for (const aside of root.querySelectorAll("[data-aside]")) aside.removeAttribute("open");
  root.setAttribute("data-started", "");
  if (given.snapshots.length) update();
  else restart();
}

/** @param {Choice} choice */
const key = ({ layer, unit, source }) => `${layer}:${unit}:${source ?? ""}`;

/** @param {string} text a name from the data, which may hold anything */
const escape = (text) => text.replace(/[&<>"']/g, (mark) => `&#${mark.charCodeAt(0)};`);

/** The network; in colour what the chosen weight or unit hears (forwards) and what blames it (backwards).
 * @param {SVGSVGElement} svg @param {Data} given @param {Network} network @param {Pass} run @param {Choice} choice */
function draw(svg, { units, shown }, network, run, choice) {
  const { width, side, row, radius } = PLOT;
  const height = row * Math.max(...shown.map((column) => column.length));
  const depth = units.length - 1;
  /** @param {number} layer @param {number} unit */
  const place = (layer, unit) => [
    side + ((width - 2 * side) * layer) / depth,
    height / 2 - 6 + row * (shown[layer].indexOf(unit) - (shown[layer].length - 1) / 2),
  ];
  const strongest = Math.max(1e-12, ...network.weights.flat(2).map(Math.abs));
  const steepest = Math.max(1e-12, ...run.slopes.flat().map(Math.abs));
  /** @param {number} layer @param {number} unit @param {number} source */
  const light = (layer, unit, source) => {
    if (layer === choice.layer && unit === choice.unit) {
      return choice.source === null || choice.source === source ? " forward" : "";
    }
    if (layer === choice.layer + 1) return source === choice.unit ? " backward" : "";
    return layer > choice.layer ? " backward" : "";
  };
  const edges = [];
  for (let layer = 1; layer <= depth; layer += 1) {
    for (const unit of shown[layer]) {
      for (const source of shown[layer - 1]) {
        const [x1, y1] = place(layer - 1, source);
        const [x2, y2] = place(layer, unit);
        const w = network.weights[layer - 1][unit][source];
        const ends = `x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}"`;
        const thick = (1 + (5 * Math.abs(w)) / strongest).toFixed(1);
        const chosen = key({ layer, unit, source });
        edges.push(
          `<g data-choice="${chosen}" class="weight${light(layer, unit, source)}${chosen === key(choice) ? " chosen" : ""}">` +
            `<title>weight ${escape(units[layer - 1][source])} → ${escape(units[layer][unit])}: ${number(w)}</title>` +
            `<line class="edge${w < 0 ? " negative" : ""}" ${ends} style="stroke-width: ${thick}px"/><line class="hit" ${ends}/></g>`,
        );
      }
    }
  }
  const circles = shown.flatMap((column, layer) =>
    column.map((unit) => {
      const [x, y] = place(layer, unit);
      const name = escape(units[layer][unit]);
      const value = number(run.a[layer][unit]).replace("-", "−");
      const text = `<text x="${x}" y="${y + radius + 14}" text-anchor="middle">${name} = ${value}</text>`;
      if (layer === 0) return `<circle class="unit" cx="${x}" cy="${y}" r="${radius}"/>${text}`;
      const chosen = layer === choice.layer && unit === choice.unit;
      const fill = (radius - 3) * Math.sqrt(Math.abs(run.slopes[layer - 1][unit]) / steepest);
      const lit = chosen ? " chosen" : layer > choice.layer ? " backward" : "";
      return (
        `<g data-choice="${key({ layer, unit, source: null })}" role="button" tabindex="0" class="neuron${lit}" ` +
        `aria-pressed="${chosen && choice.source === null}" aria-label="unit ${name} = ${value}">` +
        `<circle class="unit" cx="${x}" cy="${y}" r="${radius}"/><circle class="fill" cx="${x}" cy="${y}" r="${fill.toFixed(1)}"/>${text}</g>`
      );
    }),
  );
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.innerHTML = edges.join("") + circles.join("");
}

/** The chosen unit's sum and blame, or the chosen weight's three factors, as rows of HTML.
 * @param {Data} given @param {Network} network @param {Pass} run @param {Choice} choice */
function chain({ units }, network, run, { layer, unit, source }) {
  const [l, top] = [layer - 1, network.weights.length - 1];
  const name = escape(units[layer][unit]);
  const shared = network.output.name === "softmax" && l === top;
  const [z, a, slope] = [run.z[l][unit], run.a[layer][unit], run.slopes[l][unit]];
  const [error, delta] = [run.errors[l][unit], run.deltas[l][unit]];
  /** @param {string} role @param {string} label @param {number} value @param {string} sign */
  const factor = (role, label, value, sign = "") =>
    `<div class="${role}" data-sign="${sign}"><dt>${label}</dt><dd data-factor="${role}" data-value="${value}">${typeset(value)}</dd></div>`;
  const blame = shared
    ? factor("error", `dC/dz of ${name}`, delta)
    : factor("error", `error dC/da of ${name}`, error) + factor("slope", `slope at z = ${typeset(z)}`, slope, "×");
  const above = l === top ? "" : shares(units, network, run, layer, unit, name, error);
  if (source !== null) {
    const from = escape(units[layer - 1][source]);
    const input = run.a[l][source];
    return (
      `<p>The weight ${from} → ${name} is ${typeset(network.weights[l][unit][source])}. Backwards, one factor after the other:</p>` +
      `<dl class="factors">${blame}${factor("input", `input ${from}`, input, "×")}${factor("product", "dC/dw", delta * input, "=")}</dl>${above}`
    );
  }
  const terms = network.weights[l][unit].map(
    (w, i) => /** @type {[string, number]} */ ([`${typeset(w)} × ${typeset(run.a[l][i])} from ${escape(units[l][i])}`, w * run.a[l][i]]),
  );
  terms.push(["the bias", network.biases[l][unit]]);
  return (
    `<p>Forwards, ${name} adds up and answers ${typeset(a)}:</p>${sum(terms, "z", z)}` +
    `<p>Backwards, what it is to blame for:</p><dl class="factors">${blame}${shared ? "" : factor("product", "δ = dC/dz", delta, "=")}</dl>${above}`
  );
}

/** Where a hidden unit's error comes from: one share for each unit that it feeds.
 * @param {string[][]} units @param {Network} network @param {Pass} run @param {number} layer @param {number} unit
 * @param {string} name @param {number} error */
function shares(units, network, run, layer, unit, name, error) {
  const paths = run.deltas[layer].map(
    (delta, k) =>
      /** @type {[string, number]} */ ([
        `${typeset(network.weights[layer][k][unit])} × ${typeset(delta)} by way of ${escape(units[layer + 1][k])}`,
        network.weights[layer][k][unit] * delta,
      ]),
  );
  return `<p>The error that arrives at ${name} is a sum over the ways to the cost, each the weight times the blame δ above it:</p>${sum(paths, "dC/da", error)}`;
}

/** @param {[string, number][]} terms @param {string} name @param {number} total */
function sum(terms, name, total) {
  const ranked = [...terms].sort((a, b) => Math.abs(b[1]) - Math.abs(a[1]));
  const rest = ranked.slice(MOST_TERMS);
  const rows = rest.length ? [...ranked.slice(0, MOST_TERMS)] : terms;
  if (rest.length) rows.push([`${rest.length} more`, rest.reduce((whole, term) => whole + term[1], 0)]);
  return (
    `<table><tbody>${rows.map(([label, value]) => `<tr><td>${label}</td><td class="number">${typeset(value)}</td></tr>`).join("")}` +
    `<tr><th scope="row">${name}</th><td class="number" data-sum data-value="${total}">${typeset(total)}</td></tr></tbody></table>`
  );
}

/** The cost's curve, its newest or chosen point marked. @param {Element} svg @param {number[][]} points
 * @param {number} marked */
function plot(svg, points, marked) {
  const stride = Math.ceil(points.length / MOST_DRAWN);
  const finite = points.filter(([, cost], i) => Number.isFinite(cost) && (i % stride === 0 || i === points.length - 1));
  const most = Math.max(1e-300, ...finite.map(([, cost]) => cost));
  const last = Math.max(10, finite.length ? finite[finite.length - 1][0] : 0);
  /** @param {number[]} point */
  const at = ([step, cost]) => `${(50 + (416 * step) / last).toFixed(1)},${(120 - (100 * cost) / most).toFixed(1)}`;
  const mark = points[marked] && Number.isFinite(points[marked][1]) ? at(points[marked]).split(",") : null;
  svg.innerHTML =
    `<path class="axis" d="M50 14 V120 H466"/><text x="44" y="26" text-anchor="end">${number(+most.toPrecision(2))}</text>` +
    `<text x="44" y="124" text-anchor="end">0</text><text x="50" y="138">0</text><text x="466" y="138" text-anchor="end">${last}</text>` +
    `<text class="strong" x="58" y="14">cost over all samples</text><polyline class="curve" points="${finite.map(at).join(" ")}"/>` +
    (mark ? `<circle class="dot" cx="${mark[0]}" cy="${mark[1]}" r="5"/>` : "");
}
