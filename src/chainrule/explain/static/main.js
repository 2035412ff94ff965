// Brings the page's instruments to life; the page is complete without.

import { startNeuron } from "./neuron.js";
import { startPlayground } from "./playground.js";

/** @type {Record<string, (root: HTMLElement) => void>} */
const INSTRUMENTS = { neuron: startNeuron, playground: startPlayground };

for (const root of document.querySelectorAll("[data-instrument]")) {
  INSTRUMENTS[root.getAttribute("data-instrument") || ""](/** @type {HTMLElement} */ (root));
}
// On paper every answer stands open.
addEventListener("beforeprint", () => {
  for (const details of document.querySelectorAll("details")) details.setAttribute("open", "");
});
