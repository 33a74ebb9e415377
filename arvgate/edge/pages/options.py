"""
What the pages of the API's host are told and what they work with.

Not here: making any of it (that is the service's).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import attrs

from arvgate.interfaces import IIssuer, IRecords, ITokens
from arvgate.policy.failed_logins import FailedLogins
from arvgate.wire.vhost import HostNames

__all__ = ["PageOptions", "PageSources"]


@attrs.frozen
class PageOptions:
    """
    What an operator decides.

    @ivar session_lifetime: seconds after which a browser must log in again.
    @ivar hop_code_lifetime: seconds for which a code carries a browser from one host name to the next.
    @ivar ssh_host: where C{ssh} reaches containers; empty: nowhere.  C{ssh_port} likewise.
    @ivar page_size: rows of one page of the list.
    """

    names: HostNames
    session_lifetime: float = 86400.0
    hop_code_lifetime: float = 30.0
    ssh_host: str = ""
    ssh_port: int = 22
    page_size: int = 25


@attrs.frozen
class PageSources:
    """
    Who answers the pages' questions.

    @ivar now: the aware UTC time.
    """

    records: IRecords
    tokens: ITokens
    issuer: IIssuer
    failures: FailedLogins
    now: Callable[[], datetime]
