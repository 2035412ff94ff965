"""From many settings to trained runs: plan stacks, train them in worker processes, hand them to the record."""
