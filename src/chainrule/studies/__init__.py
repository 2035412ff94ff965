"""Published results, reproduced from recorded runs: what was claimed, what was measured, whether it holds."""
