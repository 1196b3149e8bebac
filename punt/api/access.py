"""What the URL names, and whether the caller may do what is asked: settled before a view runs."""

import inspect
from collections.abc import Callable, Iterator, Mapping, Set
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import cached_property, partial, wraps
from typing import Any

from flask import Request, current_app, request
from flask_login import current_user
from werkzeug.datastructures import FileStorage

from punt.api import conditional, places, retries, uploads
from punt.api.callers import SAFE_METHODS, Caller, names_a_token, present_caller
from punt.api.strictness import refuse_unknown
from punt.database import transaction
from punt.errors import AuthenticationRequired, Forbidden, NotFound
from punt.events.log import Actor
from punt.tracker import (
    addressing,
    attachments,
    avatars,
    columns,
    comments,
    labels,
    links,
    members,
    permissions,
    sessions,
    sprints,
    tickets,
    tokens,
)
from punt.tracker.addressing import Place

PUBLIC = "public"

# The parts of a URL that a place is found by.
PLACED = {"project_id", "ticket_id"}
MOST_TAB_ID = 100

View = Callable[..., Any]
References = Mapping[str, str]
Receive = Callable[[Caller, FileStorage], AbstractContextManager[Any]]

# What each part of a URL names, given what the parts before it named.
FINDERS: dict[str, tuple[str, Callable[[dict[str, Any], str], Any]]] = {
    "member_id": ("member", lambda found, ref: members.get(found["project"], ref)),
    "column_id": ("column", lambda found, ref: columns.get(found["project"], ref)),
    "label_id": ("label", lambda found, ref: labels.get(found["project"], ref)),
    "sprint_id": ("sprint", lambda found, ref: sprints.get(found["project"], ref)),
    "ticket_id": ("ticket", lambda found, ref: tickets.get(found["project"], ref)),
    "comment_id": ("comment", lambda found, ref: comments.get(found["ticket"], ref)),
    "link_id": ("link", lambda found, ref: links.get(found["ticket"], ref)),
    "attachment_id": ("attachment", lambda found, ref: attachments.get(found["ticket"], ref)),
    "session_id": ("session", lambda found, ref: sessions.get(found["caller"].user_id, ref)),
    "token_id": ("token", lambda found, ref: tokens.get(found["caller"].user_id, ref)),
    "avatar_id": ("avatar", lambda found, ref: avatars.find(ref)),
}

# What is found only by loading it.
LOADED = {"project", "own", *(name for name, _ in FINDERS.values())}


def public(view: View) -> View:
    """Anyone may call this, signed in or not; but who names a token, names one that may.

    The view opens its own transactions.
    """

    @wraps(view)
    def open_to_all(**references: str) -> Any:
        if names_a_token():
            present_caller()
        refuse_unknown(view)
        return view(**references)

    return _marked(open_to_all, PUBLIC)


def access(
    action: str, *, transact: bool = True, streams: bool = False, upload: int = 0
) -> Callable[[View], View]:
    """Only who may do `action` gets to the view, which is given what the URL names as objects.

    A writing view runs in one transaction, unless `transact` is false because it has to wait for
    something: then it opens its own (`access_again`), and is no POST, which may be sent again.
    `streams`: the answer is an event stream or a file, which has no ETag of the project.
    `upload`: the view takes a file of up to so many bytes, received once the caller may send it,
    and is `storing` it.
    """
    if action not in permissions.ACTIONS:
        raise ValueError(f"no rule says who may do {action}")

    def guard(view: View) -> View:
        call = Call(view, action, transact=transact and not upload, streams=streams)

        @wraps(view)
        def guarded(**references: str) -> Any:
            _receive(upload, action, references)
            try:
                return call.answer(references)
            except retries.Replayed as replayed:
                return replayed.response

        return _marked(guarded, action, takes_upload=bool(upload))

    return guard


