"""Runs one benchmark with Django set up, so that its module is written like any other."""

import os
import runpy
import sys

import django

if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    django.setup()
    name, sys.argv = sys.argv[1], sys.argv[1:]
    runpy.run_module(f"tests.benchmarks.{name}", run_name="__main__", alter_sys=True)
