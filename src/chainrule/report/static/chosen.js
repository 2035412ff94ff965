// What is told of the chosen settings: their curves, the factors of the chain rule, their runs.

import { colourOf, drawChart } from "./chart.js";
import { curvesOf } from "./packed.js";
import { bandOf, finiteOrNull, worstOf } from "./statistics.js";

/** @typedef {import("./packed.js").Data} Data */

// Okabe and Ito (2008), a little brighter where the page is dark.
const COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#b37400", "#3a9fd0"];
const BRIGHT = ["#56b4e9", "#ff8c42", "#3ddcb0", "#e59ac5", "#f0c04a", "#9fd8ff"];
const MOST = COLOURS.length;
const MOST_ROWS = 100;
const FACTORS = [
  { key: "upstream", name: "error from above", variable: "--error" },
  { key: "slope", name: "slope", variable: "--slope" },
  { key: "input", name: "input", variable: "--input" },
];

/** The panel below the heatmap. */
export class Chosen {
  /** @param {Data} data @param {HTMLElement} root */
  constructor(data, root) {
    this.data = data;
    this.root = root;
    /** @type {number[]} the settings chosen, oldest first; each keeps its colour */
    this.settings = [];
    /** @type {(() => void)[]} */
    this.drawn = [];
    this.turn = 0;
    root.hidden = false;
    root.innerHTML = `
      <h3>The chosen settings</h3>
      <ul class="chips"></ul>
      <div class="controls">
        <label>curve <select class="metric"></select></label>
        <label><input type="checkbox" class="log-x"> logarithmic epochs</label>
        <label><input type="checkbox" class="log-y"> logarithmic values</label>
        <label><input type="checkbox" class="seeds" checked> each run</label>
      </div>
      <div class="chart curves" role="img"></div>
      <p class="readout aside"></p>
      <p class="thinned aside"></p>
      <div class="ledger"></div>
      <div class="own-runs"></div>`;
    if (data.epochs.length < data.recorded) {
      const thinned = /** @type {HTMLElement} */ (root.querySelector(".thinned"));
      thinned.textContent = `To keep the page small, curves have ${data.epochs.length} of ${data.recorded} recorded epochs.`;
    }
    this.metric = /** @type {HTMLSelectElement} */ (root.querySelector(".metric"));
    for (const { metric, label } of data.curves) this.metric.add(new Option(label, metric));
    const first = data.curves.find((curve) => curve.metric === "cost/train");
    if (first) this.metric.value = first.metric;
    this.logY().checked = Boolean(first?.log);
    this.metric.addEventListener("change", () => {
      this.logY().checked = Boolean(data.curves.find((curve) => curve.metric === this.metric.value)?.log);
    });
    root.addEventListener("change", () => this.draw());
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
  }

  /** @param {string} name */
  isChecked(name) {
    return /** @type {HTMLInputElement} */ (this.root.querySelector(name)).checked;
  }

  logY() {
    return /** @type {HTMLInputElement} */ (this.root.querySelector(".log-y"));
  }

  /** Choose a setting beside those that are, or no longer. @param {number} setting */
  toggle(setting) {
    const isChosen = this.settings.includes(setting);
    this.settings = isChosen
      ? this.settings.filter((each) => each !== setting)
      : [...this.settings.slice(-(MOST - 1)), setting];
    return this.draw();
  }

