"""The doctor: what is wrong in a store, in plain words, and how it is mended."""