@dataclass
class Call:
    """A view, and how it is to be called."""

    view: View
    action: str
    transact: bool
    streams: bool

    @cached_property
    def wanted(self) -> Set[str]:
        """What the view asks to be given of what the URL names."""
        return inspect.signature(self.view).parameters.keys()

    def answer(self, references: References) -> Any:
        """The view's answer, in a transaction of its own when it writes."""
        if request.method in SAFE_METHODS and "project_id" in references and not self.streams:
            return self._show(references)
        if request.method in SAFE_METHODS or not self.transact:
            return self._answer(references, in_transaction=False)
        # Loading the caller may write, which must not wait for the transaction it is part of.
        if not current_user.is_authenticated:
            raise AuthenticationRequired
        with transaction():
            return self._answer(references, in_transaction=True)

    def _show(self, references: References) -> Any:
        """The view's answer to a GET in a project, if it is not known already."""
        caller = _permitted(self.action, references)
        place = places.find(self.action, references, caller.user_id)
        # What a place says nothing of must be there all the same.
        found = _resolve(self.action, references) if references.keys() - PLACED else None
        refuse_unknown(self.view)

        def view() -> Any:
            return self.view(**self._given(found or self._load(references, caller, place)))

        return conditional.show(place, caller.user_id, view)

    def _load(self, references: References, caller: Caller, place: Place) -> dict[str, Any]:
        if self.wanted & LOADED:
            return _resolve(self.action, references)
        return _given_to_all(caller) | {"place": place}

    def _answer(self, references: References, *, in_transaction: bool) -> Any:
        found = _resolve(self.action, references)
        refuse_unknown(self.view)
        view = partial(self.view, **self._given(found))
        if not in_transaction:
            return view()
        is_secret = self.action in permissions.SESSION_ONLY
        once = retries.Request()
        view = partial(once.answer, found["caller"].user_id, view, is_secret=is_secret)
        return conditional.change(found, view)

    def _given(self, found: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in found.items() if name in self.wanted}


def _receive(most_bytes: int, action: str, references: References) -> None:
    if most_bytes:
        # Who may not send a file, cannot make us take it in either.
        _resolve(action, references)
        uploads.receive(most_bytes)


@contextmanager
def access_again() -> Iterator[dict[str, Any]]:
    """A transaction for a view that had to wait, with what the URL names found and allowed anew."""
    view: Any = current_app.view_functions[request.endpoint or ""]
    with transaction():
        yield _resolve(view.action, request.view_args or {})


def storing(receive: Receive) -> Callable[[View], View]:
    """Have `receive` put an upload in its place, then call the view with it, as `file`.

    The view runs in a transaction, with what the URL names found and allowed anew. The file stays
    if all of it is committed.
    """

    def store(view: View) -> View:
        @wraps(view)
        def stored(values: dict[str, FileStorage], **before: Any) -> Any:
            once = retries.Request()
            with receive(present_caller(), values["file"]) as file, access_again() as found:
                given = {name: found[name] for name in before}
                return once.answer(found["caller"].user_id, partial(view, file=file, **given))

        return stored

    return store


def _marked(view: View, action: str, *, takes_upload: bool = False) -> View:
    view.action = action  # type: ignore[attr-defined]
    view.takes_upload = takes_upload  # type: ignore[attr-defined]
    return view


def _permitted(action: str, references: References) -> Caller:
    """Who calls, unless their sign-in will not do, or the URL names what can never be."""
    caller = present_caller()
    if caller.token_id and action in permissions.SESSION_ONLY:
        raise Forbidden("This takes a session, not a token")
    for part, reference in references.items():
        if "\0" in reference:
            # PostgreSQL would not even look.
            raise NotFound(part.removesuffix("_id").capitalize())
    return caller


def _given_to_all(caller: Caller) -> dict[str, Any]:
    return {"caller": caller, "actor": Actor(caller.user_id, tab_id(request))}


def _resolve(action: str, references: References) -> dict[str, Any]:
    caller = _permitted(action, references)
    found = _given_to_all(caller)
    if action in permissions.LEAST_ROLE:
        found["project"], own = addressing.project(references["project_id"], caller.user_id)
        permissions.require(action, own.role if own else None)
        found["own"] = own
    for part, reference in references.items():
        if part in FINDERS:
            name, find = FINDERS[part]
            found[name] = find(found, reference)
    return found


def tab_id(req: Request) -> str | None:
    """The client's tab, which its own events carry, unless it is longer than is sane."""
    given = req.headers.get("X-Tab-Id", "")
    return given if 0 < len(given) <= MOST_TAB_ID else None
