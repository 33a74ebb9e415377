"""
One module for each step; once released, a step never changes.

Not here: the present schema (L{arvgate.records.schema}), which the steps together arrive at.
"""
