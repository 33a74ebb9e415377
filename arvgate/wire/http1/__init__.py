"""
HTTP/1.1 messages as bytes (RFC 9112), strictly: what two parsers could read differently is refused, never repaired.

Not here: connections (L{arvgate.net.http_server}, L{arvgate.net.http_client}) and the meaning of header fields.
"""
