// The recorded curves, unpacked when they are first asked for; see chainrule/report/packing.py.

const LAST_STEP = 65532;
const ZERO = 65533;

/** @typedef {{metric: string, label: string, log: boolean, low: number, high: number, data: string}} PackedCurve */

/**
 * What is in the page's JSON: of each key its values and every run's position among them, the runs' settings (the best
 * is 0), their outcomes, and their curves.
 * @typedef {{key: string, label: string, levels: string[], typed: string[], of: number[]}} Key
 * @typedef {{keys: Key[], settings: number[], outcomes: string[], outcome: number[], runs: string[],
 *   command: string | null, axes: [string, string], measures: Measure[], colours: string[], epochs: number[], recorded: number, curves: PackedCurve[]}} Data
 */

/** @typedef {{label: string, higher: boolean | null, values: (number | null)[]}} Measure */

/** @type {Map<string, Promise<Float64Array>>} */
const unpacked = new Map();

/**
 * One metric of all runs, row by row: runs x epochs. What diverged or was not recorded is NaN.
 * @param {Data} data @param {string} metric
 */
export function curvesOf(data, metric) {
  let found = unpacked.get(metric);
  if (!found) {
    const packed = data.curves.find((curve) => curve.metric === metric);
    if (!packed) throw new Error(`no curve ${metric}`);
    found = unpack(packed, data.epochs.length);
    unpacked.set(metric, found);
  }
  return found;
}

/** @param {PackedCurve} curve @param {number} epochs how many values a run has @returns {Promise<Float64Array>} */
async function unpack(curve, epochs) {
  const bytes = Uint8Array.from(atob(curve.data), (character) => character.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  const raw = new Uint8Array(await new Response(stream).arrayBuffer());
  const count = raw.length / 2;
  const values = new Float64Array(count);
  let step = 0;
  for (let place = 0; place < count; place++) {
    const difference = raw[place] | (raw[count + place] << 8);
    step = (place % epochs === 0 ? difference : step + difference) & 0xffff;
    const value = curve.low + (curve.high - curve.low) * (step / LAST_STEP);
    values[place] = step === ZERO ? 0 : step > ZERO ? NaN : curve.log ? 10 ** value : value;
  }
  return values;
}
