"""
The keys of a configuration and the types of their values.
"""

from __future__ import annotations

from pydantic import ValidationError
from twisted.trial.unittest import SynchronousTestCase

from arvgate.config.model import ApiConfig, ArvgateConfig, LimitsConfig, NodeConfig, TimeoutsConfig, UsersConfig
from arvgate.config.schema import ClusterModel


class SchemaTests(SynchronousTestCase):
    """L{ClusterModel}."""

    def test_defaults_are_those_of_the_configuration(self) -> None:
        """What is not given is as in a configuration made without it."""
        model = ClusterModel()
        for section, plain in (
            (model.api, ApiConfig()),
            (model.arvgate.limits, LimitsConfig()),
            (model.arvgate.timeouts, TimeoutsConfig()),
            (model.arvgate.node, NodeConfig()),
        ):
            self.assertEqual(plain, type(plain)(**dict(section)))
        self.assertEqual(UsersConfig().new_users_are_active, model.users.new_users_are_active)
        self.assertEqual(ArvgateConfig().workers, model.arvgate.workers)
        self.assertEqual(ArvgateConfig().log_max_bytes, model.arvgate.logs.max_bytes)

    def test_only_keys_of_the_file(self) -> None:
        """The names that the program uses are no keys."""
        self.assertRaises(ValidationError, ClusterModel.model_validate, {"system_root_token": "x"})

    def test_no_conversion(self) -> None:
        """A number is no text and a text no number."""
        for wrong in (
            {"SystemRootToken": 5},
            {"Arvgate": {"Workers": "5"}},
            {"Containers": {"ShellAccess": {"User": 1}}},
        ):
            self.assertRaises(ValidationError, ClusterModel.model_validate, wrong)

    def test_limits_of_the_api(self) -> None:
        """There is always a place for a request and time for it, and a list has always room for a record."""
        for wrong in (
            {"MaxConcurrentRequests": 0},
            {"MaxQueuedRequests": -1},
            {"MaxItemsPerResponse": 0},
            {"MaxIndexDatabaseRead": 0},
            {"MaxRequestSize": 0},
            {"RequestTimeout": "0"},
        ):
            self.assertRaises(ValidationError, ClusterModel.model_validate, {"API": wrong})
        ClusterModel.model_validate({"API": {"MaxQueuedRequests": 0, "MaxQueueTimeForLockRequests": "0"}})
