"""A text as a QR code, drawn as one SVG path: no image library, no file, nothing that a content policy would have to allow."""

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

QUIET_ZONE = 4


def svg(text: str, *, label: str) -> SafeString:
    """Black on white whatever the page's colours are: cameras want it so. `label` is what a screen reader says of it."""
    import qrcode  # only enrolling draws one

    code = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_L, border=0)
    code.add_data(text)
    code.make(fit=True)
    rows: list[list[bool]] = code.get_matrix()
    dots = "".join(_runs(row, y) for y, row in enumerate(rows))
    return format_html(
        '<svg class="bo-qr" role="img" aria-label="{}" viewBox="{} {} {} {}" shape-rendering="crispEdges">'
        '<rect x="{}" y="{}" width="100%" height="100%" fill="#fff"/><path d="{}" fill="#000"/></svg>',
        label,
        *[-QUIET_ZONE, -QUIET_ZONE, len(rows) + 2 * QUIET_ZONE, len(rows) + 2 * QUIET_ZONE, -QUIET_ZONE, -QUIET_ZONE],
        mark_safe(dots),  # noqa: S308 - letters and numbers of our own
    )


def _runs(row: list[bool], y: int) -> str:
    """One horizontal bar for each run of dark modules."""
    bars, x = [], 0
    while x < len(row):
        end = x
        while end < len(row) and row[end]:
            end += 1
        if end > x:
            bars.append(f"M{x} {y}h{end - x}v1h-{end - x}z")
        x = max(end, x + 1)
    return "".join(bars)
