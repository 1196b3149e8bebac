"""What the demo tells: how three people build a booking system for a sailing club."""

PEOPLE = {
    "mira": ("demo-mira", "Mira Okafor", "owner"),
    "tom": ("demo-tom", "Tom Lindqvist", "admin"),
    "ines": ("demo-ines", "Inês Duarte", "member"),
}

NAME = "Regatta"
DESCRIPTION = (
    "Boats, races and bills of a sailing club, on the phone in everybody's pocket.\n\n"
    "*This is a sample project. Delete it when you have seen enough.*"
)

# A label for each epic; what carries it first belongs to that epic.
EPICS = {
    "booking": "Book a boat without calling the office",
    "races": "Race day on a phone",
    "money": "Bills that are right the first time",
    "running": "Keep it running",
}
LABELS = ("booking", "races", "money", "running", "mobile", "design", "customer")

GOALS = (
    "A member can book a boat and finds it at the jetty.",
    "The race committee leaves its paper at home.",
    "The treasurer sends the first bills.",
)

# The sprint (0 is the backlog), type, priority, story points, who, labels, title. A sprint's
# tickets are worked on in this order; `>` goes on with the ticket above, as its subtask.
TICKETS = """
1 | Story | Highest | 5 | mira | booking | Book a boat for a day
1 | Subtask | Medium |  | mira | booking | > Show the tide beside the calendar
1 | Task | High | 3 | tom | running | Set up the staging server
1 | Story | High | 3 | ines | booking design | Choose a boat by its picture
1 | Bug | Critical | 2 | tom | booking | Two people can book the same boat
1 | Task | Medium | 2 | tom | running | Nightly backups, restored once to prove them
1 | Story | Medium | 5 | mira | booking mobile | Cancel a booking until the evening before
1 | Task | Low | 1 | ines | booking design | Agree on names for the boats' states
1 | Story | High | 3 | mira | booking | Remind members of tomorrow's booking
1 | Bug | High | 2 | ines | booking mobile | The calendar begins on Sunday
1 | Story | Medium | 3 | tom | races | Import the fleet list of last season
1 | Task | Medium | 2 | mira | running | Write down who is called when it is down
1 | Story | Medium | 8 | tom | booking | Block boats that are being repaired
2 | Story | Highest | 8 | mira | races mobile | Record finish times at the line
2 | Subtask | Medium |  | mira | races mobile | > Keep times when there is no network
2 | Bug | Critical | 3 | tom | running | Sign-in fails after the summer time change
2 | Story | High | 5 | ines | races | Handicap results by the Yardstick table
2 | Story | Medium | 3 | ines | races design | Print results for the notice board
2 | Task | Medium | 2 | tom | running | Delete bookings older than three years
2 | Bug | High | 1 | mira | races | Boats that retire count as first
2 | Story | High | 5 | tom | races customer | Let crews sign up for a race
2 | Subtask | Low |  | ines | races | > Ask for the sail number
2 | Task | Low | 1 | ines | races design | Colors for the five flags
2 | Story | Medium | 3 | mira | booking customer | Swap a booking with somebody
2 | Bug | Medium | 2 | ines | booking mobile | The picture of a boat is sideways
2 | Story | Medium | 5 | mira | races | Protest within an hour after the finish
2 | Task | Medium | 3 | tom | running | Alarm when the queue of mails grows
3 | Story | Highest | 8 | tom | money | Bill bookings at the end of the month
3 | Subtask | Medium |  | tom | money | > Number bills without gaps
3 | Story | High | 5 | ines | money customer | Members see what they will be billed
3 | Bug | Critical | 2 | mira | races | Results are lost when two people save at once
3 | Story | High | 3 | mira | money | Half price for crews under 18
3 | Task | Medium | 2 | ines | money design | A bill that fits a window envelope
3 | Bug | High | 1 | ines | money | Prices are shown with three decimals
3 | Story | Medium | 5 | tom | money | Export for the accountant
3 | Story | Medium | 3 | mira | money customer | Pay by bank transfer with a reference
3 | Task | High | 3 | tom | running | Rehearse moving to the new server
3 | Bug | Medium | 2 | ines | booking mobile | The back button empties the form
3 | Story | Medium | 5 | ines | money | Remind who has not paid after 14 days
3 | Task | Low | 1 | mira | money | Ask the treasurer about VAT
0 | Story | High | 8 | | races mobile | Follow the boats on a map
0 | Story | Medium | 5 | | booking customer | Book a boat every Tuesday
0 | Story | Medium | 3 | | booking | Waiting list for a boat that is taken
0 | Bug | Low | 1 | | races | A race without boats cannot be deleted
0 | Story | Low | 3 | | races design | Results of past seasons
0 | Task | Medium | 2 | | running | Answer within a second on the slow phone
0 | Story | Medium | 5 | | money | Gift vouchers
0 | Bug | Medium | 2 | | booking | A booking of 30 February is accepted
0 | Story | Lowest | 2 | | booking mobile | Dark colors for night watches
0 | Task | Low | 1 | | running | Retire the old mailing list
0 | Story | Medium | 8 | | booking customer | Let the partner club book our boats
0 | Story | Low | 3 | | races | Weather on the race page
0 | Bug | Lowest | 1 | | money | Umlauts in names are missing on bills
0 | Task | Medium | 3 | | running | Try the restore on a laptop
0 | Story | High | 5 | | money customer | Season tickets
0 | Story | Medium | 3 | | booking | Report damage with a photo
"""

