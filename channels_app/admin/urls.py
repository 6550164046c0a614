"""The addresses of the channel pages below `/admin/`. Names are in the namespace `admin`."""

from django.contrib.admin import AdminSite
from django.urls import URLPattern, path, register_converter
from django.urls.converters import SlugConverter

import workstreams.admin.converters  # noqa: F401 - the converter of <public_id:…>

from . import (
    account_pages,
    account_wizard,
    auto_close_pages,
    channel_pages,
    channel_setup_wizard,
    event_pages,
    health_pages,
    workstream_end_pages,
    workstream_pages,
)


class WizardPageConverter(SlugConverter):
    regex = "|".join(channel_setup_wizard.PAGES)


register_converter(WizardPageConverter, "wizard_page")


def admin_urls(site: AdminSite) -> list[URLPattern]:
    """All of them behind the site's gate."""
    guard = site.admin_view
    one = "channels/accounts/<public_id:public_id>"
    return [
        path("channels/", guard(account_pages.channels), name="channels"),
        path("channels/accounts/", guard(account_pages.account_list), name="accounts"),
        path("channels/accounts/new/", guard(account_wizard.new_account), name="account_new"),
        path(f"{one}/channel-details/", guard(account_wizard.channel_details), name="account_channel_details"),
        path(f"{one}/account-details/", guard(account_wizard.account_details), name="account_details"),
        path(f"{one}/check/", guard(account_wizard.check), name="account_check"),
        path(f"{one}/callback-information/", guard(account_wizard.callback), name="account_callback"),
        path(f"{one}/callback-information/proof/", guard(account_wizard.secret_proof), name="account_secret_proof"),
        path(f"{one}/done/", guard(account_wizard.done), name="account_done"),
        path(f"{one}/finished/", guard(account_pages.finished), name="account_finished"),
        path(f"{one}/choose-workstream/", guard(account_pages.choose_workstream), name="account_choose_workstream"),
        path(f"{one}/disable/", guard(account_pages.change_state), {"change": "disable"}, name="account_disable"),
        path(f"{one}/enable/", guard(account_pages.change_state), {"change": "enable"}, name="account_enable"),
        path(f"{one}/remove/", guard(account_pages.change_state), {"change": "remove"}, name="account_remove"),
        path(f"{one}/unprocessed-events/", guard(event_pages.unprocessed), name="account_unprocessed"),
        path(f"{one}/set-up-test/", guard(account_wizard.test_setup), name="account_setup_test"),
        path(f"{one}/set-up-test/<slug:item>/", guard(account_wizard.confirm_setup), name="account_setup_confirm"),
        path(f"{one}/health/", guard(health_pages.account_health), name="account_health"),
        path(f"{one}/limit/", guard(health_pages.account_limit), name="account_limit"),
        *_workstream_urls(site),
    ]


def _workstream_urls(site: AdminSite) -> list[URLPattern]:
    guard = site.admin_view
    workstream, channel = "workstreams/<public_id:public_id>", "channels/<public_id:public_id>"
    return [
        path("workstreams/", guard(workstream_pages.workstream_list), name="workstreams"),
        path("workstreams/new/", guard(workstream_pages.new_workstream), name="workstream_new"),
        path(f"{workstream}/", guard(workstream_pages.workstream_page), name="workstream_page"),
        path(f"{workstream}/copy/", guard(workstream_end_pages.copy), name="workstream_copy"),
        path(f"{workstream}/delete/", guard(workstream_end_pages.delete), name="workstream_delete"),
        path(f"{workstream}/set-up/", guard(channel_setup_wizard.start), name="channel_setup"),
        path(f"{workstream}/set-up/discard/", guard(channel_setup_wizard.discard), name="channel_setup_discard"),
        path(f"{workstream}/set-up/<wizard_page:name>/", guard(channel_setup_wizard.page), name="channel_setup_page"),
        path(f"{channel}/configured/", guard(channel_setup_wizard.configured), name="channel_configured"),
        path(f"{channel}/replay/", guard(channel_setup_wizard.replay_events), name="channel_replay"),
        path(f"{channel}/edit/<wizard_page:name>/", guard(channel_pages.edit), name="channel_edit"),
        path(f"{channel}/auto-close/", guard(auto_close_pages.edit), name="channel_auto_close"),
        path(f"{channel}/remove/", guard(channel_pages.remove), name="channel_remove"),
    ]
