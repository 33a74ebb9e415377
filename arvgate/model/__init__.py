"""
The values that everything else speaks of: frozen attrs, no behaviour that needs the outside.

Not here: parsing of wire formats (L{arvgate.wire}) and decisions (L{arvgate.policy}).
"""
