"""One line per noun: values that `records_save` takes for a new record. A noun added here has all its tests."""
from collections.abc import Callable
from typing import Any

EXAMPLES: dict[str, Callable[[], dict[str, Any]]] = {}
