// Medians and quartiles over the runs of a setting.

/**
 * The quantile of some numbers, between neighbours by straight lines as NumPy has it. Infinite ones are in order, but
 * there is nothing between one and its neighbour: then it is the nearer of the two. NaN if there are none.
 * @param {number[]} sorted @param {number} share
 */
export function quantile(sorted, share) {
  if (sorted.length === 0) return NaN;
  const place = (sorted.length - 1) * share;
  const low = sorted[Math.floor(place)];
  const high = sorted[Math.ceil(place)];
  const part = place - Math.floor(place);
  if (Number.isFinite(low) && Number.isFinite(high)) return low + (high - low) * part;
  return part > 0.5 ? high : low;
}

/**
 * Median and quartiles at every epoch, null where there are none.
 * @param {number[][]} curves a list of values for each run, all of one length
 * @param {number} lost what NaN counts as: the worst there is (+-Infinity), or NaN for nothing
 * @returns {{lower: (number | null)[], median: (number | null)[], upper: (number | null)[]}}
 */
export function bandOf(curves, lost) {
  /** @type {{lower: (number | null)[], median: (number | null)[], upper: (number | null)[]}} */
  const band = { lower: [], median: [], upper: [] };
  const count = curves.length ? curves[0].length : 0;
  for (let epoch = 0; epoch < count; epoch++) {
    const own = curves.map((curve) => (Number.isNaN(curve[epoch]) ? lost : curve[epoch]));
    const sorted = own.filter((value) => !Number.isNaN(value)).sort((a, b) => a - b);
    band.lower.push(finiteOrNull(quantile(sorted, 0.25)));
    band.median.push(finiteOrNull(quantile(sorted, 0.5)));
    band.upper.push(finiteOrNull(quantile(sorted, 0.75)));
  }
  return band;
}

/** @param {number} value */
export function finiteOrNull(value) {
  return Number.isFinite(value) ? value : null;
}

/** What a diverged run counts as in medians of a metric: the worst. @param {string} metric */
export function worstOf(metric) {
  if (metric.startsWith("cost/")) return Infinity;
  return metric.startsWith("accuracy/") || metric.startsWith("r2/") ? -Infinity : NaN;
}
