"""Personal access tokens (contract, section 2, me)."""

from typing import Any

from flask import Response

from punt.api import pages
from punt.api.access import access
from punt.api.blueprint import Blueprint
from punt.api.callers import Caller
from punt.models import Token as TokenModel
from punt.tracker import tokens
from schemas.base import Page, Success
from schemas.tokens import IssuedToken, NewToken, Token

blp = Blueprint("tokens", __name__, url_prefix="/me/tokens", description="Tokens for scripts")


@blp.route("", methods=["GET"])
@access("account.secure")
@blp.arguments(Page, location="query")
@blp.response(200, Token(many=True))
def list_tokens(query: dict[str, Any], caller: Caller) -> Response:
    """Your tokens, oldest first; their secrets are not kept."""
    found = tokens.list_of(caller.user_id)
    return pages.of(Token(), found, query, key=lambda token: [token.id])


@blp.route("", methods=["POST"])
@access("account.secure")
@blp.arguments(NewToken)
@blp.response(201, IssuedToken)
def create_token(values: dict[str, Any], caller: Caller) -> dict[str, Any]:
    """Make a token; `token` in the answer is its secret, shown this once."""
    return tokens.issue(caller.user_id, values)


@blp.route("/<token_id>", methods=["DELETE"])
@access("account.secure")
@blp.response(200, Success)
def delete_token(token: TokenModel) -> dict[str, bool]:
    """Revoke a token, at once."""
    tokens.revoke(token)
    return {"success": True}
