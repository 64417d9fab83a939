"""The web process stays light."""

import subprocess
import sys

PROGRAM = """
import sys
import config.wsgi
import analytics.cards, analytics.worklist, analytics.tasks, analytics.services, analytics.predictors
print(sorted({"sklearn", "scipy", "numpy", "skops", "pandas"} & set(sys.modules)))
"""


def test_the_web_process_imports_nothing_that_computes() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"
