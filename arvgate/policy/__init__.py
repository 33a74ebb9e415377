"""
Decisions: pure functions of what is known and of a C{now} that is passed in.

Not here: where the facts come from (the doors, L{arvgate.records}) and what is done with an answer.
"""
