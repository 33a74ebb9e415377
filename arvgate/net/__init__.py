"""
Bytes in motion: sockets, TLS, pools, the two sides of HTTP/1.1 and what joins them.

Not here: who may do what.  Nothing in this package reads a token or a host name to decide something.
"""
