// Long tables: sorted by any column, and filtered by words.

/** Give every long table a filter, and its columns buttons that sort. @param {ParentNode} root */
export function startTables(root) {
  for (const table of root.querySelectorAll(".tall table")) startTable(/** @type {HTMLTableElement} */ (table));
}

/** @param {HTMLTableElement} table */
function startTable(table) {
  const body = table.tBodies[0];
  const rows = [...body.rows];
  const texts = rows.map((row) => [...row.cells].map((cell) => cell.textContent || ""));
  const headings = [...(table.tHead?.rows[0].cells || [])];
  headings.forEach((heading, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "sort";
    button.append(...heading.childNodes);
    heading.append(button);
    button.addEventListener("click", () => {
      const down = heading.getAttribute("aria-sort") === "ascending";
      for (const each of headings) each.removeAttribute("aria-sort");
      heading.setAttribute("aria-sort", down ? "descending" : "ascending");
      body.append(...sortedPlaces(texts, column, down).map((place) => rows[place]));
    });
  });
  if (rows.length < 10) return;
  const filter = document.createElement("input");
  filter.type = "search";
  filter.className = "filter";
  filter.placeholder = "filter, such as he_normal stuck";
  filter.setAttribute("aria-label", `Filter: ${table.caption?.textContent || "the table"}`);
  const count = document.createElement("output");
  count.className = "aside";
  filter.addEventListener("input", () => {
    const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    let left = 0;
    rows.forEach((row, place) => {
      row.hidden = !words.every((word) => texts[place].some((text) => text.toLowerCase().includes(word)));
      left += Number(!row.hidden);
    });
    count.textContent = words.length ? `${left} of ${rows.length} rows` : "";
  });
  const bar = document.createElement("div");
  bar.className = "controls";
  bar.append(filter, count);
  table.closest(".scroll")?.before(bar);
}

/**
 * The places of the rows in order of one column: numbers before words, empty cells last.
 * @param {string[][]} texts @param {number} column @param {boolean} down
 */
export function sortedPlaces(texts, column, down) {
  const keys = texts.map((row) => row[column]);
  const numbers = keys.map((text) => parseFloat(text));
  const sign = down ? -1 : 1;
  return [...keys.keys()].sort((a, b) => {
    if (!keys[a] !== !keys[b]) return keys[a] ? -1 : 1;
    const [isA, isB] = [!Number.isNaN(numbers[a]), !Number.isNaN(numbers[b])];
    if (isA && isB) return sign * (numbers[a] - numbers[b]) || a - b;
    if (isA !== isB) return isA ? -1 : 1;
    return sign * keys[a].localeCompare(keys[b]) || a - b;
  });
}
