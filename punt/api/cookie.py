"""The session cookie (contract, section 1, sessions)."""

from flask import Flask, request
from flask.sessions import SecureCookieSessionInterface

NAME = "next-auth.session-token"


class CookieInterface(SecureCookieSessionInterface):
    """Flask's signed cookie, marked Secure when the request came by https."""

    def get_cookie_secure(self, app: Flask) -> bool:
        return request.is_secure
