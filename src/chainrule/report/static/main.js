// Brings the page to life; it is complete without.

import { Chosen } from "./chosen.js";
import { Heatmap } from "./heatmap.js";
import { startTables } from "./tables.js";

/** @type {import("./packed.js").Data} */
const pageData = JSON.parse(document.getElementById("data")?.textContent || "");
const panel = document.getElementById("chosen");
const made = document.querySelector("figure.heatmap");

startTables(document);
for (const hint of document.querySelectorAll(".without-script")) {
  hint.textContent = "Choose cells to see their curves below; choose one again to leave it out.";
}

if (panel && made && pageData.curves.length) {
  const chosen = new Chosen(pageData, panel);
  startCells(made, chosen);
  new Heatmap(pageData, /** @type {HTMLElement} */ (made), (root) => {
    startCells(root, chosen);
    chosen.markCells();
  });
  if (pageData.settings.includes(0)) void chosen.toggle(0);
}

/** Links that led to a row become buttons that choose its setting. @param {ParentNode} root @param {Chosen} chosen */
function startCells(root, chosen) {
  for (const cell of root.querySelectorAll("a.cell[href]")) startCell(cell, chosen);
}

/** @param {Element} cell @param {Chosen} chosen */
function startCell(cell, chosen) {
  const [kind, number] = (cell.getAttribute("href") || "").replace("#", "").split("-");
  const setting = kind === "run" ? pageData.settings[Number(number)] : Number(number);
  cell.setAttribute("role", "button");
  cell.setAttribute("tabindex", "0");
  cell.setAttribute("data-setting", String(setting));
  cell.removeAttribute("href");
  cell.addEventListener("click", (event) => {
    event.preventDefault();
    void chosen.toggle(setting);
  });
  cell.addEventListener("keydown", (event) => {
    const { key } = /** @type {KeyboardEvent} */ (event);
    if (key !== "Enter" && key !== " ") return;
    event.preventDefault();
    void chosen.toggle(setting);
  });
}
