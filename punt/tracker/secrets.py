"""Secrets that stand for a sign-in or a token, and the hashes that are kept of them."""

import secrets
from hashlib import sha256


def new_secret() -> str:
    """256 random bits, safe in a cookie or a header."""
    return secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    """The SHA-256 of a secret: it is random, so a fast hash is enough, and an index finds it."""
    return sha256(secret.encode()).hexdigest()
