from chainrule.record.metrics import is_scalar, metric_dictionary, reading_order


def test_reading_order_is_the_dictionarys_with_layers_by_number() -> None:
    keys = ["slope/layer_10", "mine", "slope/layer_2", "gradient_check", "accuracy/test", "cost/train"]
    expected = ["cost/train", "accuracy/test", "slope/layer_2", "slope/layer_10", "gradient_check", "mine"]
    assert sorted(keys, key=reading_order) == expected


def test_single_values_are_told_from_curves() -> None:
    assert is_scalar("accuracy/test_best")
    assert not is_scalar("accuracy/test")
    assert not is_scalar("slope/layer_3")


def test_the_dictionary_explains_every_key_once() -> None:
    rows = metric_dictionary()
    assert len({row.key for row in rows}) == len(rows)
    assert all(row.meaning and row.formula and row.unit for row in rows)
