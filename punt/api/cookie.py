"""The session cookie (contract, section 1, sessions)."""

from functools import cache

from flask import Flask, request
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import URLSafeTimedSerializer

NAME = "next-auth.session-token"


class CookieInterface(SecureCookieSessionInterface):
    """Flask's signed cookie, marked Secure when the request came by https."""

    def get_cookie_secure(self, app: Flask) -> bool:
        return request.is_secure

    @cache  # noqa: B019 - there is one of these for each app, and as long as it
    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """What signs and reads cookies: made once, not for each request."""
        return super().get_signing_serializer(app)
