"""What a view takes no notice of is refused: a typo must not be dropped (contract, section 1)."""

from collections.abc import Callable
from typing import Any

from flask import request

from punt.errors import Invalid


def refuse_unknown(view: Callable[..., Any]) -> None:
    """Refuse what a view takes no notice of: query parameters, and fields of a body."""
    takes = {each["in"] for each in _declared(view)}
    if request.args and "query" not in takes:
        raise Invalid([(name, "Unknown parameter") for name in request.args])
    if request.method == "DELETE" and takes <= {"query"} and request.is_json:
        body = request.get_json(silent=True)
        if isinstance(body, dict) and body:
            raise Invalid([(name, "Unknown field") for name in body])


def _declared(view: Callable[..., Any]) -> list[dict[str, Any]]:
    apidoc: dict[str, Any] = getattr(view, "_apidoc", {})
    return list(apidoc.get("arguments", {}).get("parameters", []))
