"""
The Docker engine: each container is one of a Docker daemon on this machine.

Control goes through docker-py in worker threads; output streams go through the reactor.  The daemon may be restarted
or killed at any time: what runs is found again by labels.  Not here: shells and files (they have no engine call yet)
and daemons on other machines.
"""
