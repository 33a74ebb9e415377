"""
A gateway from browsers, SSH clients and API clients to the containers of a cluster.

Every door asks one question of one object, the Gate: I{these credentials want that target}.  The answer is a grant and
a route, the door joins two streams, and nothing else crosses this waist::

    bytes -> edge (doors) -> wire (parsing) -> gate -> Principal   policy.authenticator
                                                    -> Listing     directory
                                                    -> Grant       policy.authorizer
                                                    -> Route       dial
             relay (net), both directions  <-----------'
                 '-> runner's door (checks the proof again) -> port of the container

Floors, lowest first; each imports only from those below it, and rooms of one floor do not import one another:
errors, L{model<arvgate.model>} (values), interfaces (the seams), wire (sans-I/O), policy (pure decisions), gate, net
(bytes in motion) and files (trees that strangers made), then the rooms edge, records, directory, dial, runner, dispatch
and config, then service (the only place where they meet), then tap, cli and testing.

Processes: twistd's own watches and owns the listening sockets; I{control} holds records, record API and dispatcher;
unprivileged I{doors} carry traffic; one I{runner} per container, detached, so that it outlives them all.

Not here: containers that are built, scheduled over many nodes or stored; arvgate reaches what runs.
"""
