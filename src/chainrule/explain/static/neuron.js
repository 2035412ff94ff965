// The neuron as an instrument: whatever is dragged or typed, every number, both curves and the step follow.

import { ACTIVATIONS, loss, upstream } from "./functions.js";
import { data, find, number, show, typeset } from "./writing.js";

/** @typedef {{name: string, w: number, x: number, b: number, y: number}} State */
/** @typedef {{learning_rate: number, presets: State[], activations: {name: string, ceiling: number}[],
 * costs: import("./functions.js").Component[]}} Data */

const KNOBS = /** @type {const} */ (["w", "x", "b", "y"]);
const PLOT = { width: 480, left: 44, right: 466, upper: [26, 176], lower: [222, 322], reach: 6, tangent: 46 };

/** @typedef {Record<"w"|"x"|"b"|"y"|"z"|"a"|"cost"|"error"|"slope"|"input"|"product"|"new_w"|"new_b"|"new_cost", number>}
 * Reading everything there is to say of a neuron and its step */

/** @param {Record<"w"|"x"|"b"|"y", number>} state @param {string} activation
 * @param {import("./functions.js").Component} measure the cost @param {number} rate @returns {Reading} */
export function reading(state, activation, measure, rate) {
  const { w, x, b, y } = state;
  const own = { name: activation };
  /** @param {number} weight @param {number} bias */
  const forward = (weight, bias) => {
    const z = weight * x + bias;
    const [a, slope] = ACTIVATIONS[activation](z, {});
    return { z, a, slope, cost: loss(measure, own, [z], [a], [y]) };
  };
  const { z, a, slope, cost } = forward(w, b);
  const error = upstream(measure, own, [z], [a], [y])[0];
  const delta = measure.name === "cross_entropy" ? a - y : error * slope;
  const product = delta * x;
  const new_w = w - rate * product;
  const new_b = b - rate * delta;
  return { w, x, b, y, z, a, cost, error, slope, input: x, product, new_w, new_b, new_cost: forward(new_w, new_b).cost };
}

/** @param {HTMLElement} root */
export function startNeuron(root) {
  /** @type {Data} */ const given = data(root);
  /** @type {HTMLSelectElement} */ const activation = find(root, "[name=activation]");
  /** @type {HTMLSelectElement} */ const cost = find(root, "[name=cost]");
  /** @type {HTMLInputElement} */ const rate = find(root, "[name=learning_rate]");
  /** @type {SVGSVGElement} */ const svg = find(root, "svg");
  /** @type {Record<string, {range: HTMLInputElement, typed: HTMLInputElement}>} */ const knobs = {};
  for (const knob of KNOBS) {
    knobs[knob] = { range: find(root, `[name=${knob}_range]`), typed: find(root, `[name=${knob}]`) };
  }
  /** @type {State} */ let state = { ...given.presets[0] };

  function update() {
    const isProbability = activation.value === "sigmoid";
    find(root, "[value=cross_entropy]").toggleAttribute("disabled", !isProbability);
    if (!isProbability && cost.value === "cross_entropy") cost.value = "quadratic";
    const low = isProbability ? 0 : -2;
    const high = isProbability ? 1 : 2;
    for (const input of Object.values(knobs.y)) Object.assign(input, { min: String(low), max: String(high) });
    state.y = Math.min(Math.max(state.y, low), high);
    for (const knob of KNOBS) {
      if (Number(knobs[knob].typed.value) !== state[knob] || knobs[knob].typed.value === "") {
        if (document.activeElement !== knobs[knob].typed) knobs[knob].typed.value = shortest(state[knob]);
      }
      knobs[knob].range.value = String(state[knob]);
    }
    const chosen = given.costs.find((each) => each.name === cost.value) || given.costs[0];
    const read = reading(state, activation.value, chosen, Number(rate.value));
    for (const element of root.querySelectorAll("[data-reading]")) {
      show(element, read[/** @type {keyof Reading} */ (element.getAttribute("data-reading"))]);
    }
    find(root, "[data-said]").innerHTML = said(read);
    const { ceiling } = given.activations.find((each) => each.name === activation.value) || { ceiling: 1 };
    draw(svg, read, activation.value, ceiling);
    return read;
  }

  for (const knob of KNOBS) {
    for (const input of Object.values(knobs[knob])) {
      input.addEventListener("input", () => {
        if (input.value === "" || !input.validity.valid) return; // half typed, or out of range: nothing is computed of it
        state = { ...state, [knob]: Number(input.value) };
        update();
      });
      input.addEventListener("change", update);
    }
  }
  for (const button of root.querySelectorAll("[data-preset]")) {
    button.addEventListener("click", () => {
      state = { ...given.presets[Number(button.getAttribute("data-preset"))] };
      for (const knob of KNOBS) knobs[knob].typed.value = shortest(state[knob]);
      activation.value = "sigmoid";
      update();
    });
  }
  find(root, "[data-step]").addEventListener("click", () => {
    const { new_w, new_b } = update();
    state = { ...state, w: new_w, b: new_b };
    for (const knob of KNOBS) knobs[knob].typed.value = shortest(state[knob]);
    update();
  });
  for (const input of [activation, cost]) input.addEventListener("change", update);
  rate.addEventListener("input", () => rate.value !== "" && rate.validity.valid && update());
  for (const element of root.querySelectorAll("[data-live]")) element.removeAttribute("hidden");
  for (const aside of root.querySelectorAll("[data-aside]")) aside.removeAttribute("open");
  root.setAttribute("data-started", "");
  update();
}

