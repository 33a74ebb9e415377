"""
Fakes in memory that are part of the product: each passes the contract suite of what it stands for.

Not here: tests.
"""
