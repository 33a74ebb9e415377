"""
An env document, read, for tests of the runner's parts.
"""

from __future__ import annotations

import json

from arvgate.runner.env_document import EnvDocument, parse_env_document
from test.runner import lifecycle_case

__all__ = ["DOCUMENT"]

DOCUMENT: EnvDocument = parse_env_document(json.dumps(lifecycle_case.DOCUMENT).encode(), lifecycle_case.UUID)
