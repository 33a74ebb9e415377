"""
Configuration: text to one frozen, validated L{Config}.

This package alone is only the values, so that a process that is told its part of them need not know how they are read
(L{arvgate.config.files}, L{arvgate.config.loading}).  Not here: what is done with it; L{arvgate.service} passes its
values on.
"""

from arvgate.config.model import Config, Secret

__all__ = ["Config", "Secret"]
