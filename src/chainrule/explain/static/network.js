// The forward pass, the backward pass and the step of gradient descent: chainrule.backprop for small networks.

import { ACTIVATIONS, answer, loss, outputError, upstream } from "./functions.js";

/** @typedef {import("./functions.js").Component} Component */
/** @typedef {{weights: number[][][], biases: number[][], activation: Component, output: Component, cost: Component}}
 * Network weights[l][unit][input] and biases[l][unit] of each layer */
/** @typedef {{cost: number, z: number[][], a: number[][], slopes: number[][], errors: number[][], deltas: number[][]}}
 * Pass one sample's numbers a layer; a[0] are the inputs, errors are dC/da and deltas dC/dz */
/** @typedef {{cost: number, weights: number[][][], biases: number[][]}} Gradient over samples, as the network's own */

/** @param {Network} network @param {number[]} x @param {number[]} y @returns {Pass} */
export function pass(network, x, y) {
  const { weights, biases, activation, output, cost } = network;
  const depth = weights.length;
  const a = [x];
  /** @type {number[][]} */ const z = [];
  /** @type {number[][]} */ const slopes = [];
  weights.forEach((layer, l) => {
    z.push(layer.map((row, k) => row.reduce((sum, w, i) => sum + w * a[l][i], biases[l][k])));
    const isHidden = l < depth - 1;
    const points = isHidden ? z[l].map((each) => ACTIVATIONS[activation.name](each, activation)) : answer(output, z[l]);
    a.push(points.map((point) => point[0]));
    slopes.push(points.map((point) => point[1]));
  });
  const top = depth - 1;
  const errors = [upstream(cost, output, z[top], a[depth], y)];
  const deltas = [outputError(cost, output, z[top], a[depth], slopes[top], y)];
  for (let l = top - 1; l >= 0; l -= 1) {
    const above = deltas[0];
    const arriving = slopes[l].map((_, i) => above.reduce((sum, delta, k) => sum + weights[l + 1][k][i] * delta, 0));
    errors.unshift(arriving);
    deltas.unshift(arriving.map((error, i) => error * slopes[l][i]));
  }
  return { cost: loss(cost, output, z[top], a[depth], y), z, a, slopes, errors, deltas };
}

/** @param {Network} network @param {number[][]} X @param {number[][]} Y @returns {Gradient} averaged over the samples */
export function gradient(network, X, Y) {
  const weights = network.weights.map((layer) => layer.map((row) => row.map(() => 0)));
  const biases = network.biases.map((layer) => layer.map(() => 0));
  let cost = 0;
  X.forEach((x, n) => {
    const run = pass(network, x, Y[n]);
    cost += run.cost / X.length;
    run.deltas.forEach((deltas, l) => {
      deltas.forEach((delta, k) => {
        biases[l][k] += delta / X.length;
        run.a[l].forEach((a, i) => {
          weights[l][k][i] += (delta * a) / X.length;
        });
      });
    });
  });
  return { cost, weights, biases };
}

/** @param {Network} network @param {Gradient} slope @param {number} rate @returns {Network} after one step downhill */
export function stepped(network, slope, rate) {
  return {
    ...network,
    weights: network.weights.map((layer, l) =>
      layer.map((row, k) => row.map((w, i) => w - rate * slope.weights[l][k][i])),
    ),
    biases: network.biases.map((layer, l) => layer.map((b, k) => b - rate * slope.biases[l][k])),
  };
}
