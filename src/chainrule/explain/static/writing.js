// How numbers and marks are written into the page.

/** @param {number} value four significant digits, as chainrule.formats.number has it */
export function number(value) {
  if (Number.isNaN(value)) return "none";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  if (value === 0) return "0";
  const [mantissa, power] = value.toExponential(3).split("e");
  const exponent = Number(power);
  if (Math.abs(value) >= 1e-5 && exponent < 4) {
    const text = Number(`${mantissa}e${power}`).toFixed(3 - exponent);
    return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
  }
  const sign = exponent < 0 ? "-" : "+";
  return `${mantissa.replace(/\.?0+$/, "")}e${sign}${String(Math.abs(exponent)).padStart(2, "0")}`;
}

/** @param {number} value the same as typesetters set it: a true minus, powers of ten; safe as HTML */
export function typeset(value) {
  const text = number(value).replace(/^-/, "−");
  return text.replace(/e([-+])0*(\d+)$/, (_, sign, power) => ` × 10<sup>${sign === "-" ? "−" : ""}${power}</sup>`);
}

/** Show a number in an element, and keep it there in full. @param {Element} element @param {number} value */
export function show(element, value) {
  element.innerHTML = typeset(value);
  element.setAttribute("data-value", String(value));
}

/** @template {Element} E @param {Element} root @param {string} selector @returns {E} the one element there must be */
export function find(root, selector) {
  const found = root.querySelector(selector);
  if (!found) throw new Error(`no ${selector}`);
  return /** @type {E} */ (found);
}

/** What Python computed for the element. @param {Element} root @returns {any} */
export function data(root) {
  return JSON.parse(find(root, 'script[type="application/json"]').textContent || "");
}
