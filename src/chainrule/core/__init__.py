"""The chain rule in NumPy: network, training, gradient checks and what is recorded of them."""
