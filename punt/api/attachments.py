"""Files on tickets (contract, section 4)."""

from typing import Any

from flask import Response
from werkzeug import Response as BaseResponse

from punt.api import downloads, pages, uploads
from punt.api.access import access, storing
from punt.api.blueprint import Blueprint
from punt.events.log import Actor
from punt.models import Attachment as AttachmentModel
from punt.models import Project, Ticket
from punt.tracker import attachments, file_types, files
from schemas.attachments import Attachment
from schemas.base import Page, Success
from schemas.uploads import Upload

blp = Blueprint(
    "attachments",
    __name__,
    url_prefix="/projects/<project_id>/tickets/<ticket_id>/attachments",
    description="Files on tickets",
)


@blp.route("", methods=["GET"])
@access("attachment.view")
@blp.arguments(Page, location="query")
@blp.response(200, Attachment(many=True))
def list_attachments(query: dict[str, Any], project: Project, ticket: Ticket) -> Response:
    """The files on a ticket, oldest first."""
    found = attachments.list_of(project, ticket)
    return pages.of(Attachment(), found, query, key=lambda each: [each["id"]])


@blp.route("", methods=["POST"])
@uploads.limit
@access("attachment.create", upload=file_types.MOST_BYTES)
@blp.arguments(Upload, location="files")
@storing(lambda caller, given: attachments.received(given.filename or "", given.stream))
@blp.response(201, Attachment)
def create_attachment(
    project: Project, ticket: Ticket, file: attachments.Received, actor: Actor
) -> dict[str, Any]:
    """Attach an image (5 MB), a video (50 MB) or a document (10 MB)."""
    return attachments.create(project, ticket, file, actor)


@blp.route("/<attachment_id>", methods=["DELETE"])
@access("attachment.delete")
@blp.response(200, Success)
def delete_attachment(
    project: Project, ticket: Ticket, attachment: AttachmentModel, actor: Actor
) -> dict[str, bool]:
    """Take a file off a ticket."""
    attachments.delete(project, ticket, attachment, actor)
    return {"success": True}


@blp.route("/<attachment_id>/content", methods=["GET"])
@access("attachment.view", streams=True)
@blp.response(200, content_type="*/*")
def download_attachment(attachment: AttachmentModel) -> BaseResponse:
    """The file itself."""
    path = files.directory() / attachment.id
    return downloads.send(path, attachment.mime_type, attachment.filename)
