"""
The process engine: containers as plain processes of one account, each under a keeper of its own.

The keeper (L{arvgate.runner.process.keeper}) is a child process of the runner and the subreaper of the job, so that
whatever the job starts stays below it and can be ended: daemons that fork twice too.  When the keeper itself is
killed, its descendants fall to the runner, which is a subreaper as well and ends them.

Not here: isolation.  Jobs see the machine's files and network; this engine is for one user's machine or for accounts
that may do harm only to themselves.  Nothing is imported here, since the keeper comes through this package.
"""
