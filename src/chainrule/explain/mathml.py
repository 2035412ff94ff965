"""Equations for the page: the plain notation of the terminal, set as MathML."""

from __future__ import annotations

import re

from markupsafe import Markup, escape

_SYMBOL = r"[A-Za-zσηδΣ][A-Za-z0-9]*′?(?:\[[^\]]+\])?(?:_[\w.→]+)?"
_TOKENS = re.compile(
    rf"(?P<ratio>d{_SYMBOL}/d{_SYMBOL})|(?P<number>-?\d+(?:\.\d+)?(?:e[-+]?\d+)?)|(?P<symbol>{_SYMBOL})"
    r"|(?P<gap>(?<=[\w′)\]])\s+(?=[\w(]))|(?P<operator>[^\s\w])"
)
Token = tuple[str, str]


def equation(text: str, *, display: bool = False) -> Markup:
    """`text` as a MathML element.

    Read are `a/b` and `dC/dw` as fractions, `e^(−z)` as a power, `a[l−1]_j` as a with the layer above and the
    unit below; words of several letters stand upright, all else as written.
    """
    tokens = [(m.lastgroup or "", m.group()) for m in _TOKENS.finditer(re.sub(r"\s*/\s*", "/", text))]
    attribute = ' display="block"' if display else ""
    return Markup(f"<math{attribute}>{_row(tokens, 0)[0]}</math>")


def _row(tokens: list[Token], at: int) -> tuple[str, int]:
    """Everything up to the closing bracket (or the end), and where that stands."""
    parts: list[str] = []
    while at < len(tokens) and tokens[at][1] != ")":
        part, at = _powered(tokens, at)
        if at < len(tokens) and tokens[at][1] == "/":
            below, at = _powered(tokens, at + 1)
            part = f"<mfrac>{_bare(part)}{_bare(below)}</mfrac>"
        parts.append(part)
    return "".join(parts), at


def _powered(tokens: list[Token], at: int) -> tuple[str, int]:
    base, at = _atom(tokens, at)
    if at < len(tokens) and tokens[at][1] == "^":
        power, at = _atom(tokens, at + 1)
        return f"<msup>{base}{_bare(power)}</msup>", at
    return base, at


def _atom(tokens: list[Token], at: int) -> tuple[str, int]:
    kind, text = tokens[at]
    match kind:
        case "operator" if text == "(":
            inner, end = _row(tokens, at + 1)
            return f"<mrow><mo>(</mo>{inner}<mo>)</mo></mrow>", end + 1
        case "ratio":
            above, below = (f"<mrow><mo>∂</mo>{_symbol(side[1:])}</mrow>" for side in text.split("/"))
            return f"<mfrac>{above}{below}</mfrac>", at + 1
        case "number":
            return _number(text), at + 1
        case "symbol":
            return _symbol(text), at + 1
        case "gap":
            return '<mspace width="0.25em"/>', at + 1
    attributes = ' stretchy="false" lspace="0" rspace="0"' if text == "|" else ""
    if text in "=+" and at == 0:  # the left side stands in another element
        attributes = ' form="infix"'
    return f"<mo{attributes}>{escape(text)}</mo>", at + 1


def _bare(element: str) -> str:
    """A bracketed row without its brackets: a fraction's bar or a power's height already groups it."""
    opening, closing = "<mrow><mo>(</mo>", "<mo>)</mo></mrow>"
    if element.startswith(opening) and element.endswith(closing):
        return f"<mrow>{element.removeprefix(opening).removesuffix(closing)}</mrow>"
    return element


def _number(text: str) -> str:
    mantissa, _, exponent = text.partition("e")
    mantissa = mantissa.replace("-", "−")
    if not exponent:
        return f"<mn>{mantissa}</mn>"
    power = str(int(exponent)).replace("-", "−")
    return f"<mrow><mn>{mantissa}</mn><mo>×</mo><msup><mn>10</mn><mn>{power}</mn></msup></mrow>"


def _symbol(text: str) -> str:
    name, layer, unit = re.fullmatch(r"([^\[_]+)(?:\[(.+?)\])?(?:_(.+))?", text).groups()  # type: ignore[union-attr]  # _TOKENS matched it
    word = name.rstrip("′")
    base = f"<mtext>{word}</mtext>" if len(word) > 1 else f"<mi>{word}</mi>"
    if word != name:
        base = f"<msup>{base}<mo>′</mo></msup>"
    above = f"<mrow><mo>[</mo><mtext>{escape(layer)}</mtext><mo>]</mo></mrow>"
    below = f"<mtext>{unit}</mtext>"
    if layer and unit:
        return f"<msubsup>{base}{below}{above}</msubsup>"
    if layer:
        return f"<msup>{base}{above}</msup>"
    return f"<msub>{base}{below}</msub>" if unit else base
