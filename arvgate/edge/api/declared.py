"""
The parameters that routes declare, by what they do: what the discovery document tells clients to send.

Not here: what is made of them (L{arvgate.wire.parameters}, L{arvgate.edge.api.operations}).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

import attrs

__all__ = ["CREATE", "GET", "LINK", "LIST", "NOTHING", "SELECT", "Parameter", "ParameterType", "Parameters"]

#: Types as the discovery document has them; they decide how clients encode a value.
ParameterType = Literal["array", "boolean", "integer", "object", "string"]


@attrs.frozen
class Parameter:
    """
    One parameter in the query, the form or the body.

    @ivar description: one sentence for people.
    """

    type: ParameterType
    description: str
    required: bool = False


Parameters = Mapping[str, Parameter]

NOTHING: Final[Parameters] = {}

#: Of every answer that is a record.
SELECT: Final[Parameters] = {
    "select": Parameter("array", "Names of the attributes that the answer is to have; all of them if it is absent."),
}

_TRASH: Final = Parameter("boolean", "Also what is in the trash.")

GET: Final[Parameters] = {**SELECT, "include_trash": _TRASH}

_CLUSTER: Final = Parameter("string", "Id of the cluster that is meant; this one if it is absent.")

CREATE: Final[Parameters] = {
    **SELECT,
    "ensure_unique_name": Parameter("boolean", "Change the name where it is taken, instead of refusing it."),
    "cluster_id": _CLUSTER,
}

LIST: Final[Parameters] = {
    "filters": Parameter("array", "Conditions, each an array of attribute, operator and operand; all must hold."),
    "where": Parameter("object", "Attributes and the values that they must have; filters can do more."),
    "order": Parameter("array", "Attributes to sort by, each with asc or desc behind it."),
    **SELECT,
    "distinct": Parameter("boolean", "Each combination of the selected attributes only once."),
    "limit": Parameter("integer", "How many records the answer has at most."),
    "offset": Parameter("integer", "How many records are left out at the beginning."),
    "count": Parameter("string", "exact: items_available tells how many match; none: it is not counted."),
    "cluster_id": _CLUSTER,
    "bypass_federation": Parameter("boolean", "Do not ask other clusters; only for admins."),
    "include_trash": _TRASH,
}

#: Of a link into a container's web app.
LINK: Final[Parameters] = {
    "port": Parameter("integer", "The port of the web app in the container.", required=True),
    "path": Parameter("string", "Path and query at which the app is opened; / if it is absent."),
}
