// Brings the page to life; it is complete without.

import { Chosen } from "./chosen.js";
import { startTables } from "./tables.js";

/** @type {import("./packed.js").Data} */
const pageData = JSON.parse(document.getElementById("data")?.textContent || "");
const panel = document.getElementById("chosen");

startTables(document);
for (const hint of document.querySelectorAll(".without-script")) {
  hint.textContent = "Choose cells to see their curves below; choose one again to leave it out.";
}

if (panel && pageData.curves.length) {
  const chosen = new Chosen(pageData, panel);
  for (const cell of document.querySelectorAll("a.cell")) startCell(cell, chosen);
  if (pageData.settings.includes(0)) void chosen.toggle(0);
}

/** A link that led to a row becomes a button that chooses the setting. @param {Element} cell @param {Chosen} chosen */
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
