"""
The HTTPS door: one front for the record API, the login, and the web apps in containers.

Not here: reading requests (L{arvgate.net}), who may enter (L{arvgate.gate}), how a runner is reached
(L{arvgate.dial}).
"""
