"""A browser without a screen: one client of a site, with cookies, from an address of its own."""

import http.client
import http.cookies
import ssl
from urllib.parse import urlencode


class WebClient:
    def __init__(self, port: int, address: str = "127.0.0.1", host: str = "", secure: bool = False) -> None:
        self.port, self.address, self.host, self.secure = port, address, host or f"127.0.0.1:{port}", secure
        self.cookies: dict[str, str] = {}

    def _connection(self) -> http.client.HTTPConnection:
        where = {"host": "127.0.0.1", "port": self.port, "timeout": 20, "source_address": (self.address, 0)}
        if not self.secure:
            return http.client.HTTPConnection(**where)
        context = ssl._create_unverified_context()
        return http.client.HTTPSConnection(**where, context=context)

    @property
    def token(self) -> str:
        return next((value for name, value in self.cookies.items() if name.endswith("csrftoken")), "")

    def ask(
        self, method: str, path: str, fields: dict[str, str] | str | None = None, **headers: str
    ) -> tuple[int, str]:
        """The status and the page; `fields` are those of a form, or a body as it is."""
        sent = {
            "Host": self.host,
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
        }
        body = fields
        if isinstance(fields, dict):
            body = urlencode(fields | {"csrfmiddlewaretoken": self.token})
            scheme = "https" if self.secure else "http"
            sent |= {
                "Content-Type": "application/x-www-form-urlencoded",
                "Referer": f"{scheme}://{self.host}{path}",
            }
        connection = self._connection()
        try:
            connection.request(
                method, path, body, sent | {name.replace("_", "-"): v for name, v in headers.items()}
            )
            answer = connection.getresponse()
            for line in answer.headers.get_all("Set-Cookie", []):
                for name, morsel in http.cookies.SimpleCookie(line).items():
                    self.cookies[name] = morsel.value
            return answer.status, answer.read().decode(errors="replace")
        finally:
            connection.close()

    def sign_in(self, name: str, password: str, **headers: str) -> str:
        """ "in", "wrong", "wait" or the status of what went wrong."""
        self.ask("GET", "/accounts/login/", **headers)
        status, page = self.ask("POST", "/accounts/login/", {"login": name, "password": password}, **headers)
        if status == 302:
            return "in"
        if status != 200:
            return str(status)
        return "wait" if "Too many failed login attempts" in page else "wrong"
