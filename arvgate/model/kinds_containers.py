"""
The kinds C{container_requests} and C{containers} (reference D.1, D.7), with our own C{listening_ports}.

Not here: what may change in which state (L{arvgate.policy.request_states},
L{arvgate.policy.container_states}).
"""

from __future__ import annotations

from typing import Final

from arvgate.model.kinds_common import common_fields, system
from arvgate.model.records import Field, Kind

__all__ = ["CONTAINERS", "CONTAINER_REQUESTS"]

CONTAINER_REQUESTS: Final = Kind(
    path="container_requests",
    singular="container_request",
    name="arvados#containerRequest",
    fields=(
        *common_fields(),
        Field("name", "string"),
        Field("description", "text"),
        Field("properties", "object", default={}, nullable=False),
        Field("state", "string", default="Uncommitted", nullable=False),
        system("requesting_container_uuid", "string"),
        Field("container_uuid", "string"),
        system("container_count", "integer", default=0, nullable=False),
        Field("container_count_max", "integer"),
        Field("container_image", "string"),
        Field("command", "array", default=[], nullable=False),
        Field("cwd", "string", default=".", nullable=False),
        Field("environment", "object", default={}, nullable=False),
        Field("mounts", "object", default={}, nullable=False),
        Field("secret_mounts", "object", default={}, secret=True, searchable=False),
        Field("output_path", "string"),
        Field("output_glob", "array", default=[], nullable=False),
        Field("output_name", "string"),
        Field("output_ttl", "integer", default=0, nullable=False),
        Field("output_storage_classes", "array", default=["default"], nullable=False),
        Field("output_properties", "object", default={}, nullable=False),
        Field("output_uuid", "string"),
        Field("log_uuid", "string"),
        Field("priority", "integer", default=0),
        Field("runtime_constraints", "object", default={}, nullable=False),
        Field("scheduling_parameters", "object", default={}, nullable=False),
        Field("use_existing", "boolean", default=True, nullable=False),
        Field("filters", "any"),
        system("expires_at", "datetime"),
        Field("runtime_token", "string", secret=True, searchable=False),
        Field("cumulative_cost", "float", default=0.0, nullable=False),
        Field("service", "boolean", default=False, nullable=False),
        Field("published_ports", "object", default={}, nullable=False),
    ),
)

CONTAINERS: Final = Kind(
    path="containers",
    singular="container",
    name="arvados#container",
    fields=(
        *common_fields(),
        Field("state", "string", default="Queued", nullable=False),
        Field("command", "array", default=[], nullable=False),
        Field("cwd", "string", default=".", nullable=False),
        Field("environment", "object", default={}, nullable=False),
        Field("mounts", "object", default={}, nullable=False),
        Field("secret_mounts", "object", default={}, secret=True, searchable=False),
        Field("output_path", "string"),
        Field("output_glob", "array", default=[], nullable=False),
        Field("container_image", "string"),
        Field("runtime_constraints", "object", default={}, nullable=False),
        Field("scheduling_parameters", "object", default={}, nullable=False),
        Field("output_storage_classes", "array", default=["default"], nullable=False, searchable=False),
        Field("service", "boolean", default=False, nullable=False),
        Field("published_ports", "object", default={}, nullable=False),
        Field("runtime_token", "string", secret=True, searchable=False),
        Field("runtime_user_uuid", "string"),
        Field("runtime_auth_scopes", "array"),
        Field("priority", "bigint", default=0, nullable=False),
        system("auth_uuid", "string"),
        system("locked_by_uuid", "string"),
        system("lock_count", "integer", default=0, nullable=False),
        Field("started_at", "datetime"),
        Field("finished_at", "datetime"),
        Field("exit_code", "integer"),
        Field("log", "string"),
        Field("output", "string"),
        Field("progress", "float"),
        Field("runtime_status", "object", default={}, nullable=False),
        Field("gateway_address", "string", searchable=False),
        Field("listening_ports", "array", default=[], nullable=False, searchable=False),
        Field("interactive_session_started", "boolean", default=False, nullable=False),
        Field("output_properties", "object", default={}, nullable=False),
        Field("cost", "float", default=0.0, nullable=False),
        Field("subrequests_cost", "float", default=0.0, nullable=False),
    ),
)
