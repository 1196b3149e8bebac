"""The API: every blueprint, in the order of the contract."""

from flask_smorest import Api

from punt.api import (
    account,
    attachments,
    auth,
    avatars,
    columns,
    comments,
    documentation,
    events,
    labels,
    links,
    me,
    members,
    my_sessions,
    projects,
    sprints,
    tickets,
    tokens,
)

BLUEPRINTS = (
    auth.blp,
    me.blp,
    account.blp,
    avatars.blp,
    my_sessions.blp,
    tokens.blp,
    projects.blp,
    members.blp,
    columns.blp,
    labels.blp,
    tickets.blp,
    comments.blp,
    links.blp,
    attachments.blp,
    sprints.blp,
    events.blp,
    documentation.blp,
)


def register(api: Api) -> None:
    """Serve all of it below `/api`."""
    for blueprint in BLUEPRINTS:
        api.register_blueprint(blueprint, url_prefix="/api" + (blueprint.url_prefix or ""))
