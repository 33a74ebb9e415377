"""
The addresses of apps: as a job finds them, as a browser follows them, and on a range of ports.
"""

from __future__ import annotations

import sys
from typing import Any
from urllib.parse import quote, urlsplit

from test.acceptance.address_app import PROGRAM
from test.acceptance.case import ClusterCase
from test.acceptance.client import Answer, Client
from test.acceptance.engines import OnDocker
from test.acceptance.ports import free_port, free_ports
from test.acceptance.waiting import in_thread, until

PORT = 6061


class Browser:
    """Follows redirects and keeps cookies by host, as a browser does that cannot part them by port."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self.jar: dict[str, dict[str, str]] = {}
        self.visited: list[str] = []

    def open(self, address: str) -> Answer:
        """The answer at the end of the redirects; blocking."""
        while len(self.visited) < 10:
            self.visited.append(address)
            parts = urlsplit(address)
            host, target = parts.hostname or "", address.partition(parts.netloc)[2]
            jar = self.jar.setdefault(host, {})
            headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in jar.items())} if jar else {}
            headers |= {"Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
            self._client.port = parts.port or 443
            answer = self._client.request(host, "GET", target, headers=headers)
            if "Set-Cookie" in answer.headers:
                name, _, value = answer.headers["Set-Cookie"].partition(";")[0].partition("=")
                jar[name] = value
            if answer.status != 303:
                return answer
            location = answer.headers["Location"]
            address = f"https://{parts.netloc}{location}" if location.startswith("/") else location
        raise AssertionError(f"redirected for ever: {self.visited}")


class AddressCase(ClusterCase):
    """A cluster with an app that publishes one port."""

    port = PORT

    async def run_app(self) -> tuple[Any, Any]:
        """The app's request and its running container."""
        command = (sys.executable, "-c", PROGRAM, str(self.port))
        request = await self.cluster.submit(command, "--port", str(self.port))
        uuid = request["container_uuid"]

        def look() -> Any:
            container = self.cluster.client.api("GET", f"containers/{uuid}").json
            return container if self.port in container["listening_ports"] else None

        return request, await until(look, 60.0, "the app listens")

    async def open(self, browser: Browser, address: str) -> Any:
        """What the app says of a request to an address."""
        answer = await in_thread(browser.open, address)
        self.assertEqual(200, answer.status, answer.body)
        return answer.json

    def browser(self) -> Browser:
        """A new one."""
        cluster = self.cluster
        return Browser(cluster.client.of(cluster.client.token))


class WildcardTests(AddressCase):
    """Below a wildcard, on plain processes, where the port is one of this machine's."""

    async def setUp(self) -> None:
        """With a port that is free here."""
        if type(self) is WildcardTests:
            self.port = free_port()
        await super().setUp()

    async def test_whole_way(self) -> None:
        """
        A job finds its addresses; the address with a request's UUID and a token ends, logged in, at the container's.
        """
        request, container = await self.run_app()
        suffix = f"http.{self.cluster.cluster_id}.localhost:{self.cluster.https_port}"
        template = f"https://{container['uuid']}-{{port}}-{suffix}/"
        own = template.replace("{port}", str(self.port))
        by_request = own.replace(container["uuid"], request["uuid"])
        for token in (self.cluster.client.token, quote(self.cluster.client.token, safe="")):
            browser = self.browser()
            seen = await self.open(browser, f"{by_request}foo?api_token={token}&baz")
            self.assertEqual(f"{own}foo?baz", browser.visited[-1])
            self.assertEqual(("/foo?baz", urlsplit(own).netloc, None), (seen["target"], seen["host"], seen["cookies"]))
            await self.again(browser, own)
            browser = self.browser()
            await self.open(browser, f"{own}foo?api_token={token}&baz")
            self.assertEqual([f"{own}foo?api_token={token}&baz", f"{own}foo?baz"], browser.visited)
        self.assertEqual(
            {
                "ARVGATE_URL_TEMPLATE": template,
                "VSCODE_PROXY_URI": template.replace("{port}", "{{port}}"),
                f"ARVGATE_URL_{self.port}": own,
            },
            seen["addresses"],
        )
        plain = container["published_ports"][str(self.port)]["base_url"]
        self.assertEqual(own.replace("-http.", "."), plain)
        self.assertEqual("/", (await self.open(self.browser(), f"{plain}?api_token={token}"))["target"])

    async def again(self, browser: Browser, own: str) -> None:
        """The browser is logged in: the app answers at once, and gets its own cookie back."""
        browser.visited.clear()
        self.assertEqual(["theme=dark"], (await self.open(browser, own))["cookies"])
        self.assertEqual([own], browser.visited)


class DockerWildcardTests(OnDocker, WildcardTests):
    """The same on Docker."""


class RangeTests(AddressCase):
    """On a range of ports, which has one port."""

    async def setUp(self) -> None:
        """With a port that is free here."""
        self.port, self.external = free_ports(2)
        self.cluster = await self.new_cluster()
        await self.cluster.initialise()
        self.host = f"apps.{self.cluster.cluster_id}.localhost"
        web = {
            "ExternalURL": f"https://{self.host}/",
            "ExternalPortMin": self.external,
            "ExternalPortMax": self.external,
        }
        self.cluster.configure({"Services": {"ContainerWebServices": web}})
        await self.cluster.start()

    async def test_whole_way(self) -> None:
        """The container is given the port, its job knows, a link and a token lead there, and its end frees it."""
        request, container = await self.run_app()
        address = f"https://{self.host}:{self.external}/"
        published = container["published_ports"][str(self.port)]
        self.assertEqual((address, self.external), (published["base_url"], published["external_port"]))
        browser = self.browser()
        link = (await self.cluster.json_of("open", f"{request['uuid']}:{self.port}", "--path", "/foo?baz"))["url"]
        seen = await self.open(browser, link)
        self.assertEqual(f"{address}foo?baz", browser.visited[-1])
        self.assertEqual({f"ARVGATE_URL_{self.port}": address}, seen["addresses"])
        self.assertEqual((f"{self.host}:{self.external}", None), (seen["host"], seen["cookies"]))
        names = [f"__Host-arvados_api_token-{self.external}", f"p{self.external}-theme"]
        self.assertEqual(names, sorted(browser.jar[self.host]))
        self.assertEqual(["theme=dark"], (await self.open(browser, address))["cookies"])
        (line,) = await self.cluster.json_of("ports", request["uuid"])
        self.assertEqual(address, line["url"])
        await self.cluster.output_of("cancel", request["uuid"])
        await self.cluster.container_in(container["uuid"], "Cancelled")
        answer = await in_thread(self.browser().open, f"{address}?arvados_api_token={self.cluster.client.token}")
        self.assertEqual(404, answer.status)