/** @param {number} value as it is typed: in full where that is short */
const shortest = (value) => String(Number(value.toPrecision(6)));

/** @param {Reading} read one sentence, for those too who hear the page */
function said(read) {
  const { product, cost, new_cost } = read;
  if (product === 0 && new_cost === cost) return "The gradient is exactly 0: the step moves nothing, and the cost stays.";
  const outcome = new_cost < cost ? "falls" : new_cost > cost ? "rises" : "stays";
  const to = new_cost === cost ? "" : ` to ${typeset(new_cost)}`;
  const way = product > 0 ? "down" : product < 0 ? "up" : "nowhere";
  return `The step moves w ${way}, and the cost ${outcome} from ${typeset(cost)}${to}.`;
}

/** Both curves with the neuron on them, as the page's other pictures have them.
 * @param {SVGSVGElement} svg @param {Reading} read @param {string} name @param {number} ceiling */
function draw(svg, read, name, ceiling) {
  const { left, right, upper, lower, tangent } = PLOT;
  const reach = Math.min(2 * PLOT.reach, Math.max(PLOT.reach, 1.1 * Math.abs(read.z)));
  const z = Array.from({ length: 161 }, (_, i) => (i / 80 - 1) * reach);
  const points = z.map((each) => ACTIVATIONS[name](each, {}));
  /** @param {number[]} values @returns {[number, number]} */
  const range = (values) => [Math.min(0, ...values), Math.max(...values)];
  const [values, slopes] = [range(points.map((p) => p[0])), range([...points.map((p) => p[1]), ceiling])];
  /** @param {number} value @param {[number, number]} between */
  const share = (value, [low, high]) => Math.min(Math.max((value - low) / (high - low), 0), 1);
  /** @param {number} at */
  const X = (at) => left + (right - left) * share(at, [-reach, reach]);
  /** @param {number} value @param {[number, number]} between @param {number[]} frame */
  const Y = (value, between, [top, bottom]) => bottom - (bottom - top) * share(value, between);
  /** @param {0 | 1} which @param {[number, number]} between @param {number[]} frame */
  const line = (which, between, frame) =>
    z.map((at, i) => `${X(at).toFixed(1)},${Y(points[i][which], between, frame).toFixed(1)}`).join(" ");
  /** @param {[number, number]} between @param {number[]} frame */
  const axes = (between, frame) =>
    `<path class="axis" d="M${left} ${frame[0]} V${frame[1]} M${left} ${Y(0, between, frame)} H${right}"/>` +
    between
      .map((v) => `<text x="${left - 6}" y="${Y(v, between, frame) + 4}" text-anchor="end">${number(+v.toPrecision(2)).replace("-", "−")}</text>`)
      .join("");
  const letter = name === "sigmoid" ? "σ" : name;
  const [x, y, below] = [X(read.z), Y(read.a, values, upper), Y(read.slope, slopes, lower)];
  const steep = (read.slope * (upper[1] - upper[0]) * 2 * reach) / ((values[1] - values[0]) * (right - left));
  const run = tangent / Math.sqrt(1 + steep * steep);
  svg.innerHTML = `${axes(values, upper)}${axes(slopes, lower)}
<line class="ceiling" x1="${left}" x2="${right}" y1="${Y(ceiling, slopes, lower)}" y2="${Y(ceiling, slopes, lower)}"/>
<polyline class="curve" points="${line(0, values, upper)}"/>
<polyline class="curve slope" points="${line(1, slopes, lower)}"/>
<text class="strong" x="${left + 8}" y="${upper[0] - 8}">${letter}(z)</text>
<text class="slope" x="${left + 8}" y="${lower[0] - 10}">its slope ${letter}′(z), at most ${number(ceiling)}</text>
<text x="${left}" y="${lower[1] + 18}">${number(-reach).replace("-", "−")}</text>
<text x="${X(0)}" y="${lower[1] + 18}" text-anchor="middle">0</text>
<text x="${right}" y="${lower[1] + 18}" text-anchor="end">${number(reach)}</text>
<text x="${right}" y="${lower[1] + 34}" text-anchor="end">z</text>
<line class="drop" x1="${x}" x2="${x}" y1="${y}" y2="${below}"/>
<line class="tangent" x1="${x - run}" y1="${y + run * steep}" x2="${x + run}" y2="${y - run * steep}"/>
<circle class="dot" cx="${x}" cy="${y}" r="6"/><circle class="dot" cx="${x}" cy="${below}" r="6"/>`;
  svg.setAttribute("aria-label", `${letter} and its slope over z; the neuron stands at z = ${number(read.z)}.`);
}
