"""A real dockerd for tests, with images made on this machine.  Not shipped."""
