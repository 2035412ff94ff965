"""The ledger: the product is the product, one scale for all, and the verdict names the guilty factor."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import QuadMesh

from chainrule.errors import InputError
from chainrule.figures.ledger import draw_ledgers

EPOCHS = [0, 1, 10, 100]


def curves(upstream: list[float], slope: list[float], entering: list[float], epochs=EPOCHS) -> pd.DataFrame:
    """One run's curves, constant over the epochs; a list holds one value a layer, layer 1 first."""
    factors = {"upstream": upstream, "slope": slope, "input": entering, "cost": [0.5]}
    rows = [
        {"run": "a", "metric": f"{name}/layer_{n}" if name != "cost" else "cost/train", "epoch": epoch, "value": value}
        for name, values in factors.items()
        for n, value in enumerate(values, start=1)
        for epoch in epochs
    ]
    return pd.DataFrame(rows)


def meshes(figure) -> list[QuadMesh]:
    return [part for axes in figure.axes for part in axes.collections if isinstance(part, QuadMesh)]


DEEP = curves([1e-4, 1e-3, 1e-2, 1e-1], [0.25] * 4, [1.0, 0.5, 0.5, 0.5])


def test_three_factors_and_their_product_share_one_scale() -> None:
    panels = meshes(draw_ledgers({"": DEEP}))[:4]
    upstream, slope, entering, product = (np.ma.getdata(mesh.get_array()).reshape(4, 4) for mesh in panels)
    np.testing.assert_allclose(upstream[:, 0], [1e-4, 1e-3, 1e-2, 1e-1])
    np.testing.assert_allclose(product, upstream * slope * entering)
    assert len({id(mesh.norm) for mesh in panels}) == 1
    assert panels[0].norm.vmin == pytest.approx(2.5e-5)
    assert panels[0].norm.vmax == 1.0


def test_the_verdict_names_layer_ratio_and_factor() -> None:
    text = draw_ledgers({"": DEEP}).texts[1].get_text()
    assert text == "layer 1 gets a gradient 500 times smaller than layer 4; its upstream error is 1,000 times smaller"
    saturated = curves([0.1] * 3, [0.25, 0.0005, 0.25], [1.0] * 3)
    assert "layer 2 gets a gradient 500 times" in draw_ledgers({"": saturated}).texts[1].get_text()
    assert "its slope is 500 times smaller" in draw_ledgers({"": saturated}).texts[1].get_text()


def test_layers_that_get_as_much_are_not_accused() -> None:
    assert "within a factor of 3" in draw_ledgers({"": curves([0.1, 0.2], [0.5] * 2, [1.0] * 2)}).texts[1].get_text()


def test_a_factor_that_is_zero_is_named_and_left_grey() -> None:
    figure = draw_ledgers({"": curves([0.0, 0.1], [0.25] * 2, [1.0] * 2)})
    assert "layer 1 gets no gradient most of the time: its upstream error is zero" in figure.texts[1].get_text()
    upstream = meshes(figure)[0].get_array().reshape(2, 4)
    assert np.ma.getmaskarray(upstream).tolist() == [[True] * 4, [False] * 4]


def test_several_runs_stand_in_rows_under_one_scale_whatever_their_depth() -> None:
    shallow = curves([0.5, 0.2], [1.0, 0.25], [1.0, 3.0])
    figure = draw_ledgers({"sigmoid": DEEP, "relu": shallow})
    panels = meshes(figure)[:8]
    assert len({id(mesh.norm) for mesh in panels}) == 1
    assert (panels[0].norm.vmin, panels[0].norm.vmax) == (pytest.approx(2.5e-5), 3.0)
    assert figure.texts[1].get_text().splitlines()[1].startswith("relu: ")


def test_epochs_after_a_divergence_and_layers_above_nine_are_understood() -> None:
    deep = curves([0.1] * 11, [0.25] * 11, [1.0] * 11)
    deep.loc[deep["epoch"].eq(100), "value"] = np.nan
    axes = draw_ledgers({"": deep}).axes[0]
    assert axes.collections[0].get_array().size == 11 * 3
    assert [tick.get_text() for tick in axes.get_yticklabels()] == [str(n) for n in range(1, 12)]


def test_a_single_recorded_epoch_is_drawn() -> None:
    assert meshes(draw_ledgers({"": curves([0.1], [0.2], [1.0], epochs=[0])}))[0].get_array().size == 1


def test_what_the_ledger_needs_must_have_been_recorded() -> None:
    with pytest.raises(InputError, match=r"^metric=slope: not recorded"):
        draw_ledgers({"": DEEP[~DEEP["metric"].str.startswith("slope")]})
    with pytest.raises(InputError, match="has no finite value"):
        draw_ledgers({"": DEEP.assign(value=np.nan)})
