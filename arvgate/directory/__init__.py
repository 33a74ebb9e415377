"""
Where a container is and who is behind a token: from the records, over control's internal socket, or from memory.

Every variant has the faces of L{arvgate.interfaces} and passes the same contract suite.  Not here: the store
(L{arvgate.records}) and the decisions made of the answers (L{arvgate.policy}).
"""
