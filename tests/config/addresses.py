"""Who may use which address: the table that `test_every_address` holds against the product's URL configuration.

Roles: `-` nobody is signed in, `o` an agent who has nothing to do with it, `a` its agent, `s` a supervisor, `r` an
administrator. The placeholders of a route are filled with things that exist: Alice's conversation, an offer to her, an
account, a colleague.
"""

ANYBODY, SIGNED_IN, AGENTS, NOBODY = "-oasr", "oasr", "oa", ""
OWN_WORK, OWN_OFFER, AUTHOR, SUPERVISORS, ADMINISTRATOR = "asr", "a", "a", "sr", "r"

_ACCOUNT = "admin/channels/accounts/<public_id:public_id>/"
_CHANNEL = "admin/channels/<public_id:public_id>/"
_CONTACT = "inbox/contacts/<slug:contact_id>/"
_CONVERSATION = "inbox/<slug:public_id>/"
_CUSTOMER = _CONVERSATION + "customer/"
_FIELD = "admin/conversations/contactfield/"
_HOURS = "admin/operating-hours/<public_id:public_id>/"
_LOCKED = "admin/axes/accessattempt/"
_PERSON = "admin/people/<public_id:public_id>/"
_QUEUE = "admin/queues/<public_id:public_id>/"
_TAG = "admin/conversations/tag/"
_WORKSTREAM = "admin/workstreams/<public_id:public_id>/"

