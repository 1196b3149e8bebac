"""What made-up tickets say: words that many of them have, and one that hardly any other has."""

from random import Random

DESCRIPTION_LENGTH = 300

# Each stands in about a third of the tickets.
_THINGS = """
    account alert avatar backup badge billing board browser button calendar checkout comment
    contract cookie dashboard dialog download editor email export filter footer graph header
    import invoice keyboard label language layout link login mailbox menu message mobile
    notification order page password payment permission picture printer profile queue receipt
    report reminder scanner schedule search session settings shipment sidebar signature spinner
    statistics stock table template theme timeline timezone toolbar tooltip translation upload
    validation warehouse webhook widget worker
"""
_FILLERS = """
    again also always because before behind could every expected first found instead later
    nothing often only reported second several should since sometimes steps their under until
    visible without would wrong
"""
THINGS = _THINGS.split()
WORDS = THINGS + _FILLERS.split()
VERBS = ("Add", "Change", "Check", "Drop", "Fix", "Improve", "Keep", "Limit", "Log", "Move")
CIRCUMSTANCES = (
    "after the upgrade",
    "for new customers",
    "on a slow connection",
    "when nobody is signed in",
    "when the list is empty",
    "with more than one language",
)


def title(dice: Random) -> str:
    """Such as "Fix the login of the warehouse after the upgrade"."""
    first, second = dice.choices(THINGS, k=2)
    return f"{dice.choice(VERBS)} the {first} of the {second} {dice.choice(CIRCUMSTANCES)}"


def description(dice: Random, trace: str) -> str:
    """Always of the same length, with a trace number such as a log would have."""
    return f"Seen in trace {trace}: {' '.join(dice.choices(WORDS, k=80))}"[:DESCRIPTION_LENGTH]


def trace(number: int) -> str:
    """The rare word of the ticket with this number, which two others share."""
    # Multiplied by an odd number, no two come out the same.
    return f"{number // 3 * 0x9E3779B1 & 0xFFFFFFFF:08x}"
