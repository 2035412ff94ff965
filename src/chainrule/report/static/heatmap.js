// The heatmap by any two keys and any measure; as the page was made, it shows the score by its usual axes.

import { quantile } from "./statistics.js";

/** @typedef {import("./packed.js").Data} Data */
/** @typedef {import("./packed.js").Key} Key */
/** @typedef {{runs: number[], setting: number, median: number, diverged: number, stuck: number, failed: number}} Cell */

const SVG = "http://www.w3.org/2000/svg";
const CELL_HEIGHT = 38;
const CELL_GAP = 2;
const ROOM = 1000;
const ANY = "-1"; // of a filter: the best of its values

/** A value in few characters, as chainrule.formats.score has it. @param {number} value @param {number} digits */
export function score(value, digits = 2) {
  const size = Math.abs(value);
  if ((size >= 0.095 && size < 1e6) || value === 0) return value.toFixed(digits);
  return value.toPrecision(digits).replace(/e([-+])(\d)$/, "e$10$2");
}

/** Colours between the page's nine, from low to high. @param {string[]} colours @param {number} share */
export function colourAt(colours, share) {
  const place = Math.min(Math.max(share, 0), 1) * (colours.length - 1);
  const low = Math.min(Math.floor(place), colours.length - 2);
  const mix = [1, 3, 5].map((digit) => {
    const [a, b] = [colours[low], colours[low + 1]].map((colour) => parseInt(colour.slice(digit, digit + 2), 16));
    return Math.round(a + (b - a) * (place - low));
  });
  const isDark = (0.299 * mix[0] + 0.587 * mix[1] + 0.114 * mix[2]) / 255 < 0.5;
  return { fill: `rgb(${mix.join(" ")})`, isDark };
}

/** Controls above the heatmap, and a second one in its place when they are changed. */
export class Heatmap {
  /** @param {Data} data @param {HTMLElement} figure @param {(root: ParentNode) => void} starts brings cells to life */
  constructor(data, figure, starts) {
    this.data = data;
    this.figure = figure;
    this.starts = starts;
    this.drawn = document.createElement("figure");
    this.drawn.className = "heatmap";
    this.drawn.hidden = true;
    this.controls = document.createElement("div");
    this.controls.className = "controls";
    figure.before(this.controls);
    figure.after(this.drawn);
    const names = data.keys.map((key) => key.label);
    this.measure = this.select("show", data.measures.map((measure) => measure.label));
    this.across = this.select("across", names);
    this.down = this.select("down", data.keys.length > 1 ? names : []);
    const [row, column] = data.axes.map((axis) => data.keys.findIndex((key) => key.key === axis));
    this.across.value = String(column >= 0 ? column : 0);
    this.down.value = String(row);
    this.before = [this.across.value, this.down.value];
    /** @type {Map<Key, HTMLSelectElement>} */
    this.filters = new Map();
    for (const key of data.keys.filter((each) => each.key !== "seed")) {
      this.filters.set(key, this.select(key.label, [["the best", ANY], ...key.levels.map(numbered)]));
    }
    this.usual = this.state();
    this.showFilters();
    this.controls.addEventListener("change", (event) => this.change(/** @type {HTMLSelectElement} */ (event.target)));
  }

  /** @param {string} label @param {(string | [string, string])[]} options @returns {HTMLSelectElement} */
  select(label, options) {
    const element = document.createElement("select");
    element.setAttribute("aria-label", label);
    options.map((option, place) => (typeof option === "string" ? numbered(option, place) : option)).forEach(
      ([text, value]) => element.add(new Option(text, value)),
    );
    const around = document.createElement("label");
    around.hidden = options.length < 2;
    around.append(`${label} `, element);
    this.controls.append(around);
    return element;
  }

  state() {
    return [this.measure, this.across, this.down, ...this.filters.values()].map((each) => each.value).join();
  }

  /** Only keys that are on no axis are filtered by. */
  showFilters() {
    const [across, down] = this.axes();
    for (const [key, filter] of this.filters) {
      const isAxis = key === across || key === down;
      if (isAxis) filter.value = ANY;
      /** @type {HTMLElement} */ (filter.parentElement).hidden = isAxis;
    }
  }

  /** @returns {[Key, Key | undefined]} */
  axes() {
    const [across, down] = [this.across, this.down].map((each) => this.data.keys[Number(each.value)]);
    return [across, this.down.value === "" || down === across ? undefined : down];
  }

  /** @param {HTMLSelectElement} changed */
  change(changed) {
    if (this.across.value === this.down.value) { // the two change places
      const isAcross = changed === this.across;
      (isAcross ? this.down : this.across).value = this.before[isAcross ? 0 : 1];
    }
    this.before = [this.across.value, this.down.value];
    this.showFilters();
    const isUsual = this.state() === this.usual;
    this.figure.hidden = !isUsual;
    this.drawn.hidden = isUsual;
    if (!isUsual) this.draw();
    this.starts(isUsual ? this.figure : this.drawn);
  }