WHO = {
    # Without signing in. Each of these has its own tests of what it gives to whom.
    "healthz": ANYBODY,
    "login/": ANYBODY,
    "logout/": ANYBODY,
    "preferences/": ANYBODY,
    "live/": ANYBODY,  # answers 501 here, for tests are served by WSGI
    "welcome/<slug:token>/": ANYBODY,
    # What isn't signed by a platform, by us, or by the demo is refused for everybody.
    "webhooks/<slug:channel_type>/<slug:callback_key>/": NOBODY,
    "media/<slug:public_id>/<slug:variant>/<int:until>/<str:signature>/<str:name>": NOBODY,
    "demo/door/<slug:username>/": NOBODY,
    "demo/enter/<str:ticket>/": NOBODY,
    # The inbox
    "": SIGNED_IN,
    "inbox/": SIGNED_IN,
    "inbox/list/": AGENTS,
    "inbox/status/": AGENTS,
    "inbox/presence/": AGENTS,
    "inbox/presence/heartbeat/": SIGNED_IN,
    "inbox/offers/": AGENTS,
    "inbox/offers/<slug:offer_id>/accept/": OWN_OFFER,
    "inbox/offers/<slug:offer_id>/decline/": OWN_OFFER,
    **{f"inbox/consults/<slug:participant_id>/{page}/": OWN_OFFER for page in ("accept", "decline", "leave")},
    _CONVERSATION: OWN_WORK,
    _CONVERSATION + "assign/": OWN_WORK,
    _CONVERSATION + "attachments/<int:attachment_id>/fetch/": OWN_WORK,
    _CONVERSATION + "customer/": OWN_WORK,
    _CONVERSATION + "draft/": OWN_WORK,
    _CONVERSATION + "earlier/": OWN_WORK,
    _CONVERSATION + "end/": OWN_WORK,
    _CONVERSATION + "foot/": OWN_WORK,
    _CONVERSATION + "head/": OWN_WORK,
    _CONVERSATION + "messages/<int:message_id>/again/": OWN_WORK,
    _CONVERSATION + "note/": OWN_WORK,
    _CONVERSATION + "note/<int:message_id>/remove/": AUTHOR,
    _CONVERSATION + "quick-replies/": OWN_WORK,
    _CONVERSATION + "read/": OWN_WORK,
    _CONVERSATION + "timers/<slug:rule_id>/": OWN_WORK,
    _CONVERSATION + "writing/": OWN_WORK,
    _CONVERSATION + "reopen/": OWN_WORK,
    _CONVERSATION + "routing/": OWN_WORK,
    _CONVERSATION + "send/": OWN_WORK,
    _CONVERSATION + "stickers/": OWN_WORK,
    _CONVERSATION + "thread/": OWN_WORK,
    _CONVERSATION + "transfer/": OWN_WORK,
    _CONVERSATION + "transfer/withdraw/": OWN_WORK,
    _CONVERSATION + "colleagues/": OWN_WORK,
    _CONVERSATION + "consult/": OWN_WORK,
    _CONVERSATION + "consult/<slug:participant_id>/end/": OWN_WORK,
    _CONVERSATION + "upload/": OWN_WORK,
    _CONVERSATION + "upload/<slug:file_id>/": AUTHOR,
    _CONVERSATION + "upload/<slug:file_id>/discard/": AUTHOR,
    _CONVERSATION + "wait/": OWN_WORK,
    # Contacts: every agent reads them; who sees a conversation of one changes it
    "inbox/quick-replies/": SIGNED_IN,
    "inbox/quick-replies/new/": SIGNED_IN,
    "inbox/quick-replies/<slug:reply_id>/": AUTHOR,
    "inbox/quick-replies/<slug:reply_id>/delete/": AUTHOR,
    "inbox/contacts/": SIGNED_IN,
    "inbox/contacts/new/": SIGNED_IN,
    _CONTACT: SIGNED_IN,
    _CONTACT + "delete/": SUPERVISORS,
    **{start + page: OWN_WORK for start in (_CONTACT, _CUSTOMER) for page in ("edit/", "notes/add/", "tags/add/", "tags/remove/")},
    **{start + page: AUTHOR for start in (_CONTACT, _CUSTOMER) for page in ("notes/<int:note_id>/", "notes/<int:note_id>/delete/")},
    **{_CUSTOMER + page: OWN_WORK for page in ("find/", "link/", "new/", "own-name/", "refresh/", "unlink/")},
    # The floor
    "supervisor/": SUPERVISORS,
    "supervisor/accounts/<slug:account_id>/": SUPERVISORS,
    "supervisor/agents/<slug:agent_id>/back/": SUPERVISORS,
    "supervisor/<slug:public_id>/assign/": SUPERVISORS,
    "supervisor/<slug:public_id>/force-close/": SUPERVISORS,
    # Administration: Django's own pages
    "admin/": ADMINISTRATOR,
    "admin/login/": ADMINISTRATOR,
    "admin/logout/": "-r",  # strangers are led to the log-in page
    "admin/jsi18n/": ADMINISTRATOR,
    "admin/search/": ADMINISTRATOR,
    "admin/password_change/": ADMINISTRATOR,
    "admin/password_change/done/": ADMINISTRATOR,
    "admin/autocomplete/": NOBODY,
    "admin/r/<path:content_type_id>/<path:object_id>/": NOBODY,
    _LOCKED: ADMINISTRATOR,
    _LOCKED + "add/": NOBODY,
    _LOCKED + "<path:object_id>/": ADMINISTRATOR,
    _LOCKED + "<path:object_id>/change/": ADMINISTRATOR,
    _LOCKED + "<path:object_id>/delete/": ADMINISTRATOR,
    _LOCKED + "<path:object_id>/history/": ADMINISTRATOR,
    **{
        start + page: ADMINISTRATOR
        for start in (_FIELD, _TAG, *(f"admin/workstreams/{model}/" for model in ("skill", "capacityprofile", "custompresence")))
        for page in (
            "",
            "add/",
            "<path:object_id>/",
            "<path:object_id>/change/",
            "<path:object_id>/delete/",
            "<path:object_id>/history/",
        )
    },
    # Administration: queues and when they are open
    "admin/queues/": ADMINISTRATOR,
    "admin/queues/new/": ADMINISTRATOR,
    _QUEUE: ADMINISTRATOR,
    _QUEUE + "copy/": ADMINISTRATOR,
    _QUEUE + "delete/": ADMINISTRATOR,
    "admin/operating-hours/": ADMINISTRATOR,
    "admin/operating-hours/new/": ADMINISTRATOR,
    _HOURS: ADMINISTRATOR,
    _HOURS + "delete/": ADMINISTRATOR,
    # Administration: people
    "admin/people/": ADMINISTRATOR,
    "admin/people/new/": ADMINISTRATOR,
    _PERSON: ADMINISTRATOR,
    _PERSON + "deactivate/": ADMINISTRATOR,
    _PERSON + "link/": ADMINISTRATOR,
    _PERSON + "reactivate/": ADMINISTRATOR,
    # Administration: what the platforms sent
    "admin/journal/": ADMINISTRATOR,
    "admin/journal/again/": ADMINISTRATOR,
    "admin/journal/<int:event_id>/": ADMINISTRATOR,
    # Administration: channels and workstreams
    "admin/channels/": ADMINISTRATOR,
    "admin/channels/accounts/": ADMINISTRATOR,
    "admin/channels/accounts/new/": ADMINISTRATOR,
    **{
        _ACCOUNT + page: ADMINISTRATOR
        for page in (
            "account-details/",
            "callback-information/",
            "callback-information/proof/",
            "channel-details/",
            "check/",
            "choose-workstream/",
            "disable/",
            "done/",
            "enable/",
            "finished/",
            "health/",
            "limit/",
            "remove/",
            "set-up-test/",
            "set-up-test/<slug:item>/",
            "unprocessed-events/",
        )
    },
    **{_CHANNEL + page: ADMINISTRATOR for page in ("auto-close/", "configured/", "edit/<wizard_page:name>/", "remove/", "replay/")},
    "admin/workstreams/": ADMINISTRATOR,
    "admin/workstreams/new/": ADMINISTRATOR,
    "admin/workstreams/work-distribution/": ADMINISTRATOR,
    **{
        _WORKSTREAM + page: ADMINISTRATOR
        for page in (
            "",
            "context-variables/",
            "context-variables/<slug:name>/delete/",
            "copy/",
            "delete/",
            "edit/",
            "routing-rules/",
            "routing-rules/decisions/",
            "routing-rules/decisions/<int:decision_id>/",
            "routing-rules/try/",
            "routing-rules/versions/",
            "set-up/",
            "time-out-rules/",
            "time-out-rules/new/",
            "time-out-rules/<public_id:rule_id>/",
            "time-out-rules/<public_id:rule_id>/delete/",
            "set-up/<wizard_page:name>/",
            "set-up/discard/",
            "work-distribution/",
        )
    },
}

# What may be looked at but not sent.
ONLY_LOOKING = {_LOCKED + "<path:object_id>/change/"}
