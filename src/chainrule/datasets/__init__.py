"""The datasets: importing this package registers all of them and loads neither scikit-learn nor pandas."""

from __future__ import annotations

from chainrule.datasets import csv_file, measured, synthetic, textbook
from chainrule.datasets.dataset import Dataset
from chainrule.datasets.source import DatasetSource, load_dataset

__all__ = ["Dataset", "DatasetSource", "csv_file", "load_dataset", "measured", "synthetic", "textbook"]
