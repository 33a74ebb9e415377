"""
A headless Chromium with a profile of its own that trusts one CA.

Its methods block; call them in a thread.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.support.ui import WebDriverWait

from test.requirements import require

__all__ = ["Browser"]

#: Keeps Chromium from looking for its maker's servers, and from what a machine without a screen lacks.
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


class Browser:
    """
    One browser; C{driver} is Selenium's.

    @ivar driver: usable between L{start} and L{quit}.
    """

    driver: webdriver.Chrome

    def __init__(self, home: Path, ca: Path, within: float = 30.0) -> None:
        require("chromium", "chromedriver", "certutil", "selenium")
        self._home = home
        self._ca = ca
        self._within = within

    def start(self) -> None:
        """Make the profile and start the browser."""
        store = self._home / ".pki" / "nssdb"
        store.mkdir(parents=True)
        self._certutil("-N", "--empty-password", "-d", f"sql:{store}")
        self._certutil("-A", "-t", "C,,", "-n", "ca", "-i", str(self._ca), "-d", f"sql:{store}")
        options = webdriver.ChromeOptions()
        options.binary_location = "/usr/bin/chromium"
        for flag in (*FLAGS, f"--user-data-dir={self._home / 'profile'}"):
            options.add_argument(flag)
        environment = {**os.environ, "HOME": str(self._home)}
        service = Service("/usr/bin/chromedriver", env=environment)
        self.driver = webdriver.Chrome(options=options, service=service)
        self.driver.set_page_load_timeout(self._within)
        self.driver.set_script_timeout(self._within)

    def open(self, address: str) -> str:
        """Navigate there as by the address bar; answers with the address at which the browser ended up."""
        self.driver.get(address)
        return str(self.driver.current_url)

    def submit(self, field: str, text: str) -> str:
        """Type into the field with that id and send its form; answers with the address to which it led."""
        found = self.driver.find_element("id", field)
        found.send_keys(text)
        return self._led_on(found.submit)

    def click(self, row: str, words: str) -> str:
        """
        Follow the link with these words in the table's row that has C{row} in it; answers with the address at which the
        browser ended up.
        """
        path = f"//tr[contains(., '{row}')]//a[contains(., '{words}')]"
        return self._led_on(self.driver.find_element("xpath", path).click)

    def press(self, words: str) -> str:
        """Press the button with these words; answers likewise."""
        return self._led_on(self.driver.find_element("xpath", f"//button[normalize-space()='{words}']").click)

    def _led_on(self, act: Callable[[], object]) -> str:
        """Do what leads to another page, and wait for it."""
        self.run("window.isLeft = true")
        act()
        wait = WebDriverWait(self.driver, self._within, ignored_exceptions=[WebDriverException])
        wait.until(lambda driver: driver.execute_script("return !window.isLeft && document.readyState === 'complete'"))
        return str(self.driver.current_url)

    def text(self) -> str:
        """The visible text of the page."""
        return str(self.run("return document.body.innerText"))

    def run(self, script: str, *arguments: object) -> Any:
        """The value of a script run in the page."""
        return self.driver.execute_script(script, *arguments)

    def wait_for(self, script: str, *arguments: object) -> Any:
        """What a script in the page passes to C{done}, its last argument."""
        script = f"const done = arguments[arguments.length - 1]; {script}"
        return self.driver.execute_async_script(script, *arguments)

    def quit(self) -> None:
        """End the browser."""
        self.driver.quit()

    def _certutil(self, *arguments: str) -> None:
        subprocess.run(["certutil", *arguments], check=True, capture_output=True, timeout=self._within)
