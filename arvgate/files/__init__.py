"""
Trees of files that strangers made, on this node: walked and opened without ever being led out of them.

Not here: who may read them, and what they are for.
"""
