"""The API against its own description: schemathesis asks what it allows, and some of what it forbids."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable

from tests.studies.plants import LINE
from tests.web.conftest import asked, ended, serving, small_log

schemathesis = pytest.importorskip("schemathesis", reason="needs the package schemathesis")

if TYPE_CHECKING:
    import httpx

FEW, MANY = 8, 150
"""Requests of each route; the first within seconds."""


def try_everything(client: httpx.Client, examples: int, known: dict[str, str]) -> list[str]:
    """Ask every route; gives the labels of the routes. `known` names things that are there."""
    from schemathesis.generation import GenerationMode
    from schemathesis.specs.openapi.checks import (
        content_type_conformance,
        response_schema_conformance,
        status_code_conformance,
    )

    checks = [
        schemathesis.checks.not_a_server_error,
        content_type_conformance,
        response_schema_conformance,
        status_code_conformance,
    ]
    api = schemathesis.openapi.from_url(f"{client.base_url}/openapi.json")
    labels = []
    for found in api.get_all_operations():
        operation = found.ok()
        labels.append(operation.label)
        for mode in GenerationMode:

            @settings(
                max_examples=examples, deadline=None, database=None, suppress_health_check=list(HealthCheck)
            )
            @given(case=operation.as_strategy(generation_mode=mode))
            def ask(case: Any) -> None:
                case.call_and_validate(checks=checks)
                there = {name: known[name] for name in case.path_parameters or () if name in known}
                if there:
                    case.path_parameters = {**case.path_parameters, **there}
                    case.call_and_validate(checks=checks)

            with contextlib.suppress(Unsatisfiable):  # a route without arguments has none that are wrong
                ask()
    return labels


def tried(tmp_path: Path, examples: int) -> None:
    with serving(tmp_path) as client:
        client.put("/api/files/line.yaml", content=LINE.encode())
        client.put("/api/files/may.csv", content=small_log())
        job = ended(client, asked(client, "simulate", {"plant": "line.yaml"}, days=5, replications=2)["id"])
        known = {"name": "line.yaml", "job": job["id"], "key": job["result"]}
        labels = try_everything(client, examples, known)
        assert {"POST /api/jobs", "PUT /api/files/{name}", "GET /api/results/{key}/page"} <= set(labels)
        assert client.get("/api/files").status_code == 200


def test_no_request_breaks_the_server_and_every_answer_is_as_described(tmp_path: Path) -> None:
    tried(tmp_path, FEW)


@pytest.mark.slow
def test_the_same_with_many_requests(tmp_path: Path) -> None:
    tried(tmp_path, MANY)
