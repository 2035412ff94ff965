"""One sigmoid neuron with real numbers: forwards, one nudge, backwards, the step, and why σ′ is there."""

from __future__ import annotations

from chainrule.explain.backward import step_chapter
from chainrule.explain.factors import bias_chain, weight_chain
from chainrule.explain.forward import cost_line, unit_lines
from chainrule.explain.instrument import instrument_chapter
from chainrule.explain.paths import strongest_path
from chainrule.explain.probe import STEP
from chainrule.explain.subject import Subject
from chainrule.explain.walk import Chapter, Equation, Propagation, Question, Stage, Table, Working, chapter
from chainrule.formats import number


def neuron_chapters(subject: Subject) -> list[Chapter]:
    """What one neuron teaches, step by step."""
    return [
        _answer(subject),
        _forwards(subject),
        _nudge(subject),
        _backwards(subject),
        step_chapter(subject, strongest_path(subject.probe), "The step: the cost is lower"),
        instrument_chapter(subject),
        _why(subject),
    ]


def slope_of(subject: Subject) -> float:
    return subject.point(0, 0).slope


def gradient_of(subject: Subject) -> float:
    return float(subject.probe.result.weight_gradients[0][0, 0])


def gradient_without_slope(subject: Subject) -> float:
    return float(subject.probe.run("one").weight_gradients[0][0, 0])


def _answer(subject: Subject) -> Chapter:
    return chapter(
        "answer",
        "The short answer",
        "A weight can't touch the cost directly. It moves the weighted sum z; z moves the output a; a moves the cost "
        "C. Three gears in a row, and *σ′(z) is the middle gear*: how far the output moves when z moves.",
        f"In the neuron below it is {number(slope_of(subject))}: of every nudge that arrives at z, only "
        f"{number(100 * slope_of(subject))} % reaches the output. Leave that out and you claim the cost would change "
        f"by {number(gradient_without_slope(subject))} for each 1 the weight moves. It changes by "
        f"{number(gradient_of(subject))}; you can measure it. The rest of this page does.",
    )


def _forwards(subject: Subject) -> Chapter:
    probe, point = subject.probe, subject.point(0, 0)
    w, b, x = float(probe.weights[0][0, 0]), float(probe.biases[0][0]), float(probe.X[0, 0])
    return chapter(
        "forward",
        "Forwards: one neuron computes",
        "One input x, one weight w, one bias b. The neuron adds up, squeezes the sum into a number between 0 and 1 "
        "with the sigmoid σ, and the cost says how far that is from the target y.",
        Equation("σ(z) = 1 / (1 + e^(−z))"),
        Question(
            f"With w = {number(w)}, x = {number(x)} and b = {number(b)}: will the neuron answer nearer to 0, to 1/2 or "
            "to 1?",
            f"It adds up {number(point.z)} and answers *{number(point.output)}*. A sum of 0 would give 1/2; all "
            "positive sums lie above it, and from about 4 on the answer hardly moves any more.",
        ),
        Working((*unit_lines(subject, 0, 0, 0), cost_line(subject))),
        f"The target is {number(float(subject.probe.y[0, 0]))}. We want the cost down, and all we may turn are w and "
        "b. Which way, and how far?",
    )


def _nudge(subject: Subject) -> Chapter:
    """One small move of w, read off at every stage of a real forward pass."""
    up, down = (subject.probe.with_weight(0, 0, 0, by).result for by in (STEP / 2, -STEP / 2))
    z = float(up.z[0][0, 0] - down.z[0][0, 0])
    a = float(up.outputs[0, 0] - down.outputs[0, 0])
    cost = up.cost - down.cost
    return chapter(
        "nudge",
        "One nudge, followed all the way",
        f"Forget formulas for a moment. Move the weight by {number(STEP)} and watch what moves behind it. (Half of "
        "the move goes down from where w stands, half goes up, so that the middle stays put.)",
        Question(
            f"w rises by {number(STEP)}. Will the cost rise or fall, and by more than {number(STEP)} or by less?",
            f"It {'rises' if cost > 0 else 'falls'}, by *{number(abs(cost))}*: "
            f"{'more' if abs(cost) > STEP else 'less'} than w moved. The answer moves away from its target, but the "
            "sigmoid lets little of the move through.",
        ),
        Propagation(
            (
                Stage("w", STEP, "", None, "product"),
                Stage("z", z, "x", z / STEP, "input"),
                Stage("a", a, "σ′(z)", a / z, "slope"),
                Stage("C", cost, "a − y", cost / a, "error"),
            )
        ),
        "Each stage hands on a multiple of what it got. Multiply the three multiples and everything in between drops "
        f"out: *{number(z / STEP)} × {number(a / z)} × {number(cost / a)} = {number(cost / STEP)}*. That is the chain "
        "rule. There is nothing more to it than exchange rates along a chain.",
        Equation("dC/dw = dC/da · da/dz · dz/dw"),
    )


def _backwards(subject: Subject) -> Chapter:
    chain = weight_chain(subject, 0, 0, 0)
    names = {"error": "the error", "slope": "the slope", "input": "the input"}
    least = min(chain.factors, key=lambda factor: abs(factor.value))
    others = " and ".join(number(factor.value) for factor in chain.factors if factor is not least)
    return chapter(
        "backward",
        "Backwards: each factor, by formula and by wiggling",
        "Now without moving anything. Each of the three multiples has a formula, made of numbers the forward pass "
        "has already left behind. We start at the cost, where the error is known, and go back to the weight; that is "
        "why it is called backpropagation. Under each factor stands the same number, measured.",
        Question(
            "Which of the three factors, error, slope or input, makes this gradient small?",
            f"It is {names[least.role]}: *{number(least.value)}*; the others are {others}.",
        ),
        chain,
        "The bias goes the same way. Only its last factor differs, for it is multiplied with 1:",
        bias_chain(subject, 0, 0),
    )


def _why(subject: Subject) -> Chapter:
    gradient, without = gradient_of(subject), gradient_without_slope(subject)
    up, down = (subject.probe.with_weight(0, 0, 0, by).result.cost for by in (STEP / 2, -STEP / 2))
    rows = [
        ("measured, by moving w", up - down),
        ("error × slope × input", gradient * STEP),
        ("error × input, σ′ left out", without * STEP),
    ]
    return chapter(
        "why",
        "So why is σ′ there at all?",
        "Because between the weight and the error stands the sigmoid, and the gradient has to be the truth about the "
        f"whole machine. Ask how far the cost moves when w moves by {number(STEP)}:",
        Question(
            "Leave σ′ out. Will the claim be too large, too small, or of the wrong sign?",
            f"Too large, *{number(without / gradient)} times*, and always too large: σ′ is never more than 1/4. The "
            "sign is right, for σ′ is never negative.",
        ),
        Table("Three claims about one small move", ("claim", "C moves by"), rows),
        f"Without σ′ the claim is {number(without / gradient)} times too big. Read the product as a judgement: *blame "
        "= how wrong the answer was × how much the neuron still listens × how loud the input was*. An undecided "
        "neuron (z near 0) listens best, so its weights are corrected most. One that has made up its mind (z far "
        "from 0) would hardly change its answer, so there is little to be had from turning its weights now.",
        "With one neuron and one sample, leaving σ′ out changes only the length of the step, for σ′ is never "
        "negative. With several samples, or several layers, each has a σ′ of its own; then the step points elsewhere "
        "than straight down the cost you wrote down. The chapter on slips measures how far.",
    )
