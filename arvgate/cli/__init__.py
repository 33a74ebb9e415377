"""
The command C{arvgate}: one module per command, L{arvgate.cli.main} puts them together.

The only place with C{print}, exit codes and the environment of the process.  Not here: anything that another program
could want to call.
"""
