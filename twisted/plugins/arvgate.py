"""
C{twistd arvgate}.
"""

from twisted.application.service import ServiceMaker

arvgate = ServiceMaker("arvgate", "arvgate.tap", "Gateway to the containers of a cluster.", "arvgate")
