"""The myth that σ′ leaves confident neurons alone: it knows where a neuron stands, not whether that is right."""

from __future__ import annotations

from chainrule.explain.factors import weight_chain
from chainrule.explain.subject import Subject, neuron
from chainrule.explain.walk import Cell, Chapter, Question, Table, chapter
from chainrule.formats import number

RATE = 0.5
STEPS = 100
# (name, z, target): one input of 1, so that z is w + b
CASES = (
    ("undecided, and right", 0.0, 0.5),
    ("undecided, and wrong", 0.0, 1.0),
    ("confident, and right", 4.0, 1.0),
    ("confident, and wrong", 4.0, 0.0),
)


def myth_chapter() -> Chapter:
    """Four neurons, right and wrong at the same two places on the curve."""
    starts = {name: neuron(z / 2.0, z / 2.0, 1.0, y, RATE) for name, z, y in CASES}
    rows: list[tuple[Cell, ...]] = []
    gradients: dict[str, tuple[float, float]] = {}
    for name, start in starts.items():
        chain = weight_chain(start, 0, 0, 0)
        error, slope, _ = chain.factors
        gradients[name] = chain.product.value, error.value
        measured = chain.product.finite_difference.ratio
        target = float(start.probe.y[0, 0])
        rows.append((name, target, error.value, slope.value, chain.product.value, measured, _moved(start)))
    right, wrong = gradients["confident, and right"], gradients["confident, and wrong"]
    flatter = starts["confident, and wrong"].point(0, 0).slope
    undecided = gradients["undecided, and wrong"]
    return chapter(
        "myth",
        "A myth: σ′ leaves confident neurons alone",
        "It is often told so: the neuron that has made up its mind is spared by its small σ′, and only the undecided "
        "ones are corrected. As if σ′ knew which neurons need correction. It is computed from z alone; the target does "
        "not occur in it.",
        Question(
            "Two neurons stand at z = 4. One should answer 1, the other 0. Which one does σ′ protect more?",
            f"Neither. Both have the slope *{number(flatter)}*, to the last bit: it makes both gradients smaller "
            "by the same factor.",
        ),
        Table(
            f"The same two places, right and wrong; how far the answer moves in {STEPS} steps of {number(RATE)}",
            ("neuron", "target", "error a − y", "σ′(z)", "dC/dw", "measured", "moves by"),
            rows,
        ),
        "Read it line by line. The first neuron has the steepest slope there is, and nothing moves it: its answer is "
        "its target, and *the error* is 0. The last one is the most wrong of all, and its gradient is "
        f"{number(undecided[0] / -wrong[0])} times smaller than that of the undecided one: the small slope spares it "
        "where it should not. And it does not spare the right one any more than that: the gradients of the two "
        f"confident neurons differ {number(abs(wrong[0] / right[0]))} times, and with σ′ left out they would differ "
        f"{number(abs(wrong[1] / right[1]))} times. The same number: σ′ shrinks both alike.",
        "What spares a neuron that is right is the factor a − y. What σ′ says is another thing: how much its answer "
        "can still be moved. That is the truth about this cost, not a kindness; and where it is a nuisance, the cost "
        "is to be changed, as cross-entropy does.",
    )


def _moved(start: Subject) -> float:
    """How far the output moves in STEPS steps."""
    probe = start.probe
    before = float(probe.result.outputs[0, 0])
    for _ in range(STEPS):
        probe = probe.stepped(start.learning_rate)
    return float(probe.result.outputs[0, 0]) - before
