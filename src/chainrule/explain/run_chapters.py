"""What is told of a recorded run beside the walk: what was recorded, computed again, and its kept epochs."""

from __future__ import annotations

import math

from chainrule.explain.paths import Path
from chainrule.explain.playground import drawn, network_data, parameters_data, weights_table
from chainrule.explain.recorded import RecordedRun, ledger
from chainrule.explain.subject import Subject
from chainrule.explain.walk import Cell, Chapter, Playground, Table, chapter
from chainrule.formats import number

MOST_NUMBERS = 60_000  # weights and biases of all epochs that a page holds; of more, fewer epochs
MOST_ROWS = 12  # epochs in the table
AGREES = 1e-9  # above this relative difference something has changed since the run was recorded


def ledger_chapter(run: RecordedRun) -> Chapter:
    """The run's own numbers at the epoch, computed from its weights and as they were recorded."""
    computed, recorded = ledger(run), run.recorded
    settings, epoch = run.request.settings, run.snapshot.epoch
    rows: list[tuple[Cell, ...]] = [(key, value, recorded.get(key)) for key, value in computed.items()]
    worst = max((difference(value, recorded[key]) for key, value in computed.items() if key in recorded), default=0.0)
    verdict = f"The largest relative difference is *{number(worst)}*."
    if worst > AGREES and settings.dtype == "float64":
        verdict += " That is more than rounding: the data, or chainrule, has changed since the run was recorded."
    remarks = [
        f"Run *{run.run_id}* ({run.name}) of *{run.study}*, {run.outcome}, after {epoch} of {settings.epochs} epochs. "
        "Everything below starts from the weights and biases that were kept of it. First the whole ledger over the "
        "training set, computed again from them, beside what was recorded while it trained.",
    ]
    if not network_is_exact(run):
        remarks.append(
            f"The run was trained with other factors than the slopes (backward.hidden={settings.backward.hidden.name}, "
            f"backward.output={settings.backward.output.name}): the ledger shows those in use, the walk the chain "
            "rule's own."
        )
    if settings.l2:
        remarks.append(f"Its cost has a decay term, l2={settings.l2:g}; the walk shows the sample's cost without it.")
    if settings.optimizer.name != "gradient_descent":
        remarks.append(f"It was trained by {settings.optimizer.name}; the step below is one of plain gradient descent.")
    table = Table(f"The ledger at epoch {epoch}", ("metric", "computed", "recorded"), rows)
    return chapter("recorded", f"The run at epoch {epoch}", *remarks, table, verdict)


def epochs_chapter(run: RecordedRun, subject: Subject, path: Path) -> Chapter:
    """The network at every kept epoch."""
    shown = _thinned(run, subject.probe.size)
    count = len(run.snapshots)
    some = "" if len(shown) == count else f" (of the {count}, {len(shown)} are in the page, to keep it small)"
    return chapter(
        "epochs",
        "The same weights, epoch by epoch",
        f"The parameters of all recorded epochs were kept{some}. On the page a slider goes through them: choose "
        "a weight or a unit, and see how its factors grow or starve.",
        Playground(
            caption=f"The {' – '.join(map(str, subject.sizes))} network at its recorded epochs",
            network=network_data(subject.batch),
            X=subject.probe.X.tolist(),
            Y=subject.probe.y.tolist(),
            sample=0,
            samples=(f"sample {run.request.sample}",),
            learning_rate=subject.learning_rate,
            **drawn(subject, path),
            snapshots=[
                {
                    "epoch": each.epoch,
                    "cost": run.curves[each.epoch].get("cost/train"),
                    **parameters_data(each.weights, each.biases),
                }
                for each in (run.snapshots[i] for i in shown)
            ],
            epoch=run.snapshot.epoch,
            weights=weights_table(subject, path),
            course=_course(run, subject, path),
        ),
    )


def difference(computed: float, recorded: float) -> float:
    """|a − b| / (|a| + |b|)."""
    size = abs(computed) + abs(recorded)
    return abs(computed - recorded) / size if size else 0.0


def network_is_exact(run: RecordedRun) -> bool:
    backward = run.request.settings.backward
    return backward.hidden.is_exact and backward.output.is_exact


def _thinned(run: RecordedRun, size: int) -> list[int]:
    """The positions of the snapshots that a page holds: all, or some of them evenly, the chosen one among them."""
    count = len(run.snapshots)
    most = max(2, MOST_NUMBERS // size)
    chosen = [each.epoch for each in run.snapshots].index(run.snapshot.epoch)
    if count <= most:
        return list(range(count))
    return sorted({round(i * (count - 1) / (most - 1)) for i in range(most)} | {chosen})


def _course(run: RecordedRun, subject: Subject, path: Path) -> Table:
    """The recorded cost, and the factors of the path's first weight for the sample, at some of the epochs."""
    step = math.ceil(len(run.snapshots) / MOST_ROWS)
    source, unit = path.units[:2]
    rows: list[tuple[Cell, ...]] = []
    for each in {s.epoch: s for s in (*run.snapshots[::step], run.snapshots[-1])}.values():
        result = run.request.subject((each.weights, each.biases)).probe.result
        delta, slope = (float(of[0][0, unit]) for of in (result.deltas, result.slopes))
        product = float(result.weight_gradients[0][unit, source])
        rows.append((f"{each.epoch}", run.curves[each.epoch].get("cost/train"), slope, delta, product))
    name = f"{subject.unit(-1, source)} → {subject.unit(0, unit)}"
    columns = ("epoch", "cost, recorded", f"slope at {subject.unit(0, unit)}", "δ there", f"dC/dw of {name}")
    return Table(f"The recorded epochs, and the weight {name} for the sample walked through", columns, rows)
