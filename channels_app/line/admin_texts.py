"""What the wizards say about LINE: where its console shows each value, and what each refusal means.

Translations put the console's own English label in brackets behind their word: that is what most administrators see there.
"""

from django.utils.translation import gettext_lazy as _

from channels_app.texts import ChannelTexts

TEXTS = ChannelTexts(
    label="LINE",
    set_up=_("Set up LINE"),
    available_accounts=_("Available LINE accounts"),
    configured=_("The LINE channel instance is configured."),
    account_page=_("LINE"),
    channel_id_help=_(
        "The ID of the LINE application. In the LINE Developers portal: Provider › Channel (make sure it is a Messaging API channel)"
        " › Basic settings › Channel ID."
    ),
    channel_secret_help=_(
        "The application secret. In the LINE Developers portal: Provider › Channel (make sure it is a Messaging API channel)"
        " › Basic settings › Channel secret."
    ),
    access_token_help=_(
        "The token of the application. In the LINE Developers portal: Provider › Channel (make sure it is a Messaging API channel)"
        " › Messaging API › Channel access token (long-lived)."
    ),
    token_problems={
        "unreachable": _("LINE could not be reached. The details are saved as a draft: check again when the connection is back."),
        "unreachable_later": _("LINE could not be reached. The details are saved: check again when the connection is back."),
        "token_invalid": _("LINE doesn't know this token. Copy it again, or issue a new one, and paste the whole of it."),
        "token_of_another_channel": _("This token belongs to another channel, or to one that is not a Messaging API channel"),
        "refused": _("LINE refuses this token for the Messaging API."),
    },
    callback_steps=[
        _("Open the LINE Developers portal: Provider › Channel › Messaging API."),
        _("Paste the callback URL into Webhook URL and save it with Update."),
        _("Switch on Use webhook, then Webhook redelivery."),
        _("Press Verify: LINE makes a signed call, and the line below turns to “proved”."),
        _(
            "In LINE Official Account Manager › Settings › Response settings, switch off Greeting message"
            " and Auto-response messages, so that customers aren't answered twice."
        ),
    ],
    set_and_test=_("Set it at LINE and test"),
    setup_items={
        "token": (_("LINE knows the token"), _("Save a valid channel access token under Account details.")),
        "address": (_("The callback URL is a public HTTPS address"), _("Set PUBLIC_BASE_URL to the public HTTPS address.")),
        "played_here": (_("The callback URL is on this machine, which plays LINE"), ""),
        "webhook": (
            _("LINE sends webhooks to the callback URL"),
            _("Press the button, or paste the callback URL into Webhook URL in the LINE Developers portal."),
        ),
        "active": (_("Use webhook is on"), _("Switch on Use webhook: LINE Developers portal › Provider › Channel › Messaging API.")),
        "test": (
            _("LINE's test call was answered"),
            _("See that the address leads here from outside, with a certificate of a public authority, and answers within two seconds."),
        ),
        "signed": (
            _("A call signed with the channel secret came here"),
            _("Save this channel's secret under Account details; see that no other server answers at this address."),
        ),
        "chat": (_("Chat mode is known"), _("Press the button.")),
        "redelivery": (
            _("Webhook redelivery is on"),
            _("Switch on Webhook redelivery: LINE Developers portal › Provider › Channel › Messaging API. LINE then repeats what failed."),
        ),
        "auto_response": (
            _("Greeting message and auto-response are off"),
            _("Switch both off: LINE Official Account Manager › Settings › Response settings. Otherwise customers are answered twice."),
        ),
    },
    chat_modes={
        "bot": _("Chat is off: everything is answered here."),
        "chat": _("Chat is on: what colleagues answer in LINE Official Account Manager never shows here."),
    },
    secret_proof=_("Channel secret: proved by LINE's first signed call"),
    address_problems={
        "not_https": _("LINE calls HTTPS addresses only, and this one is plain HTTP. Set PUBLIC_BASE_URL to the public HTTPS address."),
        "not_public": _(
            "LINE can't reach this address from the internet. Set PUBLIC_BASE_URL to the public HTTPS address of this installation,"
            " for example that of a tunnel or a reverse proxy."
        ),
    },
    played_here=_(
        "This machine plays LINE (LINE_API_BASE), so it reaches this address. The real LINE needs a public HTTPS address:"
        " set PUBLIC_BASE_URL then."
    ),
    good_to_know=[
        _("What is answered in LINE Official Account Manager's own chat never shows here: LINE tells other systems nothing about it."),
        _("LINE's message plan is the only cost of the channel. Answers with a fresh reply token are free; the others are counted."),
        _("LINE says neither that a message was delivered nor that it was read, and lets nobody send a file as a message."),
    ],
    privacy_sharing=_(
        "With this account switched on, what customers and agents write, the names and pictures of customers, and the times of their"
        " messages are exchanged with LINE. They leave the compliance and geographic boundary of your organisation, also when it"
        " runs in a government cloud, and LINE's own terms apply to them."
    ),
    privacy_link="https://developers.line.biz/en/docs/messaging-api/development-guidelines/",
    handle=_("LINE handle"),
    handle_help=_("The LINE Official Account under which customers find you."),
    handle_link="https://developers.line.biz/en/docs/messaging-api/getting-started/",
    platform_channel=_("Messaging API channel"),
    platform_channel_help=_("A channel of the type Messaging API in the LINE Developers portal. It gives you ID, secret and token."),
    platform_channel_link="https://developers.line.biz/en/docs/messaging-api/getting-started/",
    read_marks_note=_(
        "Only while Chat is on in the response settings of LINE Official Account Manager; with Chat off, LINE marks"
        " everything as read itself."
    ),
    typing_note=_("LINE's loading animation, in chats with one customer, until the answer comes or twenty seconds are over."),
    text_limit_note=_("At most 5,000 characters as LINE counts them: an emoji counts as two or more."),
)
