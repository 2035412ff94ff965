"""How the page looks: one column, three colours for the three factors, light or dark as the reader's system is."""

from __future__ import annotations

# The factor colours are dark or light enough for text on their background (contrast above 4.5) and stay apart
# for colour-blind eyes; every coloured number also stands under its symbol.
CSS = """
:root {
  color-scheme: light dark;
  --paper: #fcfbf8; --card: #ffffff; --ink: #1d2129; --soft: #5a6270; --line: #dcd9d0; --wash: #f3f1ea;
  --error: #a64b00; --slope: #0a5fa8; --input: #00705a; --product: #1d2129;
  --serif: Charter, "Bitstream Charter", "Iowan Old Style", Georgia, "DejaVu Serif", serif;
  --sans: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "DejaVu Sans", sans-serif;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14171c; --card: #1b1f26; --ink: #e8e6e1; --soft: #a2a9b6; --line: #343a45; --wash: #1f242c;
    --error: #ffae66; --slope: #74bdff; --input: #5fd6b0; --product: #e8e6e1;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; scroll-behavior: smooth; }
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 1.0625rem/1.62 var(--serif); font-variant-numeric: lining-nums tabular-nums;
}
main, header, footer { max-width: 47rem; margin-inline: auto; padding-inline: 1.25rem; }
header { padding-block: 3.5rem 1rem; }
h1 { font: 700 clamp(1.85rem, 6vw, 2.9rem)/1.12 var(--serif); letter-spacing: -.015em; margin: 0 0 1.5rem;
  text-wrap: balance; }
blockquote { margin: 0; padding-left: 1.1rem; border-left: 3px solid var(--slope); color: var(--soft);
  font-style: italic; }
nav { margin-top: 1.75rem; font-family: var(--sans); font-size: .92rem; }
nav summary { cursor: pointer; color: var(--soft); padding-block: .35rem; }
nav ol { margin: .4rem 0 0; padding-left: 1.6rem; columns: 20rem 2; column-gap: 2rem; }
nav li { break-inside: avoid; padding-block: .18rem; }
a { color: var(--slope); text-underline-offset: .18em; text-decoration-thickness: 1px; }
section { padding-block: 2rem .4rem; border-top: 1px solid var(--line); margin-top: 1.2rem; }
section:first-child { border-top: 0; margin-top: 0; padding-top: 1rem; }
h2 { font: 700 clamp(1.3rem, 4.2vw, 1.65rem)/1.25 var(--serif); margin: 0 0 1rem; text-wrap: balance; }
h2 .count { display: block; font: 600 .8rem/1 var(--sans); letter-spacing: .09em; color: var(--soft);
  margin-bottom: .55rem; }
p { margin: 0 0 1.05rem; }
code { font: .88em ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
  background: var(--wash); padding: .1em .3em; border-radius: .25em; overflow-wrap: anywhere; }
math { font-size: 1.08em; math-style: normal; }
.equation { margin: 0 0 1.05rem; overflow-x: auto; padding-block: .25rem; }
.equation math { font-size: 1.2em; }
.error { color: var(--error); } .slope { color: var(--slope); } .input { color: var(--input); } .product {
  color: var(--product); }

.working { list-style: none; margin: 0 0 1.2rem; padding: .3rem 1.1rem; background: var(--card);
  border: 1px solid var(--line); border-radius: .7rem; }
.working li { padding-block: .65rem; display: flex; flex-wrap: wrap; gap: .1rem 1.2rem;
  justify-content: space-between; align-items: baseline; }
.working li + li { border-top: 1px solid var(--line); }
.working .sum { overflow-x: auto; max-width: 100%; }
.working .note { font: .86rem/1.4 var(--sans); color: var(--soft); }

.chain { list-style: none; margin: 0 0 1.3rem; padding: 0; display: grid; gap: 1.9rem;
  grid-template-columns: repeat(auto-fit, minmax(min(13.2rem, 100%), 1fr)); }
.chain > li { position: relative; background: var(--card); border: 1px solid var(--line);
  border-top: 4px solid currentColor; border-radius: .7rem; padding: .9rem 1rem 1rem; display: flex;
  flex-direction: column; }
.chain > li > * { color: var(--ink); }
.chain > li + li::before { content: "×"; position: absolute; left: -1.55rem; top: 50%; translate: 0 -50%;
  font: 600 1.3rem/1 var(--sans); color: var(--soft); }
.chain > li.product::before { content: "="; }
.chain > li.product { grid-column: 1 / -1; }
@media (max-width: 40rem) {
  .chain > li + li::before { left: 50%; top: -1.65rem; translate: -50% 0; }
}
@media (min-width: 40.01rem) {
  .chain > li.product::before { left: 50%; top: -1.65rem; translate: -50% 0; }
}
.chain .name { overflow-x: auto; padding-bottom: .1rem; }
.chain .name span, .working .sum span { display: inline-block; padding-block: .12rem; }
.chain > li > .value { font: 700 1.75rem/1.2 var(--sans); letter-spacing: -.01em; color: inherit;
  margin: .3rem 0 .35rem; }
.chain .meaning::first-letter, .working .note::first-letter { text-transform: uppercase; }
.chain .meaning { font-size: .98rem; line-height: 1.45; margin: 0 0 .7rem; }
.chain .wiggle { font: .84rem/1.45 var(--sans); color: var(--soft); margin: auto 0 0; padding-top: .6rem;
  border-top: 1px dashed var(--line); }
.chain .wiggle b { color: var(--ink); }

.relay { list-style: none; margin: 0 0 1.3rem; padding: 0; display: flex; align-items: stretch;
  font-family: var(--sans); }
.relay li { display: flex; align-items: center; flex: 1 1 0; }
.relay li:first-child { flex: 0 0 auto; }
.relay .stop { background: var(--card); border: 1px solid var(--line); border-radius: .7rem;
  padding: .6rem .5rem; text-align: center; white-space: nowrap; flex: 0 1 6.6rem; }
.relay .stop b { display: block; font: italic 700 1.3rem/1.2 var(--serif); }
.relay .stop span { display: block; font-size: .84rem; line-height: 1.35; color: var(--soft); }
.relay .gear { flex: 1; text-align: center; font-weight: 700; font-size: .95rem; line-height: 1.3;
  padding-inline: .3rem; white-space: nowrap; }
.relay .gear small { display: block; font-weight: 400; }
.relay .gear i { display: block; height: .6rem; margin-inline: .2rem;
  border-bottom: 2px solid currentColor; position: relative; }
.relay .gear i::after { content: ""; position: absolute; right: 0; bottom: -5px;
  border: 4px solid transparent; border-left: 7px solid currentColor; border-right: 0; }
@media (max-width: 40rem) {
  .relay, .relay li { flex-direction: column; align-items: stretch; }
  .relay .stop { flex: none; display: flex; justify-content: center; align-items: baseline; gap: .45rem; }
  .relay .gear { display: flex; gap: .5rem; justify-content: center; align-items: baseline;
    padding-block: .5rem; }
  .relay .gear i { order: -1; height: 1.6rem; width: 0; margin: 0; border-bottom: 0;
    border-left: 2px solid currentColor; align-self: center; }
  .relay .gear i::after { left: -5px; bottom: 0; border: 4px solid transparent;
    border-top: 7px solid currentColor; border-bottom: 0; right: auto; }
}

.scroll { overflow-x: auto; }
.scroll:focus-visible, a:focus-visible, summary:focus-visible { outline: 2px solid var(--slope);
  outline-offset: 2px; border-radius: .2rem; }
table { border-collapse: collapse; width: 100%; font: .9rem/1.4 var(--sans); }
th, td { padding: .42rem .9rem .42rem 0; text-align: left; border-bottom: 1px solid var(--line); }
th:last-child, td:last-child { padding-right: 0; }
thead th, thead td { font-weight: 600; vertical-align: bottom; border-bottom-width: 2px; }
tbody th { font-weight: 400; min-width: 5.5rem; }
.number { text-align: right; }
td.number { white-space: nowrap; }
.bars { min-width: 4.5rem; width: 22%; }
.bars span { display: block; height: .7rem; border-radius: .2rem; background: var(--slope); }

figure { margin: 0 0 1.3rem; }
figcaption { font: .9rem/1.45 var(--sans); color: var(--soft); margin-block: .35rem; }
svg { display: block; width: 100%; max-width: 35rem; height: auto; margin-inline: auto;
  font-family: var(--sans); font-variant-numeric: tabular-nums; }
svg text { fill: var(--soft); font-size: 14px; }
svg .axis { stroke: var(--line); stroke-width: 1; fill: none; }
svg .curve { fill: none; stroke-width: 2.5; stroke: var(--ink); stroke-linejoin: round; }
svg .curve.slope { stroke: var(--slope); }
svg .ceiling { stroke: var(--slope); stroke-width: 1; stroke-dasharray: 5 4; opacity: .75; }
svg .drop { stroke: var(--soft); stroke-width: 1; stroke-dasharray: 2 4; }
svg .tangent { stroke: var(--error); stroke-width: 2.5; stroke-linecap: round; }
svg .dot { fill: var(--error); stroke: var(--paper); stroke-width: 2; }
svg text.strong { fill: var(--ink); font-weight: 600; } svg text.slope { fill: var(--slope);
  font-weight: 600; } svg text.mark { fill: var(--error); font-weight: 600; }
svg .edge { stroke: var(--line); stroke-width: 1; } svg .edge.path { stroke: var(--error); stroke-width: 3; }
svg .unit { fill: var(--card); stroke: var(--soft); stroke-width: 1.5; } svg .unit.path {
  stroke: var(--error); stroke-width: 3; }
svg .fill { fill: var(--slope); }
footer { padding-block: 2rem 3rem; font: .86rem/1.5 var(--sans); color: var(--soft); }
footer code { font-size: .95em; }
@media print { nav { display: none; } section { break-inside: auto; } .chain > li, figure, table {
  break-inside: avoid; } }
"""
