"""
Pages for people: the login, the list of what they may enter, the waiting page, and errors.

Those of the API's host are answered by control, next to the record API; those of container hosts are made by the doors.
Not here: who may enter (L{arvgate.gate}) and what the doors answer to programs (L{arvgate.edge.https}).
"""
