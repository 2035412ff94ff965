// The activations, outputs and costs of chainrule.components, with their derivatives; the tests hold every registered
// one against Python.

/** @typedef {{name: string, [field: string]: string | number}} Component a registered name, and its fields */
/** @typedef {(z: number, field: any) => [number, number]} Curve the function's value and its slope */

/** @param {number} z @returns {[number, number]} a = 1 / (1 + e^-z) and 1 - a, both to full relative precision */
function logistic(z) {
  const e = Math.exp(-Math.abs(z));
  return z < 0 ? [e / (1 + e), 1 / (1 + e)] : [1 / (1 + e), e / (1 + e)];
}

/** @param {number} z ln(1 + e^z) without overflow */
const softplus = (z) => Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z)));

/** @param {number} x @returns {number} 1 - erf(x): a series of positive terms near 0, Lentz's continued fraction further out */
function erfc(x) {
  if (x < 0) return 2 - erfc(-x);
  if (x < 2.5) {
    let term = x;
    let sum = x;
    for (let n = 1; term > 1e-17 * sum; n += 1) {
      term *= (2 * x * x) / (2 * n + 1);
      sum += term;
    }
    return 1 - (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
  }
  let fraction = x;
  for (let n = 60; n > 0; n -= 1) fraction = x + n / 2 / fraction;
  return Math.exp(-x * x) / (Math.sqrt(Math.PI) * fraction);
}

/** @type {Record<string, Curve>} */
export const ACTIVATIONS = {
  sigmoid(z) {
    const [a, rest] = logistic(z);
    return [a, a * rest];
  },
  tanh(z) {
    const a = Math.tanh(z);
    return [a, 1 - a * a];
  },
  lecun_tanh(z) {
    const a = Math.tanh((2 * z) / 3);
    return [1.7159 * a, 1.7159 * (2 / 3) * (1 - a * a)];
  },
  relu: (z) => [Math.max(0, z), z > 0 ? 1 : 0],
  leaky_relu: (z, { slope = 0.01 }) => (z > 0 ? [z, 1] : [slope * z, slope]),
  elu: (z, { alpha = 1 }) => (z > 0 ? [z, 1] : [alpha * Math.expm1(z), alpha * Math.exp(z)]),
  softplus: (z) => [softplus(z), logistic(z)[0]],
  gelu(z) {
    const below = 0.5 * erfc(-z / Math.SQRT2);
    return [z * below, below + (z * Math.exp(-0.5 * z * z)) / Math.sqrt(2 * Math.PI)];
  },
  silu(z) {
    const [gate, rest] = logistic(z);
    return [z * gate, gate * (1 + z * rest)];
  },
  sine: (z) => [Math.sin(z), Math.cos(z)],
  identity: (z) => [z, 1],
};

/** Outputs whose units do not see each other; softmax is the other one. @type {Record<string, Curve>} */
const ELEMENTWISE = { sigmoid: ACTIVATIONS.sigmoid, tanh: ACTIVATIONS.tanh, identity: ACTIVATIONS.identity };

/** @param {Component} output @param {number[]} z @returns {[number, number][]} a and da_k/dz_k of each unit */
export function answer(output, z) {
  if (output.name !== "softmax") return z.map((each) => ELEMENTWISE[output.name](each, output));
  const powers = z.map((each) => Math.exp(each - Math.max(...z)));
  const sum = powers.reduce((a, b) => a + b);
  return powers.map((power) => [power / sum, (power / sum) * (1 - power / sum)]);
}

/** @param {Component} cost @param {Component} output @param {number[]} z @param {number[]} a @param {number[]} y
 * @returns {number} one sample's cost */
export function loss(cost, output, z, a, y) {
  const largest = Math.max(...z);
  const whole = Math.log(z.reduce((sum, each) => sum + Math.exp(each - largest), 0));
  return y.reduce((sum, target, k) => {
    const e = a[k] - target;
    if (cost.name === "quadratic") return sum + (e * e) / 2;
    if (cost.name === "huber") {
      const delta = Number(cost.delta);
      return sum + (Math.abs(e) < delta ? (e * e) / 2 : delta * (Math.abs(e) - delta / 2));
    }
    if (output.name === "softmax") return sum + target * (whole - (z[k] - largest));
    return sum + softplus(z[k]) - target * z[k];
  }, 0);
}

/** @param {Component} cost @param {Component} output @param {number[]} z @param {number[]} a @param {number[]} y
 * @returns {number[]} dC/da of each output */
export function upstream(cost, output, z, a, y) {
  if (cost.name === "quadratic") return y.map((target, k) => a[k] - target);
  if (cost.name === "huber") {
    const delta = Number(cost.delta);
    return y.map((target, k) => Math.min(Math.max(a[k] - target, -delta), delta));
  }
  if (output.name === "softmax") {
    const largest = Math.max(...z);
    const whole = z.reduce((sum, each) => sum + Math.exp(each - largest), 0);
    return y.map((target, k) => (target > 0 ? -target * Math.exp(largest - z[k]) * whole : 0));
  }
  return y.map((target, k) => {
    const miss = target < 1 ? (1 - target) * (1 + Math.exp(z[k])) : 0;
    const hit = target > 0 ? target * (1 + Math.exp(-z[k])) : 0;
    return miss - hit;
  });
}

/** @param {Component} cost @param {Component} output @param {number[]} z @param {number[]} a @param {number[]} slope
 * @param {number[]} y @returns {number[]} dC/dz of each output: dC/da times the derivative, or what it comes to */
export function outputError(cost, output, z, a, slope, y) {
  if (cost.name === "cross_entropy") return y.map((target, k) => a[k] - target);
  const error = upstream(cost, output, z, a, y);
  if (output.name !== "softmax") return error.map((each, k) => each * slope[k]);
  const common = error.reduce((sum, each, k) => sum + each * a[k], 0);
  return error.map((each, k) => (each - common) * a[k]);
}
