"""How Unfold dresses the admin site: the site map, the accent that the inbox has too, and the product's own style sheet."""

import re
from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext_lazy as _

# The accent of `static/css/tokens.css` (600 on light, 400 on dark) and its neighbours.
INDIGO = {
    "50": "#f2f4ff",
    "100": "#e5e9ff",
    "200": "#d0d7ff",
    "300": "#b0bbff",
    "400": "#8c9dff",
    "500": "#6b7df0",
    "600": "#3d52d5",
    "700": "#3143b0",
    "800": "#27368c",
    "900": "#202c6e",
    "950": "#141b45",
}


def _item(title: Any, icon: str, url_name: str, pages: str) -> dict[str, Any]:
    """An entry of the site map; it is marked while the path below `/admin/` matches `pages`."""
    shown = re.compile(pages)

    def active(request: HttpRequest) -> bool:
        return bool(shown.match(request.path.removeprefix(reverse("admin:index"))))

    return {"title": title, "icon": icon, "link": reverse_lazy(f"admin:{url_name}"), "active": active}


UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Trunkline",
    "SITE_HEADER": "Trunkline",
    "SITE_SUBHEADER": _("Administration"),
    "SITE_ICON": lambda request: static("images/mark.svg"),
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("images/mark.svg")}],
    "SITE_URL": "/",
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_LANGUAGES": True,
    "LANGUAGES": {"action": reverse_lazy("preferences")},
    "COLORS": {"primary": INDIGO},
    "STYLES": [lambda request: static("admin_console/console.css"), lambda request: static("css/health.css")],
    "SCRIPTS": [lambda request: static("admin_console/console.js")],
    "ACCOUNT": {
        "navigation": [
            {"title": _("Supervisor view"), "link": reverse_lazy("supervisor:floor")},
            {"title": _("Change password"), "link": reverse_lazy("admin:password_change")},
        ]
    },
    "SIDEBAR": {
        "show_search": False,
        "show_all_applications": False,
        "navigation": [
            {"items": [_item(_("Set-up checklist"), "checklist", "index", r"$")]},
            {
                "title": _("Customer support"),
                "separator": True,
                "items": [
                    _item(_("Channels"), "forum", "channels", r"channels/"),
                    _item(_("Journal"), "receipt_long", "journal", r"journal/"),
                    _item(
                        _("Workstreams"),
                        "account_tree",
                        "workstreams",
                        r"workstreams/(?!(skill|capacityprofile|custompresence|work-distribution)/)",
                    ),
                    _item(_("Queues"), "inbox", "queues", r"queues/"),
                    _item(_("Operating hours"), "schedule", "operating_hours", r"operating-hours/"),
                    _item(_("Work distribution"), "tune", "distribution_settings", r"workstreams/work-distribution/"),
                ],
            },
            {
                "title": _("Staff"),
                "separator": True,
                "items": [
                    _item(_("People"), "group", "people", r"people/"),
                    _item(_("Skills"), "school", "workstreams_skill_changelist", r"workstreams/skill/"),
                    _item(
                        _("Capacity profiles"),
                        "battery_charging_full",
                        "workstreams_capacityprofile_changelist",
                        r"workstreams/capacityprofile/",
                    ),
                    _item(_("Presences"), "trip_origin", "workstreams_custompresence_changelist", r"workstreams/custompresence/"),
                    _item(_("Failed log-ins"), "lock_person", "axes_accessattempt_changelist", r"axes/"),
                ],
            },
            {
                "title": _("Customers"),
                "separator": True,
                "items": [
                    _item(_("Contact fields"), "contact_page", "conversations_contactfield_changelist", r"conversations/contactfield/"),
                    _item(_("Tags"), "label", "conversations_tag_changelist", r"conversations/tag/"),
                    {"title": _("Quick replies"), "icon": "bolt", "link": reverse_lazy("inbox:quick_replies")},
                ],
            },
        ],
    },
}
