"""The chain rule explained step by step: a walk as data, told as text, as a page or as JSON."""