  /** @param {number} column @param {number} row @returns {Cell} the best setting of the runs that are in a cell */
  cell(column, row) {
    const { data } = this;
    const [across, down] = this.axes();
    const chosen = [...this.filters].filter(([, filter]) => filter.value !== ANY);
    const inside = [...data.runs.keys()].filter(
      (run) =>
        across.of[run] === column &&
        (!down || down.of[run] === row) &&
        chosen.every(([key, filter]) => key.of[run] === Number(filter.value)),
    );
    const setting = Math.min(...inside.map((run) => data.settings[run]).filter((each) => each >= 0));
    const own = Number.isFinite(setting) ? inside.filter((run) => data.settings[run] === setting) : inside;
    const outcomeOf = (/** @type {number} */ run) => data.outcomes[data.outcome[run]];
    const count = (/** @type {string} */ word) => own.filter((run) => outcomeOf(run) === word).length;
    const runs = own.filter((run) => outcomeOf(run) !== "failed");
    const values = this.valuesOf(runs).sort((a, b) => a - b);
    const diverged = count("diverged");
    const median = diverged * 2 > runs.length ? NaN : quantile(values, 0.5);
    return { runs, setting, median, diverged, stuck: count("stuck"), failed: count("failed") };
  }

  /** @param {number[]} runs */
  valuesOf(runs) {
    const { values } = this.data.measures[Number(this.measure.value)];
    return runs.flatMap((run) => values[run] ?? []);
  }

  draw() {
    const [across, down] = this.axes();
    const measure = this.data.measures[Number(this.measure.value)];
    const rows = down ? down.levels : [""];
    const cells = rows.map((_, row) => across.levels.map((__, column) => this.cell(column, row)));
    const known = cells.flat().map((cell) => cell.median).filter(Number.isFinite);
    const [low, high] = [Math.min(...known), Math.max(...known)];
    const isLog = measure.higher !== true && low > 0 && high >= 8 * low;
    const place = isLog ? Math.log : Number;
    const share = (/** @type {number} */ value) =>
      high > low ? (place(value) - place(low)) / (place(high) - place(low)) : 0.5;
    const colours = measure.higher === false ? [...this.data.colours].reverse() : this.data.colours;
    const best = measure.higher === null || known.length < 2 ? NaN : measure.higher ? high : low;
    const width = Math.min(Math.max(ROOM / across.levels.length - CELL_GAP, 14), 58);
    const left = 12 + 7.6 * Math.max(...rows.map((name) => name.length));
    const longest = Math.max(...across.levels.map((name) => name.length));
    const isSlanted = longest > 6 || width < 32;
    const top = 14 + (isSlanted ? 5.4 * longest : 12);
    const step = Math.ceil(20 / (width + CELL_GAP));
    const [w, h] = [left + across.levels.length * (width + CELL_GAP) + (isSlanted ? 40 : 0), top + rows.length * CELL_HEIGHT];
    const title = `Median ${measure.label}`;
    const where = `${across.label} across${down ? `, ${down.label} down` : ""}`;
    const svg = make("svg", { viewBox: `0 0 ${w} ${h}`, role: "group", "aria-label": `${title}, ${where}` });
    svg.style.width = `${w}px`;
    svg.style.minWidth = `${0.85 * w}px`;
    const labels = make("g", { "aria-hidden": "true" });
    across.levels.forEach((name, column) => {
      if (column % step) return;
      const [x, y] = [left + (width + CELL_GAP) * column + width / 2, top - 8];
      /** @type {Record<string, string | number>} */
      const at = isSlanted ? { transform: `rotate(-40 ${x} ${y})` } : { "text-anchor": "middle" };
      labels.append(make("text", { class: "level", x, y, ...at }, name));
    });
    rows.forEach((name, row) => {
      const y = top + CELL_HEIGHT * row + CELL_HEIGHT / 2 + 4;
      labels.append(make("text", { class: "level", x: left - 8, y, "text-anchor": "end" }, name));
    });
    svg.append(labels);
    const written = make("g", { class: "written", "aria-hidden": "true" });
    cells.forEach((own, row) =>
      own.forEach((cell, column) => {
        const words = `${across.label} ${across.levels[column]}${down ? `, ${down.label} ${rows[row]}` : ""}`;
        const [x, y] = [left + (width + CELL_GAP) * column, top + CELL_HEIGHT * row];
        svg.append(this.drawCell(cell, { words, x, y, width, colours, share, isBest: cell.median === best, written }));
      }),
    );
    svg.append(written);
    this.fill(title, where, svg, known.length ? [low, high] : null, colours);
  }

