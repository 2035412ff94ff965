"""The reading: recorded runs and curves as pandas frames."""
