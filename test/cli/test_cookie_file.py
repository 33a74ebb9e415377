"""
Cookies as the file that curl reads.
"""

from __future__ import annotations

from datetime import UTC, datetime
from http.cookiejar import MozillaCookieJar
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from arvgate.cli.cookie_file import cookie_file
from arvgate.wire.cookies import OUR_COOKIE, encode_token, token_cookie

NOW = datetime(2026, 1, 1, tzinfo=UTC)
HOST = "u-80-http.xabcd.localhost"


class CookieFileTests(SynchronousTestCase):
    """L{cookie_file}."""

    def test_our_cookie(self) -> None:
        """The gateway's cookie is for its host alone, secure, out of reach of scripts, and ends with its token."""
        token = "v2/xabcd-gj3su-000000000000001/secret"
        value = token_cookie(OUR_COOKIE, token, datetime(2030, 1, 1, tzinfo=UTC)).decode()
        text = cookie_file(HOST, [("Content-Type", "x"), ("set-cookie", value)], NOW)
        end = int(datetime(2030, 1, 1, tzinfo=UTC).timestamp())
        self.assertEqual(
            f"# Netscape HTTP Cookie File\n"
            f"#HttpOnly_{HOST}\tFALSE\t/\tTRUE\t{end}\t__Host-arvados_api_token\t{encode_token(token)}\n",
            text,
        )

    def test_session_cookie(self) -> None:
        """A cookie without an end has none in the file; lifetimes count from now."""
        headers = [("Set-Cookie", "a=b"), ("Set-Cookie", "c=d; Path=/x; Max-Age=60")]
        lines = cookie_file(HOST, headers, NOW).splitlines()[1:]
        self.assertEqual(f"{HOST}\tFALSE\t/\tFALSE\t0\ta\tb", lines[0])
        self.assertEqual(f"{HOST}\tFALSE\t/x\tFALSE\t{int(NOW.timestamp()) + 60}\tc\td", lines[1])

    def test_other_programs_read_it(self) -> None:
        """The standard library reads the file as well."""
        file = Path(self.mktemp())
        value = token_cookie(OUR_COOKIE, "v2/x/y", datetime(2090, 1, 1, tzinfo=UTC)).decode()
        file.write_text(cookie_file(HOST, [("Set-Cookie", value)], NOW))
        jar = MozillaCookieJar(str(file))
        jar.load()
        (cookie,) = jar
        self.assertEqual((OUR_COOKIE, encode_token("v2/x/y"), True), (cookie.name, cookie.value, cookie.secure))

    def test_nothing(self) -> None:
        """Without cookies that can be read there is only the first line."""
        for value in ("\x00", "a,b=c", ""):
            self.assertEqual(1, cookie_file(HOST, [("Set-Cookie", value)], NOW).count("\n"))
