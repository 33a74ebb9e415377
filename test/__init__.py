"""
Tests of arvgate.

How long hypothesis takes to make an example says how busy the machine is, and fails nothing.
"""

from hypothesis import HealthCheck, settings

settings.register_profile("arvgate", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("arvgate")