  /** @param {number} setting in the words of its keys' values, without the seed */
  nameOf(setting) {
    const run = this.data.settings.indexOf(setting);
    const keys = this.data.keys.filter((key) => key.key !== "seed");
    const words = keys.map((key) => {
      const level = key.levels[key.of[run]];
      return /^[-\d[]|^(true|false|null)$/.test(level) ? `${key.label} ${level}` : level;
    });
    return words.join(" · ") || "the setting";
  }

  /** @param {number} setting @returns {number[]} the places of its runs */
  runsOf(setting) {
    return this.data.settings.flatMap((each, run) => (each === setting ? [run] : []));
  }

  /** @param {number} place @returns {string} the colour of the chosen setting at that place */
  colour(place) {
    return (matchMedia("(prefers-color-scheme: dark)").matches ? BRIGHT : COLOURS)[place % MOST];
  }

  async draw() {
    const turn = ++this.turn;
    const { epochs } = this.data;
    const metric = this.metric.value;
    const values = metric ? await curvesOf(this.data, metric) : new Float64Array();
    const ledger = await this.ledgerOf(this.settings.at(-1));
    if (turn !== this.turn) return; // something else was chosen meanwhile
    for (const free of this.drawn.splice(0)) free();
    this.drawChips();
    const chart = /** @type {HTMLElement} */ (this.root.querySelector(".curves"));
    const readout = /** @type {HTMLElement} */ (this.root.querySelector(".readout"));
    readout.textContent = "";
    /** @type {import("./chart.js").Line[]} */
    const lines = [];
    /** @type {import("./chart.js").Band[]} */
    const bands = [];
    this.settings.forEach((setting, place) => {
      const colour = this.colour(place);
      const curves = this.runsOf(setting).map((run) => [
        ...values.subarray(run * epochs.length, (run + 1) * epochs.length),
      ]);
      const band = bandOf(curves, worstOf(metric));
      if (curves.length > 1) bands.push({ upper: band.upper, lower: band.lower, colour });
      if (this.isChecked(".seeds") && curves.length > 1) {
        for (const own of curves) lines.push({ values: own.map(finiteOrNull), colour: `${colour}70`, width: 1 });
      }
      lines.push({ values: band.median, colour, width: 2.5, name: this.nameOf(setting) });
    });
    chart.hidden = lines.length === 0 || !metric;
    if (!chart.hidden) {
      const label = this.metric.selectedOptions[0].text;
      const names = this.settings.map((setting) => this.nameOf(setting)).join(", ");
      chart.setAttribute("aria-label", `${label} over the epochs: median and quartiles over the runs of ${names}`);
      const axes = { logX: this.isChecked(".log-x"), logY: this.isChecked(".log-y") };
      this.drawn.push(drawChart(chart, { epochs, lines, bands, label, readout, ...axes }));
    }
    this.drawLedger(ledger);
    this.drawRuns();
    this.markCells();
  }

  /** Show in the heatmap which settings are chosen. */
  markCells() {
    for (const cell of document.querySelectorAll("[data-setting]")) {
      const place = this.settings.indexOf(Number(cell.getAttribute("data-setting")));
      cell.setAttribute("aria-pressed", String(place >= 0));
      /** @type {SVGElement} */ (cell).style.setProperty("--chosen", place >= 0 ? this.colour(place) : "transparent");
    }
  }

  drawChips() {
    const list = /** @type {HTMLElement} */ (this.root.querySelector(".chips"));
    list.replaceChildren(
      ...this.settings.map((setting, place) => {
        const item = document.createElement("li");
        const button = document.createElement("button");
        button.type = "button";
        button.style.setProperty("--chosen", this.colour(place));
        button.textContent = this.nameOf(setting);
        button.setAttribute("aria-label", `No longer show ${this.nameOf(setting)}`);
        button.addEventListener("click", () => void this.toggle(setting));
        item.append(button);
        return item;
      }),
    );
    if (!this.settings.length) list.textContent = "None: choose cells of the heatmap to compare them.";
  }

  /**
   * The medians of the factors of each layer, and of their product, over the runs of a setting.
   * @param {number | undefined} setting
   */
  async ledgerOf(setting) {
    /** @type {{layer: number, curves: (number | null)[][]}[]} */
    const layers = [];
    if (setting === undefined) return layers;
    const known = new Set(this.data.curves.map((curve) => curve.metric));
    const count = this.data.epochs.length;
    for (let layer = 1; FACTORS.every(({ key }) => known.has(`${key}/layer_${layer}`)); layer++) {
      const factors = await Promise.all(FACTORS.map(({ key }) => curvesOf(this.data, `${key}/layer_${layer}`)));
      const runs = this.runsOf(setting);
      const own = factors.map((values) => runs.map((run) => [...values.subarray(run * count, (run + 1) * count)]));
      const product = runs.map((_, run) => own[0][run].map((_, e) => own[0][run][e] * own[1][run][e] * own[2][run][e]));
      layers.push({ layer, curves: [...own, product].map((each) => bandOf(each, NaN).median) });
    }
    return layers;
  }

  /** @param {{layer: number, curves: (number | null)[][]}[]} layers */
  drawLedger(layers) {
    const root = /** @type {HTMLElement} */ (this.root.querySelector(".ledger"));
    root.replaceChildren();
    const setting = this.settings.at(-1);
    if (!layers.length || setting === undefined) return;
    const names = [...FACTORS, { key: "product", name: "their product", variable: "--product" }];
    const heading = document.createElement("h3");
    heading.textContent = `The factors of the chain rule: ${this.nameOf(setting)}`;
    const legend = document.createElement("ul");
    legend.className = "legend";
    for (const { name, variable } of names) {
      const item = document.createElement("li");
      item.style.color = `var(${variable})`;
      item.textContent = name;
      legend.append(item);
    }
    const panels = document.createElement("div");
    panels.className = "panels";
    root.append(heading, legend, panels);
    for (const { layer, curves } of layers) {
      const figure = document.createElement("figure");
      const caption = document.createElement("figcaption");
      const chart = document.createElement("div");
      const readout = document.createElement("p");
      readout.className = "readout aside";
      caption.textContent = `layer ${layer}`;
      chart.setAttribute("role", "img");
      chart.setAttribute("aria-label", `Layer ${layer}: error from above, slope, input and their product over the epochs`);
      figure.append(caption, chart, readout);
      panels.append(figure);
      const lines = names.map(({ name, variable }, place) => ({
        values: curves[place],
        colour: colourOf(variable),
        width: place === 3 ? 2.5 : 1.8,
        dash: place === 3 ? [6, 4] : undefined,
        name,
      }));
      const axes = { logX: this.isChecked(".log-x"), logY: true };
      this.drawn.push(drawChart(chart, { epochs: this.data.epochs, lines, label: "", readout, ...axes }));
    }
  }

  drawRuns() {
    const root = /** @type {HTMLElement} */ (this.root.querySelector(".own-runs"));
    root.replaceChildren();
    if (!this.settings.length) return;
    const { keys, outcomes, outcome, runs, command } = this.data;
    const places = this.settings.flatMap((setting) => this.runsOf(setting));
    const heading = document.createElement("h3");
    heading.textContent = "Their runs";
    const list = document.createElement("ul");
    list.className = "runs";
    list.tabIndex = 0; // it scrolls
    for (const run of places.slice(0, MOST_ROWS)) {
      const item = document.createElement("li");
      const title = document.createElement("span");
      const values = keys.map((key) => `${key.label} ${key.levels[key.of[run]]}`).join(", ");
      title.textContent = `${values}: ${outcomes[outcome[run]]}, run ${runs[run]}`;
      item.append(title);
      if (command !== null) {
        const code = document.createElement("code");
        code.textContent = [command, ...keys.map((key) => key.typed[key.of[run]])].join(" ");
        item.append(code);
      }
      list.append(item);
    }
    root.append(heading, list);
    if (places.length > MOST_ROWS) root.append(`and ${places.length - MOST_ROWS} more`);
  }
}
