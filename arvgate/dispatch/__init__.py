"""
Starting runners for what is queued, and noticing when one has died.

Not here: what a runner does (L{arvgate.runner}) and who may queue what (L{arvgate.records}).
"""
