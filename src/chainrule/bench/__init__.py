"""The benchmark: the whole path from overrides to data frames beside the tools people use for it today."""
