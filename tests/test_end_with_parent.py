"""A command and all it started end with the process that asked for them."""

import subprocess
import sys

import pytest

from chainrule import end_with_parent

PATIENCE = 120  # seconds, for a machine that is busy with other things
# Both processes hold the output open: it is at its end when both are gone.
FAMILY = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print("started", flush=True)
time.sleep(600)
"""


def start(code: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-P", end_with_parent.__file__, sys.executable, "-c", code]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True)


def test_all_of_it_ends_when_the_pipe_is_closed() -> None:
    with start(FAMILY) as process:
        assert process.stdout
        assert process.stdin
        assert process.stdout.readline() == "started\n"
        process.stdin.close()
        assert process.stdout.read() == ""
        assert process.wait(timeout=PATIENCE) != 0


@pytest.mark.parametrize("code", [0, 3])
def test_the_commands_exit_code_is_handed_on(code: int) -> None:
    with start(f"raise SystemExit({code})") as process:
        assert process.wait(timeout=PATIENCE) == code
