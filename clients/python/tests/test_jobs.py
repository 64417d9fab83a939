"""Files in by the client."""

from __future__ import annotations

import io

from kith_client import Kith


def test_a_file_goes_in_is_reported_and_is_taken_back(kith: Kith, mark: str) -> None:
    rows = f"name,email,source\nAda {mark},ada@mill.example,{mark}\nBob {mark},no address,{mark}\n,,{mark}\n"
    job = kith.jobs.start("customers", io.BytesIO(rows.encode()), filename="customers.csv").wait(seconds=0.2)
    assert job.state["state"] == "done"
    assert kith.customers.count(source=mark) == 2
    assert {line["column"] for line in job.report()} >= {"email"}
    assert mark in b"".join(job.refused()).decode("utf-8-sig")
    assert kith.jobs.get(job.id).revert().wait(seconds=0.2).state["state"] == "undone"
    assert kith.customers.count(source=mark) == 0
