"""What identifies a run's numbers: its settings, the data they point to, and the version of the code."""

from __future__ import annotations

import hashlib
import json

from chainrule import __version__
from chainrule.build import load
from chainrule.settings import Settings


def fingerprint(settings: Settings) -> str:
    """16 hexadecimal digits, equal for runs whose recorded numbers must be equal."""
    content = {"settings": settings.params(), "data": load(settings.dataset).digest(), "version": __version__}
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]
