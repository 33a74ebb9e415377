"""
Configuration: text to one frozen, validated L{Config}.

Not here: what is done with it; L{arvgate.service} passes its values on.
"""

from arvgate.config.files import read_config
from arvgate.config.loading import load
from arvgate.config.model import Config, Secret

__all__ = ["Config", "Secret", "load", "read_config"]