  /**
   * @param {Cell} cell
   * @param {{words: string, x: number, y: number, width: number, colours: string[],
   *   share: (value: number) => number, isBest: boolean, written: Element}} how `written` takes the texts
   */
  drawCell(cell, { words, x, y, width, colours, share, isBest, written }) {
    const count = cell.runs.length;
    const isStuck = cell.stuck * 2 > count - cell.diverged;
    const isKnown = Number.isFinite(cell.median);
    const kind = !count ? (cell.failed ? "failed" : "missing") : !isKnown ? "diverged" : isStuck ? "stuck" : "value";
    const { measures } = this.data;
    const told = { failed: `all ${cell.failed} runs failed`, missing: "not run", diverged: "diverged" };
    const value = `${measures[Number(this.measure.value)].label} ${isKnown ? score(cell.median, 3) : ""}`;
    const parts = [kind in told ? Reflect.get(told, kind) : value];
    if (isKnown && count - cell.diverged > 1) parts.push(`median of ${count - cell.diverged} runs`);
    if (cell.diverged) parts.push(`${cell.diverged} of ${count} diverged`);
    if (cell.stuck) parts.push(`${cell.stuck} of ${count} stuck`);
    if (count && cell.failed) parts.push(`${cell.failed} failed`);
    if (isBest) parts.push("the best");
    const label = `${words}: ${parts.join(", ")}`;
    const { fill, isDark } = colourAt(colours, isKnown ? share(cell.median) : 0);
    const ink = isKnown && isDark ? "light" : "dark";
    const name = `cell ${kind} ${ink} ${isBest ? "best" : ""}`;
    const group = make(count ? "a" : "g", { class: name, "aria-label": label, ...(count ? {} : { role: "img" }) });
    if (count) group.setAttribute("href", `#setting-${cell.setting}`);
    const box = { x, y, width, height: CELL_HEIGHT - CELL_GAP };
    group.append(make("title", {}, label), make("rect", isKnown ? { ...box, fill } : box));
    if (kind !== "value" && kind !== "missing") group.append(make("rect", { ...box, class: "pattern" }));
    const marks = [
      ...(isKnown && cell.diverged ? [`× ${cell.diverged}/${count}`] : []),
      ...(isKnown && cell.stuck && !isStuck ? [`= ${cell.stuck}/${count}`] : []),
    ];
    const number = width >= 32 && isKnown ? score(cell.median) : "";
    const text = { diverged: "×", failed: "!", missing: "", stuck: `${number}=`, value: number }[kind];
    const middle = { x: x + width / 2, "text-anchor": "middle" };
    const look = `${kind} ${ink} ${isBest ? "best" : ""}`;
    written.append(make("text", { ...middle, class: look, y: y + (marks.length ? 18 : 23) }, text));
    if (marks.length) {
      const shown = width >= 32 ? marks.join(" ") : marks.map((mark) => mark[0]).join("");
      written.append(make("text", { ...middle, y: y + CELL_HEIGHT - 8, class: `${ink} mark` }, shown));
    }
    if (isBest) group.append(make("rect", { class: "frame", x: x + 2, y: y + 2, width: width - 4, height: CELL_HEIGHT - CELL_GAP - 4 }));
    return group;
  }

  /** @param {string} title @param {string} where @param {Element} svg @param {number[] | null} ends @param {string[]} colours */
  fill(title, where, svg, ends, colours) {
    const caption = document.createElement("figcaption");
    const strong = document.createElement("strong");
    strong.textContent = title;
    const others = [...this.filters].filter(([, f]) => !(/** @type {HTMLElement} */ (f.parentElement).hidden));
    const best = others.filter(([, filter]) => filter.value === ANY).map(([key]) => key.label);
    const rest = best.length ? `, at the best ${best.join(" and ")} of each cell by the score` : "";
    caption.append(strong, `, ${where}${rest}.`);
    const scroll = document.createElement("div");
    scroll.className = "scroll";
    scroll.tabIndex = 0;
    scroll.setAttribute("role", "region");
    scroll.setAttribute("aria-label", `Heatmap of ${title}`);
    scroll.append(svg);
    const scale = document.createElement("div");
    scale.className = "scale";
    if (ends) {
      const bar = document.createElement("i");
      bar.style.background = `linear-gradient(to right, ${colours.join(", ")})`;
      const [low, high] = ends.map((value) => {
        const span = document.createElement("span");
        span.textContent = score(value, 3);
        return span;
      });
      scale.append(low, bar, high);
    }
    this.drawn.replaceChildren(caption, scroll, scale);
  }
}

/** @param {string} text @param {number} place @returns {[string, string]} */
function numbered(text, place) {
  return [text, String(place)];
}

/** @param {string} name @param {Record<string, string | number>} attributes @param {string} [text] */
function make(name, attributes, text) {
  const element = /** @type {SVGElement} */ (document.createElementNS(SVG, name));
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  if (text !== undefined) element.textContent = text;
  return element;
}
