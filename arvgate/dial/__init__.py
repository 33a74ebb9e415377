"""
Ways to where a grant leads: straight to a runner, or to our own record API.

Not here: who may go there (L{arvgate.gate}).
"""
