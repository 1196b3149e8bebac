"""Password, address and the end of an account: what takes the password (contract, section 2)."""

from flask import session as cookie
from flask_login import logout_user

from punt.api import callers
from punt.api.access import access, access_again
from punt.api.blueprint import Blueprint
from punt.api.callers import Caller, session_lifetime, settings
from punt.extensions import caller_key, limiter
from punt.models import User
from punt.tracker import account_deletion, accounts, sessions
from punt.tracker.passwords import hash_password
from schemas.base import Success
from schemas.users import AccountDeletion, EmailChange, PasswordChange, Profile

blp = Blueprint(
    "account", __name__, url_prefix="/me", description="Your address, password and leaving"
)

password_limit = limiter.shared_limit(
    lambda: settings().rate_limit_password, scope="password", key_func=caller_key
)


@blp.route("/email", methods=["PATCH"])
@password_limit
@access("account.secure", transact=False)
@blp.arguments(EmailChange)
@blp.response(200, Profile)
def change_email(values: dict[str, str], caller: Caller) -> User:
    """Change your address, or clear it with `null`."""
    proven_hash = accounts.prove(caller.user_id, values["password"])
    with access_again() as found:
        return accounts.change_email(found["actor"], proven_hash, values["email"])


@blp.route("/password", methods=["PATCH"])
@password_limit
@access("account.secure", transact=False)
@blp.arguments(PasswordChange)
@blp.response(200, Success)
def change_password(values: dict[str, str], caller: Caller) -> dict[str, bool]:
    """Change your password: your other sessions end, this one gets a fresh cookie, tokens stay."""
    proven_hash = accounts.prove(caller.user_id, values["current_password"])
    password_hash = hash_password(values["new_password"])
    with access_again() as found:
        accounts.change_password(found["actor"], proven_hash, password_hash)
        secret = sessions.renew(found["caller"].secret, session_lifetime())
    callers.sign_in(secret)
    return {"success": True}


@blp.route("/account", methods=["DELETE"])
@limiter.limit(lambda: settings().rate_limit_account, key_func=caller_key)
@access("account.secure", transact=False)
@blp.arguments(AccountDeletion)
@blp.response(200, Success)
def delete_account(values: dict[str, str], caller: Caller) -> dict[str, bool]:
    """Delete your account; your tickets and comments stay, without a name."""
    proven_hash = accounts.prove(caller.user_id, values["password"])
    with access_again() as found:
        account_deletion.delete(found["actor"], proven_hash)
    logout_user()
    cookie.clear()
    return {"success": True}
