"""
Pages of one container attack another container, and the API's host, in Chromium.
"""

from __future__ import annotations

from test.acceptance.waiting import in_thread
from test.functional.sibling_cookies import Cookies
from test.functional.sibling_requests import Requests
from test.functional.sibling_session import Session
from test.functional.sibling_worker import ServiceWorker


class SiblingTests(Requests, Cookies, Session, ServiceWorker):
    """The browser's user is logged in to both containers; what takes time is set up once."""

    timeout = 180

    async def test_pages_stay_within_their_container(self) -> None:
        """
        A page reaches another container by links alone, sets no cookie that counts there, has no use of the session at
        the API's host; and its service worker sees no token.
        """
        for attack in (
            self.only_links_lead_to_another_container,
            self.logins_stay_as_they_are,
            self.session_is_out_of_reach,
            self.worker_sees_nothing_of_use_elsewhere,
        ):
            await in_thread(self.forget)
            await attack()
