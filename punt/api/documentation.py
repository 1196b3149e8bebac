"""The API, described: for programs, and for people."""

from typing import cast

from flask import Response, current_app, request
from werkzeug import Response as BaseResponse

from punt.api import site
from punt.api.access import public
from punt.api.blueprint import Api, Blueprint

blp = Blueprint("documentation", __name__, description="This documentation")


@blp.route("/openapi.json", methods=["GET"])
@public
@blp.response(200, content_type="application/json")
def show_document() -> BaseResponse:
    """The API in OpenAPI 3.1, for programs."""
    api = cast(Api, current_app.extensions["flask-smorest"]["apis"][""]["ext_obj"])
    response = Response(api.document, mimetype="application/json")
    response.add_etag()
    response.headers["Cache-Control"] = "public, no-cache"
    return response.make_conditional(request)


@blp.route("/docs", methods=["GET"])
@public
@blp.response(200, content_type="text/html")
def show_docs() -> Response:
    """The same as a page, for people."""
    return site.page("docs.html")
