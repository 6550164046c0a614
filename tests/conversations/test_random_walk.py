"""Whatever happens in whatever order, the invariants of work hold after each step. The walks are seeded: each failure comes again."""

import random
from collections import Counter
from datetime import timedelta

import pytest
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from conversations import arrival, assignment, auto_close, consults, departure, dispatch, lifecycle, offers, timeouts, timers, transfers
from conversations.models import Conversation, Offer, Participant
from tests import builders
from workstreams import presence, staffing
from workstreams.distribution import capacity
from workstreams.models import Agent, Membership, Presence, TimeoutRule, Workstream
from workstreams.models.settings import DistributionSettings

pytestmark = pytest.mark.django_db
STEPS = 120
REFUSALS = (lifecycle.NotAllowedNow, offers.OfferGone, consults.ConsultGone)


class Floor:
    """Three agents of two conversations at most, two queues, six customers, one supervisor; and everything that they may do."""

    def __init__(self, channel, seed):
        self.choose = random.Random(seed)
        self.channel = channel
        self.queues = [channel.workstream.fallback_queue, builders.queue("Returns")]
        self.agents = [builders.agent(name, queues=self.queues, units_total=40) for name in ("alice", "bob", "dana")]
        self.customers = [builders.profile(channel.account, f"Customer {number}") for number in range(6)]
        self.sue = builders.person("sue", role="supervisor")
        self.root = builders.person("root", role="administrator")
        self.done = Counter()
        Workstream.objects.update(wrap_up_block=["none", "custom", "always"][seed % 3])
        self.rules = [
            TimeoutRule.objects.create(workstream=channel.workstream, name=action, trigger=trigger, minutes=minutes, action=action)
            for trigger, minutes, action in (
                ("customer_silent", 30, "wait"),
                ("agent_silent", 30, "release"),
                ("customer_silent", 24 * 60, "close"),
            )
        ]

    def step(self):
        acts = (
            [self.customer_writes] * 5
            + [self.distribute] * 5
            + [self.accept] * 4
            + [self.decline, self.time_out, self.pick, self.assign, self.force_close]
            + [self.wait, self.reopen, self.end, self.transfer] * 2
            + [self.hand_over] * 4
            + [self.withdraw, self.consult, self.consult, self.answer_consult, self.end_consult]
            + [self.answer, self.silence, self.run_timeouts, self.close_silent, self.switch_timer]
            + [self.choose_presence, self.leave, self.change_queues, self.sweep, self.deactivate, self.reactivate]
            + [self.come_back] * 4
        )
        act = self.choose.choice(acts)
        try:
            act()
            self.done[act.__name__] += 1
        except REFUSALS:
            self.done["refused"] += 1

    # --- What happens ---

    def customer_writes(self):
        with transaction.atomic():
            arrival.customer_wrote(channel=self.channel, profile=self.choose.choice(self.customers), at=timezone.now())

    def distribute(self):
        before = self.units()
        dispatch.run()
        for agent in Agent.objects.all():
            grown = agent.units_used > before[agent.pk]
            assert not grown or agent.units_used <= agent.units_total, f"{agent} was given more than fits"
        self.nobody_waits_beside_room()

    def accept(self):
        offer = self.any_offer()
        offers.accept_offer(offer_id=offer.pk, actor=offer.agent.user)

    def decline(self):
        offer = self.any_offer()
        offers.decline_offer(offer_id=offer.pk, actor=offer.agent.user)

    def time_out(self):
        offer = self.any_offer()
        Offer.objects.filter(pk=offer.pk).update(deadline=timezone.now() - timedelta(seconds=1))
        offers.expire_offers()

    def pick(self):
        assignment.pick_conversation(conversation_id=self.any_conversation().pk, actor=self.any_agent().user)

    def assign(self):
        assignment.assign_conversation(conversation_id=self.any_conversation().pk, agent_id=self.any_agent().pk, actor=self.sue)

    def force_close(self):
        lifecycle.force_close(conversation_id=self.any_conversation().pk, actor=self.sue)

    def wait(self):
        lifecycle.wait_for_customer(**self.own("active"))

    def reopen(self):
        lifecycle.reopen_waiting(**self.own("waiting"))

    def end(self):
        lifecycle.end_conversation(**self.own("active"))

    def hand_over(self):
        """To somebody who has room, and comes back to be asked."""
        own = self.own("active")
        roomy = Agent.objects.filter(left_at=None, units_used__lte=F("units_total") - 20).exclude(user=own["actor"]).order_by("pk")
        colleague = self.one_of(roomy)
        presence.set_presence(colleague, "available")
        transfers.transfer_to_agent(**own, agent_id=colleague.pk)

    def withdraw(self):
        transfers.withdraw_transfer(**self.own("active"))

    def consult(self):
        consults.invite(**self.own("active"), agent_id=self.any_agent().pk)

    def answer_consult(self):
        found = self.one_of(Participant.objects.select_related("agent__user").order_by("pk"))
        self.choose.choice([consults.accept, consults.decline, consults.leave])(participant_id=found.pk, actor=found.agent.user)

    def end_consult(self):
        consults.end_consult(participant_id=self.one_of(Participant.objects.order_by("pk")).pk, actor=self.sue)

    def transfer(self):
        transfers.transfer_to_queue(**self.own("active"), queue_id=self.choose.choice(self.queues).pk)

    def choose_presence(self):
        presence.set_presence(self.any_agent(), self.choose.choice(["available", "available", "busy", "do_not_disturb", "offline"]))

    def leave(self):
        Presence.objects.filter(agent=self.any_agent()).update(seen_at=timezone.now() - timedelta(seconds=90))

    def come_back(self):
        presence.heartbeat(self.any_agent())
        presence.sign_in(self.any_agent())
        Membership.objects.get_or_create(agent=self.any_agent(), queue=self.choose.choice(self.queues))

    def change_queues(self):
        agent, queue = self.any_agent(), self.choose.choice(self.queues)
        if not Membership.objects.filter(agent=agent, queue=queue).delete()[0]:
            Membership.objects.create(agent=agent, queue=queue)

    def deactivate(self):
        if Agent.objects.filter(left_at=None).count() > 1:
            departure.deactivate_person(actor=self.root, person=self.any_agent().user)

    def reactivate(self):
        staffing.reactivate(actor=self.root, person=self.any_agent().user)

    def sweep(self):
        presence.sweep()
        offers.expire_offers()
        consults.expire_consults()
        lifecycle.close_finished_wrap_ups()

    def answer(self):
        found = self.any_conversation()
        spoke = self.choose.choice(["last_agent_message_at", "last_customer_message_at"])
        Conversation.objects.filter(pk=found.pk).update(**{spoke: timezone.now()})

    def silence(self):
        """Nothing has happened in a conversation for an hour, or for forty days."""
        found, past = self.any_conversation(), timezone.now() - self.choose.choice([timedelta(hours=1), timedelta(days=40)])
        spoke = self.choose.choice(["last_agent_message_at", "last_customer_message_at"])
        clocks = {"state_changed_at": past, "last_interaction_at": past, "last_customer_message_at": past - timedelta(minutes=1)}
        Conversation.objects.filter(pk=found.pk).update(**(clocks | {"assigned_at": past, spoke: past}))

    def run_timeouts(self):
        self.done["ran"] += timeouts.run_due()
        assert timeouts.run_due() == 0, "a rule ran twice for one silence"

    def close_silent(self):
        self.done["closed by itself"] += auto_close.close_silent()
        assert auto_close.close_silent() == 0

    def switch_timer(self):
        rule = self.choose.choice(self.rules)
        timers.switch_timer(**self.own("active"), rule_id=rule.pk, on=self.choose.random() < 0.5)

    # --- Whom it happens to ---

    def any_agent(self):
        return Agent.objects.select_related("user").get(pk=self.choose.choice(self.agents).pk)

    def any_conversation(self):
        return self.one_of(Conversation.objects.order_by("pk"))

    def any_offer(self):
        """A pending one, or sometimes one that was decided before."""
        newest = Offer.objects.select_related("agent__user").order_by("-pk")
        return self.one_of(newest.filter(state="pending") if self.choose.random() < 0.8 else newest[:4])

    def own(self, state):
        found = self.one_of(Conversation.objects.filter(state=state, agent__isnull=False).select_related("agent__user").order_by("pk"))
        return {"conversation_id": found.pk, "actor": found.agent.user}

    def one_of(self, rows):
        if not (found := list(rows)):
            raise lifecycle.NotAllowedNow("there is none")
        return self.choose.choice(found)

    # --- What must hold ---

    def units(self):
        return dict(Agent.objects.values_list("pk", "units_used"))

    def check(self):
        assert capacity.find_drift() == []
        live = Counter(Conversation.objects.exclude(state="closed").values_list("channel_id", "profile_id"))
        assert not live or max(live.values()) == 1
        pending = {offer.conversation_id: offer.agent_id for offer in Offer.objects.filter(state="pending")}
        left = set(Agent.objects.exclude(left_at=None).values_list("pk", flat=True))
        consulted = Participant.objects.filter(state__in=["invited", "joined"])
        assert not consulted.exclude(conversation__state="active").exists(), "consulted about what nobody has"
        assert not consulted.filter(agent__in=left).exists(), "somebody who left is consulted"
        assert not consulted.filter(agent=F("conversation__agent")).exists(), "an agent is consulted by themselves"
        for each in Conversation.objects.all():
            if each.state == "open":
                assert each.agent_id is None
                assert each.holder_id == pending.get(each.pk), "an offer and its held units go together"
            elif each.state == "active":
                assert each.receiver_id == pending.get(each.pk), "a transfer and its reserved units go together"
                assert (each.units_reserved > 0) == (each.receiver_id is not None)
            else:
                assert each.pk not in pending, f"offered although {each.state}"
            if each.state == "active":
                assert each.holder_id == each.agent_id
                assert each.units_held > 0
            if each.state in ("waiting", "closed"):
                assert each.units_held == 0
            if each.state != "closed":
                assert not {each.agent_id, each.holder_id, each.receiver_id} & left, "somebody who left has it"

    def nobody_waits_beside_room(self):
        units, since = self.channel.workstream.units_per_conversation, presence.present_since(timezone.now())
        there = Agent.objects.filter(
            left_at=None, presence__state__in=self.channel.workstream.allowed_presences, presence__seen_at__gte=since
        )
        free = [agent for agent in there if agent.units_free >= units]
        for each in Conversation.objects.filter(state="open", holder=None, routed_at__isnull=False):
            for agent in free:
                declined = each.offers.filter(agent=agent, state__in=["declined", "timed_out"]).count()
                member = Membership.objects.filter(agent=agent, queue=each.queue).exists()
                assert not member or declined >= DistributionSettings().decline_limit, f"{each} waits, though {agent} has room"


@pytest.mark.parametrize("seed", range(6))
def test_the_invariants_hold_after_each_step_of_a_random_walk(channel, seed):
    floor = Floor(channel, seed)
    for _ in range(STEPS):
        floor.step()
        floor.check()
    assert floor.done["accept"] > 0
    assert floor.done["distribute"] > 0
