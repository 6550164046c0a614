"""Addresses of the inbox."""

from django.urls import URLPattern, path

from conversations.inbox import (
    actions,
    consult_actions,
    contact_pages,
    customer_actions,
    customer_marks,
    offer_actions,
    quick_reply_pages,
    routing_page,
    timer_actions,
    uploads,
    views,
)

app_name = "inbox"


def _marks(base: str) -> list[URLPattern]:
    """What is done to a contact and to what is marked on it, in a conversation and on its own page alike."""
    return [
        path(f"{base}edit/", customer_actions.edit_contact),
        path(f"{base}tags/add/", customer_marks.add_tag),
        path(f"{base}tags/remove/", customer_marks.remove_tag),
        path(f"{base}notes/add/", customer_marks.add_note),
        path(f"{base}notes/<int:note_id>/", customer_marks.edit_note),
        path(f"{base}notes/<int:note_id>/delete/", customer_marks.delete_note),
    ]


urlpatterns = [
    path("", views.show_inbox, name="inbox"),
    path("list/", views.show_worklist, name="worklist"),
    path("status/", views.show_status, name="status"),
    path("presence/", actions.set_presence, name="presence"),
    path("presence/heartbeat/", actions.heartbeat, name="heartbeat"),
    path("offers/", views.show_offers, name="offers"),
    path("offers/<slug:offer_id>/accept/", offer_actions.accept_offer, name="accept"),
    path("offers/<slug:offer_id>/decline/", offer_actions.decline_offer, name="decline"),
    path("consults/<slug:participant_id>/accept/", consult_actions.accept, name="accept_consult"),
    path("consults/<slug:participant_id>/decline/", consult_actions.decline, name="decline_consult"),
    path("consults/<slug:participant_id>/leave/", consult_actions.leave, name="leave_consult"),
    path("contacts/", contact_pages.show_contacts, name="contacts"),
    path("contacts/new/", contact_pages.add_contact, name="add_contact"),
    path("contacts/<slug:contact_id>/", contact_pages.show_contact, name="contact"),
    path("contacts/<slug:contact_id>/delete/", contact_pages.delete_contact, name="delete_contact"),
    *_marks("contacts/<slug:contact_id>/"),
    path("quick-replies/", quick_reply_pages.show_all, name="quick_replies"),
    path("quick-replies/new/", quick_reply_pages.add, name="quick_reply_new"),
    path("quick-replies/<slug:reply_id>/", quick_reply_pages.edit, name="quick_reply"),
    path("quick-replies/<slug:reply_id>/delete/", quick_reply_pages.delete, name="quick_reply_delete"),
    path("<slug:public_id>/", views.show_conversation, name="conversation"),
    path("<slug:public_id>/thread/", views.show_thread, name="thread"),
    path("<slug:public_id>/head/", views.show_head, name="head"),
    path("<slug:public_id>/foot/", views.show_foot, name="foot"),
    path("<slug:public_id>/routing/", routing_page.show_routing, name="routing"),
    path("<slug:public_id>/customer/", views.show_customer, name="customer"),
    path("<slug:public_id>/customer/new/", customer_actions.new_contact, name="new_contact"),
    path("<slug:public_id>/customer/find/", customer_actions.find_contacts, name="find_contacts"),
    path("<slug:public_id>/customer/link/", customer_actions.link_contact, name="link_contact"),
    path("<slug:public_id>/customer/unlink/", customer_actions.unlink_contact, name="unlink_contact"),
    *_marks("<slug:public_id>/customer/"),
    path("<slug:public_id>/customer/own-name/", customer_actions.set_own_name, name="own_name"),
    path("<slug:public_id>/customer/refresh/", customer_actions.refresh_profile, name="refresh_profile"),
    path("<slug:public_id>/earlier/", views.show_earlier, name="earlier"),
    path("<slug:public_id>/read/", actions.mark_read, name="read"),
    path("<slug:public_id>/writing/", actions.tell_writing, name="writing"),
    path("<slug:public_id>/send/", actions.send_message, name="send"),
    path("<slug:public_id>/note/", actions.add_note, name="note"),
    path("<slug:public_id>/note/<int:message_id>/remove/", actions.remove_note, name="remove_note"),
    path("<slug:public_id>/draft/", views.save_draft, name="draft"),
    path("<slug:public_id>/quick-replies/", quick_reply_pages.show_menu, name="quick_reply_menu"),
    path("<slug:public_id>/stickers/", views.show_stickers, name="stickers"),
    path("<slug:public_id>/upload/", uploads.upload_file, name="upload"),
    path("<slug:public_id>/upload/<slug:file_id>/", uploads.show_upload, name="upload_state"),
    path("<slug:public_id>/upload/<slug:file_id>/discard/", uploads.discard_upload, name="discard_upload"),
    path("<slug:public_id>/attachments/<int:attachment_id>/fetch/", actions.fetch_again, name="fetch_again"),
    path("<slug:public_id>/messages/<int:message_id>/again/", actions.send_again, name="again"),
    path("<slug:public_id>/timers/<slug:rule_id>/", timer_actions.switch_timer, name="timer"),
    path("<slug:public_id>/assign/", actions.assign_to_me, name="assign"),
    path("<slug:public_id>/transfer/", actions.transfer, name="transfer"),
    path("<slug:public_id>/transfer/withdraw/", actions.withdraw_transfer, name="withdraw_transfer"),
    path("<slug:public_id>/consult/", consult_actions.invite, name="consult"),
    path("<slug:public_id>/consult/<slug:participant_id>/end/", consult_actions.end_consult, name="end_consult"),
    path("<slug:public_id>/colleagues/", views.show_colleagues, name="colleagues"),
    path("<slug:public_id>/wait/", actions.wait_for_customer, name="wait"),
    path("<slug:public_id>/end/", actions.end_conversation, name="end"),
    path("<slug:public_id>/reopen/", actions.reopen, name="reopen"),
]
