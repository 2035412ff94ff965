from __future__ import annotations

from xml.etree import ElementTree

import pytest

from chainrule.explain.mathml import equation
from chainrule.explain.walk import Chain, Equation, Walk, Working


@pytest.mark.parametrize(
    ("text", "inner"),
    [
        ("a / b", "<mfrac><mi>a</mi><mi>b</mi></mfrac>"),
        (
            "1 / (1 + x)",
            "<mfrac><mn>1</mn><mrow><mn>1</mn><mo>+</mo><mi>x</mi></mrow></mfrac>",
        ),
        (
            "dC/dw_x2→h1",
            "<mfrac><mrow><mo>∂</mo><mi>C</mi></mrow>"
            "<mrow><mo>∂</mo><msub><mi>w</mi><mtext>x2→h1</mtext></msub></mrow></mfrac>",
        ),
        ("e^(−z)", "<msup><mi>e</mi><mrow><mo>−</mo><mi>z</mi></mrow></msup>"),
        ("(a)^2", "<msup><mrow><mo>(</mo><mi>a</mi><mo>)</mo></mrow><mn>2</mn></msup>"),
        ("σ′", "<msup><mi>σ</mi><mo>′</mo></msup>"),
        ("tanh(-0.5)", "<mtext>tanh</mtext><mrow><mo>(</mo><mn>−0.5</mn><mo>)</mo></mrow>"),
        ("a b", '<mi>a</mi><mspace width="0.25em"/><mi>b</mi>'),
        ("2e-07", "<mrow><mn>2</mn><mo>×</mo><msup><mn>10</mn><mn>−7</mn></msup></mrow>"),
        ("1 < 2", "<mn>1</mn><mo>&lt;</mo><mn>2</mn>"),
        ("a[l−1]", "<msup><mi>a</mi><mrow><mo>[</mo><mtext>l−1</mtext><mo>]</mo></mrow></msup>"),
    ],
)
def test_notation(text: str, inner: str) -> None:
    assert equation(text) == f"<math>{inner}</math>"


def test_every_equation_of_the_story_is_well_formed_and_loses_no_symbol(answer: Walk) -> None:
    texts: list[str] = []
    for block in (block for chapter in answer.chapters for block in chapter.blocks):
        if isinstance(block, Equation):
            texts.append(block.text)
        elif isinstance(block, Working):
            texts += [f"{line.symbol} = {line.formula} = {line.arithmetic}" for line in block.lines]
        elif isinstance(block, Chain):
            texts += [f"{factor.symbol} = {factor.formula}" for factor in block.factors]
    assert len(texts) > 20
    for text in texts:
        shown = "".join(ElementTree.fromstring(equation(text)).itertext())
        kept = [character for character in text if character.isalnum() and character != "d"]
        assert all(shown.count(c) >= text.count(c) for c in set(kept) if c.isalpha())