# These are not done in their sprint, but in the next one.
LATE = (
    "Block boats that are being repaired",
    "Protest within an hour after the finish",
    "Alarm when the queue of mails grows",
)

COMMENTS = {
    "Book a boat for a day": (
        ("tom", "Should it be possible to book for somebody else?"),
        ("mira", "Not now. The office does it for those who call, with its own account."),
    ),
    "Two people can book the same boat": (
        ("tom", "Both looked at the page before either saved. The check must be where we save."),
        ("ines", "I could do it with two phones side by side. With the fix I no longer can."),
    ),
    "Nightly backups, restored once to prove them": (
        ("tom", "Restored last night's on my laptop: 4 minutes, nothing missing."),
    ),
    "The calendar begins on Sunday": (
        ("ines", "Only where the phone is set to English. We should not ask the phone."),
    ),
    "Block boats that are being repaired": (
        ("tom", "Bigger than it looked: what becomes of the bookings that are there already?"),
        ("mira", "Ask those members to choose another boat. Let us finish it in the next sprint."),
    ),
    "Record finish times at the line": (
        ("mira", "Tried it at the jetty. With gloves the button must be twice as large."),
        ("ines", "Done, and it now takes the whole width."),
    ),
    "Sign-in fails after the summer time change": (
        ("tom", "We compared local time with UTC. Every moment is UTC now, until it is shown."),
    ),
    "Handicap results by the Yardstick table": (
        ("ines", "The table of 2023 has a misprint for the Dyas; the committee has confirmed it."),
    ),
    "Let crews sign up for a race": (
        ("mira", "The committee wants to close the list by hand, not by the clock."),
    ),
    "Bill bookings at the end of the month": (
        ("mira", "What if the month ends during a race weekend?"),
        ("tom", "The booking belongs to the month in which it begins."),
    ),
    "Results are lost when two people save at once": (
        ("mira", "Same cause as with the bookings: the second one must be told, not believed."),
    ),
    "Ask the treasurer about VAT": (("mira", "She will know after the meeting on Thursday."),),
    "Rehearse moving to the new server": (
        ("tom", "First try: 25 minutes, 20 of them waiting for DNS. I lower the TTL beforehand."),
    ),
    "Follow the boats on a map": (("ines", "Three members have asked for it at the bar."),),
    "Season tickets": (("mira", "Needs a decision of the general meeting first."),),
}

LINKS = (
    ("Number bills without gaps", "blocks", "Export for the accountant"),
    ("Two people can book the same boat", "relates_to", "Waiting list for a boat that is taken"),
    ("Results are lost when two people save at once", "relates_to",
     "Record finish times at the line"),
    ("Half price for crews under 18", "blocks", "Members see what they will be billed"),
    ("Dark colors for night watches", "duplicates", "Colors for the five flags"),
)  # fmt: skip
