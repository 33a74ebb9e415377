"""
Wire formats without I/O: bytes in, values out, and back.

Not here: sockets (L{arvgate.net}) and decisions about what was read (L{arvgate.policy}).
"""
