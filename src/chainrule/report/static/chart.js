// Curves over the epochs, drawn by uPlot in the page's colours.

/** @typedef {{values: (number | null)[], colour: string, width: number, name?: string, dash?: number[]}} Line */
/** @typedef {{upper: (number | null)[], lower: (number | null)[], colour: string}} Band */

const CHART_HEIGHT = 300;
/** @type {any} */
const UPlot = Reflect.get(globalThis, "uPlot");

/** A colour of the page, such as "--ink", as it is now: light or dark. @param {string} name */
export function colourOf(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** Five significant digits at most, without zeros that tell nothing. @param {number | null | undefined} value */
export function told(value) {
  return value === null || value === undefined ? "" : String(Number(value.toPrecision(4)));
}

/** @param {(number | null)[]} values @param {boolean} isLog */
function shown(values, isLog) {
  return isLog ? values.map((value) => (value !== null && value > 0 ? value : null)) : values;
}

/**
 * Draw into `element` in place of what is there; where the pointer is, `readout` tells the values of named lines.
 * @param {HTMLElement} element
 * @param {{epochs: number[], lines: Line[], bands?: Band[], logX: boolean, logY: boolean, label: string,
 *   readout?: HTMLElement}} what
 * @returns {() => void} frees what it has taken
 */
export function drawChart(element, { epochs, lines, bands = [], logX, logY, label, readout }) {
  element.replaceChildren();
  const soft = colourOf("--soft");
  const grid = { stroke: colourOf("--line"), width: 1 };
  const font = `12px ${colourOf("--sans")}`;
  const axis = { stroke: soft, grid, ticks: grid, font, labelFont: font };
  const series = /** @type {any[]} */ ([{}]);
  const data = /** @type {any[]} */ ([epochs]);
  const between = bands.map(({ upper, lower, colour }) => {
    const first = series.length;
    for (const edge of [upper, lower]) {
      series.push({ stroke: "transparent", width: 0, points: { show: false } });
      data.push(shown(edge, logY));
    }
    return { series: [first, first + 1], fill: `${colour}33` };
  });
  for (const line of lines) {
    const known = line.values.filter((value) => value !== null).length;
    series.push({
      stroke: line.colour,
      width: line.width,
      dash: line.dash,
      spanGaps: false,
      points: { show: known === 1, fill: line.colour },
    });
    data.push(shown(line.values, logY));
  }
  const first = series.length - lines.length;
  const options = {
    width: Math.max(element.clientWidth, 240),
    height: CHART_HEIGHT,
    scales: { x: { time: false, distr: logX ? 4 : 1, asinh: 1 }, y: { distr: logY ? 3 : 1 } },
    axes: [
      { ...axis, label: "epoch", labelSize: 18, size: 34 },
      { ...axis, label, labelSize: 18, size: 62, values: axisTexts },
    ],
    legend: { show: false },
    cursor: { drag: { x: true, y: false }, points: { show: false } },
    series,
    bands: between,
    hooks: readout ? { setCursor: [(/** @type {any} */ plot) => tell(plot, lines, first, readout)] } : {},
  };
  const plot = new UPlot(options, data, element);
  const watcher = new ResizeObserver(() => {
    const width = Math.max(element.clientWidth, 240);
    if (width !== plot.width) plot.setSize({ width, height: CHART_HEIGHT });
  });
  watcher.observe(element);
  return () => {
    watcher.disconnect();
    plot.destroy();
  };
}

/** Numbers at the ticks; null, where a logarithmic axis leaves one out. @param {any} _ @param {(number | null)[]} ticks */
function axisTexts(_, ticks) {
  return ticks.map((tick) => {
    if (tick === null) return "";
    const size = Math.abs(tick);
    return size !== 0 && (size < 1e-3 || size >= 1e5) ? tick.toExponential(0) : String(Number(tick.toPrecision(6)));
  });
}

/** @param {any} plot @param {Line[]} lines @param {number} first @param {HTMLElement} readout */
function tell(plot, lines, first, readout) {
  const place = plot.cursor.idx;
  if (place === null || place === undefined) {
    readout.textContent = "";
    return;
  }
  const texts = lines.flatMap((line, number) => {
    const value = plot.data[first + number][place];
    return line.name && value !== null && value !== undefined ? [`${line.name} ${told(value)}`] : [];
  });
  readout.textContent = `epoch ${plot.data[0][place]}: ${texts.join("; ")}`;
}
