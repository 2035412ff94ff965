"""The Hydra app behind `chainrule train` and `chainrule sweep`."""
