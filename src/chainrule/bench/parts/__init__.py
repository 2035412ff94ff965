"""What is measured, one module a part; each has `measure(scale) -> list[Row]`."""
