"""Linear algebra on one thread: how a matrix product is shared out among threads shows in its last bit."""

from __future__ import annotations

from threadpoolctl import threadpool_limits


def one_thread() -> threadpool_limits:
    """A context in which BLAS and LAPACK use one thread, so that numbers do not depend on how many there are."""
    return threadpool_limits(limits=1, user_api="blas")
