"""How the back office looks: Unfold's settings. Colours are a petrol green on cool greys, quiet enough for a whole day."""

from typing import Any

from django.templatetags.static import static

_PETROL = {
    "50": "oklch(97.8% .012 200)",
    "100": "oklch(94.5% .027 200)",
    "200": "oklch(89% .05 200)",
    "300": "oklch(81% .078 200)",
    "400": "oklch(72% .098 200)",
    "500": "oklch(60% .095 202)",
    "600": "oklch(48.5% .082 205)",
    "700": "oklch(42% .07 207)",
    "800": "oklch(36% .057 209)",
    "900": "oklch(31% .046 211)",
    "950": "oklch(22% .034 213)",
}
_GREY = {
    "50": "oklch(98.4% .002 230)",
    "100": "oklch(96.4% .004 230)",
    "200": "oklch(92.4% .006 230)",
    "300": "oklch(86.6% .009 230)",
    "400": "oklch(70.5% .014 230)",
    "500": "oklch(54.5% .017 230)",
    "600": "oklch(44% .018 230)",
    "700": "oklch(36.5% .018 230)",
    "800": "oklch(27% .016 230)",
    "900": "oklch(20.5% .014 230)",
    "950": "oklch(14.5% .011 230)",
}


def appearance(*, school: str, environment: str) -> dict[str, Any]:
    """The UNFOLD setting."""
    return {
        "SITE_TITLE": "Bursar",
        "SITE_HEADER": "Bursar",
        "SITE_SUBHEADER": school,
        "SITE_SYMBOL": "account_balance",
        "SITE_URL": None,
        "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("back_office/icon.svg")}],
        "SHOW_HISTORY": False,
        "SHOW_VIEW_ON_SITE": False,
        "ENVIRONMENT": None if environment == "production" else "config.navigation.environment",
        "STYLES": [
            lambda request: static("back_office/back_office.css"),
            lambda request: static("back_office/acting.css"),
            lambda request: static("back_office/overview.css"),
        ],
        "BORDER_RADIUS": "6px",
        "COLORS": {"base": _GREY, "primary": _PETROL},
        "SIDEBAR": {"navigation": "config.navigation.navigation"},
    }
