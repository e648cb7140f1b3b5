"""manage.py between a terminal and what reads it."""

import subprocess
import sys

from tests.servers import ROOT, environment


def test_whoever_reads_a_few_lines_only_hears_no_complaint(db):
    few = subprocess.run(
        ["bash", "-o", "pipefail", "-c", f"{sys.executable} manage.py help 2>&1 | head -1"],
        cwd=ROOT, env=environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert (few.returncode, few.stdout.count("\n"), few.stderr) == (0, 1, "")
