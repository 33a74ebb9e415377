"""
One container's runner: it starts the container, carries traffic into it, and reports how it goes.

L{plan<arvgate.runner.plan>} decides, L{lifecycle<arvgate.runner.lifecycle>} leads through, the engines
(L{process<arvgate.runner.process>}) start, L{door<arvgate.runner.door>} lets traffic in.

Not here: choosing what is to run (L{arvgate.policy.placement}, L{arvgate.dispatch}).  Nothing is imported here, since
the keeper process, which is to be small, comes through this package.
"""
