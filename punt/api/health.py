"""Whether the server is alive, and whether it can work: for whoever watches over it."""

from flask import Blueprint, jsonify
from sqlalchemy.exc import SQLAlchemyError
from werkzeug import Response

from punt import migrations
from punt.errors import Unavailable

blp = Blueprint("health", __name__)


@blp.get("/healthz")
def alive() -> Response:
    """The process answers."""
    return jsonify({"status": "alive"})


@blp.get("/readyz")
def ready() -> Response:
    """The database answers too, and has the schema that this program wants."""
    try:
        is_current = migrations.is_current()
    except SQLAlchemyError as error:
        raise Unavailable("The database cannot be reached") from error
    if not is_current:
        raise Unavailable("The database is not migrated: run flask --app app db upgrade")
    return jsonify({"status": "ready"})
