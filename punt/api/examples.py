"""An example of each body, and of each id, for the OpenAPI document."""

from typing import Any

COLUMN = "01JB3W8Q5Z0V7K2M4N6P8R0T1A"
DONE = "01JB3W8Q5Z0V7K2M4N6P8R0T1B"
SPRINT = "01JB3W8Q5Z0V7K2M4N6P8R0T1C"
LABEL = "01JB3W8Q5Z0V7K2M4N6P8R0T1D"
SOMETHING = "01JB3W8Q5Z0V7K2M4N6P8R0T1E"

IDS = {
    "project": "PUNT",
    "ticket": "PUNT-42",
    "column": COLUMN,
    "sprint": SPRINT,
    "label": LABEL,
    "member": SOMETHING,
    "comment": SOMETHING,
    "link": SOMETHING,
    "attachment": SOMETHING,
    "session": SOMETHING,
    "token": SOMETHING,
    "avatar": SOMETHING,
}

PASSWORD = "Correct-horse-1"  # noqa: S105 - nobody's

# By the name of the schema that takes the body.
BODIES: dict[str, dict[str, Any]] = {
    "Registration": {
        "username": "ada",
        "password": PASSWORD,
        "name": "Ada Lovelace",
        "email": "ada@example.org",
    },
    "Credentials": {"username": "ada", "password": PASSWORD},
    "Verification": {"username": "ada", "password": PASSWORD},
    "SignOut": {"callbackUrl": "/"},
    "ProfilePatch": {"name": "Ada King"},
    "EmailChange": {"email": "ada@example.org", "password": PASSWORD},
    "PasswordChange": {"currentPassword": PASSWORD, "newPassword": "Battery-staple-2"},
    "AccountDeletion": {"password": PASSWORD, "confirmation": "delete my account"},
    "NewToken": {"name": "Backup script", "scope": "read", "expiresAt": "2099-12-31"},
    "NewProject": {"name": "Website", "key": "WEB", "color": "#2563EB"},
    "ProjectPatch": {"description": "Everything that visitors see"},
    "NewMember": {"username": "bo", "role": "member"},
    "MemberPatch": {"role": "admin"},
    "NewColumn": {"name": "In review", "wipLimit": 3, "order": 2},
    "ColumnPatch": {"wipLimit": 5},
    "ColumnOrder": {"columnIds": [COLUMN, DONE]},
    "NewLabel": {"name": "accessibility", "color": "#9333EA"},
    "LabelPatch": {"name": "a11y"},
    "NewTicket": {
        "title": "Sign-in forgets where I was going",
        "description": "After signing in I land on the front page, **not** on the ticket.",
        "type": "Bug",
        "priority": "High",
        "assigneeId": "me",
        "storyPoints": 3,
        "estimate": "1d 4h",
        "dueDate": "2026-03-31",
    },
    "TicketPatch": {"columnId": DONE, "order": 0, "resolution": "Fixed"},
    "BulkUpdate": {
        "ticketIds": ["PUNT-42", "PUNT-43"],
        "updates": {"priority": "Low", "sprintId": None},
    },
    "BulkDeletion": {"ticketIds": ["PUNT-42", "PUNT-43"]},
    "NewComment": {"content": "I can reproduce this."},
    "CommentPatch": {"content": "I can reproduce this, in every browser."},
    "NewLink": {"targetTicketId": "PUNT-7", "linkType": "blocks"},
    "Upload": {"file": "(a file)"},
    "NewSprint": {"name": "Sprint 1", "goal": "Sign-in works everywhere"},
    "SprintPatch": {"goal": "Sign-in works everywhere, on phones too"},
    "SprintStart": {"startDate": "2026-03-02", "endDate": "2026-03-16"},
    "SprintCompletion": {"incompleteAction": "moveToBacklog"},
    "SprintExtension": {"newEndDate": "2026-03-20"},
    "SprintSettingsPatch": {"defaultSprintDuration": 1, "doneColumnIds": [DONE]},
}
