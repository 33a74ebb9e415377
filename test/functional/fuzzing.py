"""
Requests to the API that schemathesis makes from the API's own description, and what is held of each answer.

Blocks: it is run in a thread.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

__all__ = ["Fuzz"]

_CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
]

_MANAGED = ("/_health/ping", "/_health/all", "/metrics")


@attrs.frozen
class Fuzz:
    """
    What requests are made of.

    @ivar url: of the API, without a slash at the end.
    @ivar tokens: of those who ask; C{management_token}: for what needs the ManagementToken.
    @ivar uuids: of records that there are, by their kinds' infixes.
    @ivar examples: for each operation and token, that are as described, and as many that are not.
    @ivar repeatable: the same ones each time.
    @ivar statuses: how many answers there were of each status.
    """

    url: str
    tokens: Sequence[str] = attrs.field(repr=False)
    management_token: str = attrs.field(repr=False)
    uuids: Mapping[str, Sequence[str]]
    examples: int
    repeatable: bool = True
    statuses: Counter[int] = attrs.field(factory=Counter)

    def run(self) -> Mapping[str, str]:
        """All requests; by operation and check, what was wrong with the first answer of that sort."""
        schema = schemathesis.openapi.from_url(f"{self.url}/discovery/openapi.json")
        problems: dict[str, str] = {}
        for found in schema.get_all_operations():
            operation = found.ok()
            for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
                try:
                    self._fuzz(operation.as_strategy(generation_mode=mode), problems)
                except Unsatisfiable:
                    continue  # without parameters there is nothing that is not as described
        return problems

    def _fuzz(self, cases: st.SearchStrategy[Any], problems: dict[str, str]) -> None:
        @settings(
            max_examples=self.examples * len(self.tokens),
            derandomize=self.repeatable,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(cases, st.sampled_from(self.tokens), st.booleans(), st.integers(0, 5))
        def hold(case: Any, token: str, known: bool, choice: int) -> None:
            if known:
                self._name_what_is_there(case, choice)
            number = self.statuses.total()
            headers = {
                "Authorization": f"Bearer {self.management_token if case.path in _MANAGED else token}",
                "X-Forwarded-For": f"10.0.{number // 256 % 256}.{number % 256}",  # where all fail it takes long
            }
            response = case.call(base_url=self.url, headers=headers)
            self.statuses[response.status_code] += 1
            try:
                case.validate_response(response, checks=_CHECKS)
            except FailureGroup as group:
                for one in group.exceptions:
                    problems.setdefault(f"{case.operation.label}: {one.title}", f"{one}\n{case.as_curl_command()}")

        hold()

    def _name_what_is_there(self, case: Any, choice: int) -> None:
        """Let the path name a record that there is, where it names one."""
        for name, value in case.path_parameters.items():
            uuids = self.uuids.get(str(value)[6:11])
            if name in ("uuid", "container") and uuids:
                case.path_parameters[name] = uuids[choice % len(uuids)]
