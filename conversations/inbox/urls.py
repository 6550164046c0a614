"""Addresses of the inbox."""

from django.urls import path

from conversations.inbox import actions, offer_actions, views

app_name = "inbox"
urlpatterns = [
    path("", views.show_inbox, name="inbox"),
    path("list/", views.show_worklist, name="worklist"),
    path("status/", views.show_status, name="status"),
    path("presence/", actions.set_presence, name="presence"),
    path("presence/heartbeat/", actions.heartbeat, name="heartbeat"),
    path("offers/", views.show_offers, name="offers"),
    path("offers/<slug:offer_id>/accept/", offer_actions.accept_offer, name="accept"),
    path("offers/<slug:offer_id>/decline/", offer_actions.decline_offer, name="decline"),
    path("<slug:public_id>/", views.show_conversation, name="conversation"),
    path("<slug:public_id>/thread/", views.show_thread, name="thread"),
    path("<slug:public_id>/head/", views.show_head, name="head"),
    path("<slug:public_id>/foot/", views.show_foot, name="foot"),
    path("<slug:public_id>/customer/", views.show_customer, name="customer"),
    path("<slug:public_id>/earlier/", views.show_earlier, name="earlier"),
    path("<slug:public_id>/read/", actions.mark_read, name="read"),
    path("<slug:public_id>/send/", actions.send_message, name="send"),
    path("<slug:public_id>/messages/<int:message_id>/again/", actions.send_again, name="again"),
    path("<slug:public_id>/assign/", actions.assign_to_me, name="assign"),
    path("<slug:public_id>/transfer/", actions.transfer, name="transfer"),
    path("<slug:public_id>/wait/", actions.wait_for_customer, name="wait"),
    path("<slug:public_id>/end/", actions.end_conversation, name="end"),
    path("<slug:public_id>/reopen/", actions.reopen, name="reopen"),
]
