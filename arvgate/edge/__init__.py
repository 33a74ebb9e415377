"""
The doors: where bytes from outside come in and answers go out.

Not here: decisions (L{arvgate.policy}) and the way to a container (L{arvgate.gate}).
"""
