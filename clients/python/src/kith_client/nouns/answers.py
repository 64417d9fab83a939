"""What answers hold that are no records. Written by generate.py from the OpenAPI document; not by hand."""

from __future__ import annotations





