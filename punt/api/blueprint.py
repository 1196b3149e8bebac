"""How our routes take input and give answers: strictly, in one envelope, none without a rule."""

import errno
import logging
from functools import cached_property
from threading import Lock
from typing import Any, NoReturn

import flask_smorest
import orjson
from flask import Flask, Request, Response, jsonify
from flask.json.provider import JSONProvider
from marshmallow import Schema, ValidationError
from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import BadRequest, HTTPException

from punt.api import openapi
from punt.errors import Invalid, PuntError, RuleBroken, Unavailable, envelope, flatten
from schemas.errors import Error
from schemas.fields import AnyOf

logger = logging.getLogger("punt")

# When to try again what failed for want of room or of the database.
RETRY_SECONDS = 5


class JSON(JSONProvider):
    """orjson, which also refuses what is not quite JSON: NaN, lone surrogates, bad UTF-8."""

    def dumps(self, obj: Any, **kwargs: Any) -> str:
        return orjson.dumps(obj).decode()

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        return orjson.loads(s)

    def response(self, *args: Any, **kwargs: Any) -> Response:
        body = orjson.dumps(self._prepare_response_obj(args, kwargs))
        return Response(body, mimetype="application/json")


class Parser(FlaskParser):
    """Loads arguments strictly: webargs takes a body of the wrong type for an absent one."""

    DEFAULT_UNKNOWN_BY_LOCATION = {}
    __location_map__ = {**FlaskParser.__location_map__, "json_or_form": "load_json_or_form"}

    def load_json(self, req: Request, schema: Schema) -> Any:
        if getattr(schema, "body_optional", False) and not req.get_data():
            return {}
        try:
            return req.get_json()
        except BadRequest as error:
            raise RuleBroken("The body is not valid JSON") from error

    def load_json_or_form(self, req: Request, schema: Schema) -> Any:
        if req.mimetype in ("application/x-www-form-urlencoded", "multipart/form-data"):
            return req.form.to_dict()
        return self.load_json(req, schema)

    def load_files(self, req: Request, schema: Schema) -> Any:
        # With the other fields of the form, and repeats: neither may be dropped in silence.
        parts: list[tuple[str, list[Any]]] = [*req.form.lists(), *req.files.lists()]
        return {name: values[0] if len(values) == 1 else values for name, values in parts}

    def load_querystring(self, req: Request, schema: Schema) -> Any:
        # A parameter given twice must not lose one of its values.
        single = {each.data_key for each in schema.fields.values() if not isinstance(each, AnyOf)}
        given = list(req.args.lists())
        twice = [name for name, values in given if len(values) > 1 and name in single]
        if twice:
            raise Invalid([(name, "May be given only once") for name in twice])
        return {name: ",".join(values) for name, values in given}

    def handle_error(self, error: ValidationError, *args: Any, **kwargs: Any) -> NoReturn:
        (messages,) = error.messages_dict.values()
        raise Invalid(flatten(messages))


class Blueprint(flask_smorest.Blueprint):
    """A resource's routes. Each must say who may call it (`access` or `public`)."""

    ARGUMENTS_PARSER = Parser()
    DEFAULT_LOCATION_CONTENT_TYPE_MAPPING = {
        **flask_smorest.Blueprint.DEFAULT_LOCATION_CONTENT_TYPE_MAPPING,
        "json_or_form": "application/json",
    }

    def arguments(self, schema: type[Schema], **options: Any) -> Any:
        """Take `schema` from a request; one of it serves all requests, which costs less."""
        return super().arguments(schema(), **options)

    def add_url_rule(
        self, rule: str, endpoint: str | None = None, view_func: Any = None, **options: Any
    ) -> None:
        if not hasattr(view_func, "action"):
            raise TypeError(f"{rule} does not say who may call it")
        super().add_url_rule(rule, endpoint, view_func, **options)


class Api(flask_smorest.Api):
    """flask-smorest, speaking our envelope."""

    ERROR_SCHEMA = Error

    def init_app(self, app: Flask, **kwargs: Any) -> None:
        self._registered: list[Blueprint] = []
        self._building = Lock()
        super().init_app(app, **kwargs)
        app.register_error_handler(PuntError, self.handle_punt_error)
        for trouble in (OperationalError, InterfaceError, PoolTimeout):
            app.register_error_handler(trouble, self.handle_database_trouble)
        app.register_error_handler(OSError, self.handle_system_trouble)

    def _init_spec(self, **options: Any) -> None:
        """Not yet: describing everything takes longer than starting."""

    def register_blueprint(self, blp: Blueprint, **options: Any) -> None:
        """Serve a blueprint, and remember it for `document`."""
        self._app.register_blueprint(blp, **options)
        self._registered.append(blp)

    @cached_property
    def document(self) -> bytes:
        """The OpenAPI document, built when it is first asked for."""
        with self._building:
            super()._init_spec()
            for blp in self._registered:
                name = blp.name
                blp.register_views_in_doc(self, self._app, self.spec, name=name, parameters=None)
                self.spec.tag({"name": name, "description": blp.description})
            schemas = {name: key[0] for key, name in self.ma_plugin.converter.refs.items()}
            return orjson.dumps(openapi.complete(self.spec.to_dict(), self._app, schemas))

    def handle_punt_error(self, error: PuntError) -> Response:
        body, status = envelope(error)
        response = jsonify(body)
        response.status_code = status
        if status == 503:
            response.headers["Retry-After"] = str(RETRY_SECONDS)
        return response

    def handle_database_trouble(self, error: SQLAlchemyError) -> Response:
        """A full disk, a database that is away or stays locked: nothing was written."""
        logger.exception("the database failed")
        return self.handle_punt_error(Unavailable("The database cannot do this right now"))

    def handle_system_trouble(self, error: OSError) -> Response:
        """A full disk is for the operator to mend; anything else is a bug."""
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise error
        logger.exception("the disk is full")
        return self.handle_punt_error(Unavailable("There is no room to store this right now"))

    def handle_http_exception(self, error: HTTPException) -> Response:
        body, status = envelope(error)
        response = jsonify(body)
        response.status_code = status
        allowed = getattr(error, "valid_methods", None)
        if allowed:
            response.headers["Allow"] = ", ".join(sorted(allowed))
        return response
