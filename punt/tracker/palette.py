"""The colors that things get when nobody chooses one."""

PALETTE = (
    "#2563EB",
    "#16A34A",
    "#DC2626",
    "#9333EA",
    "#EA580C",
    "#0891B2",
    "#CA8A04",
    "#DB2777",
    "#4F46E5",
    "#65A30D",
)


def color_number(number: int) -> str:
    """The color of the `number`th thing of its kind, over and over."""
    return PALETTE[number % len(PALETTE)]
