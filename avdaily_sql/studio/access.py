"""Who may ask: this browser, for this address, with the token that the command printed."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass, field
from html import escape
from urllib.parse import quote, urlencode

from werkzeug.wrappers import Request, Response

HOST = "127.0.0.1"
_METHODS = frozenset({"GET", "HEAD", "POST"})
_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


@dataclass(frozen=True)
class Gate:
    """The guard at the door of one running studio.

    The token in the address is exchanged for a cookie, which is another secret: an address in a history or a screenshot
    and the cookie do not tell each other. Cookies do not know ports: the port is part of its name.
    """

    port: int
    token: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    _session: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)

    @property
    def address(self) -> str:
        """Return the address to open, with the token."""
        return f"http://{HOST}:{self.port}/?token={self.token}"

    def turn_away(self, request: Request) -> Response | None:
        """Return the answer for a request that no page may see; None lets it pass.

        A page of another site can send requests here, and make its own name lead to this address: so the name that is
        asked for counts, where a form comes from, and a secret that only this browser has.
        """
        if request.headers.get("Host", "") not in {f"{HOST}:{self.port}", f"localhost:{self.port}"}:
            return _plain(421, "this address is not the studio's")
        if request.method not in _METHODS:
            refusal = _plain(405, "the studio only shows")
            refusal.headers["Allow"] = "GET, HEAD, POST"
            return refusal
        if "token" in request.args:
            return self._welcome(request)
        if not _same(request.cookies.get(self._cookie, ""), self._session):
            return _plain(403, "open the address that avdaily-sql studio printed")
        if not self._from_here(request):
            return _plain(403, "this request came from another site")
        return None

    @property
    def _cookie(self) -> str:
        return f"avdaily_studio_{self.port}"

    def _welcome(self, request: Request) -> Response:
        if not _same(request.args["token"], self.token):
            return _plain(403, "wrong token: open the address that avdaily-sql studio printed")
        rest = [(key, value) for key, value in request.args.items(multi=True) if key != "token"]
        # Rooted at our own path: a // in front would lead to another host.
        place = "/" + quote(request.path.lstrip("/\\")) + (f"?{urlencode(rest)}" if rest else "")
        if request.headers.get("Sec-Fetch-Site") in {"cross-site", "same-site"}:
            # A redirect of a visit that a page of another site began goes on without a strict cookie; a visit that our
            # own page begins has it.
            page = f'<!doctype html><title>Studio</title><meta http-equiv="refresh" content="0; url={escape(place)}">'
            answer = Response(page, mimetype="text/html")
        else:
            answer = Response(status=303, headers={"Location": place})
            answer.autocorrect_location_header = False
        answer.set_cookie(self._cookie, self._session, httponly=True, samesite="Strict", path="/")
        return answer

    def _from_here(self, request: Request) -> bool:
        origin, site = request.headers.get("Origin"), request.headers.get("Sec-Fetch-Site")
        if request.method == "POST":
            # Each browser of today sends Origin with a form; what sends neither is no browser that we know.
            return origin == f"http://{request.headers['Host']}" and site in {None, "same-origin"}
        return site in {None, "none", "same-origin"} or request.headers.get("Sec-Fetch-Mode") == "navigate"


def harden(response: Response) -> Response:
    """Put the headers on an answer that keep everything from elsewhere out, and everything here in."""
    for name, value in _HEADERS.items():
        response.headers[name] = value
    return response


def _plain(status: int, text: str) -> Response:
    return Response(f"{text}\n", status=status, mimetype="text/plain")


def _same(given: str, secret: str) -> bool:
    # In constant time: how long the comparison takes must not tell how much of a guess was right.
    return hmac.compare_digest(given.encode(errors="surrogateescape"), secret.encode())
