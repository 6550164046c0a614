"""An account and agents with one conversation each: `python -m tests.benchmarks.stage FILE USER…`.

The users are the simulator's; into the file go the callback address and, for each, the agent's session and the conversation.
"""

import json
import os
import sys
from pathlib import Path

import django

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()

from django.conf import settings

from channels_app.models import AccountSecret, MessagingAccount, SecretKind
from conversations.models import Conversation, Message, SocialProfile
from tests import builders
from tests.benchmarks.prepare import session_of
from tests.benchmarks.said import CHANNEL_ID, SECRET, TOKEN
from workstreams.models import Agent


def main() -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # nobody logs in, so none need cost time
    target, users = Path(sys.argv[1]), sys.argv[2:]
    account = MessagingAccount.objects.create(name="Bench", channel_type="line", channel_id=CHANNEL_ID, state="active")
    AccountSecret.objects.create(account=account, kind=SecretKind.CHANNEL_SECRET, value=SECRET)
    AccountSecret.objects.create(account=account, kind=SecretKind.ACCESS_TOKEN, value=TOKEN)
    queue = builders.queue("Everyone")
    channel = builders.channel(account=account, workstream=builders.workstream(fallback_queue=queue))
    places = []
    for number, user in enumerate(users):
        agent = builders.agent(f"agent{number}", queues=[queue], units_total=1_000)
        profile = SocialProfile.objects.create(account=account, line_id=user, display_name=f"Customer {number}", follow_state="following")
        Agent.objects.filter(pk=agent.pk).update(units_used=20)
        held = {"state": "active", "agent": agent, "holder": agent, "units_held": 20}
        conversation = builders.conversation(channel, customer=profile, **held)
        Message.objects.bulk_create(_question(conversation, line) for line in range(20))
        places.append({"user": user, "session": session_of(agent.user), "conversation": conversation.public_id})
    target.write_text(json.dumps({"callback": account.callback_url, "places": places}))


def _question(conversation: Conversation, number: int) -> Message:
    return Message(
        conversation=conversation,
        account=conversation.channel.account,
        direction="in",
        text=f"質問があります {number}",
        occurred_at=conversation.created_at,
    )


if __name__ == "__main__":
    main()
