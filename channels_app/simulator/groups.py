"""Groups and rooms: who is in them, and the events that LINE sends about it."""

from . import identifiers
from .events import make_event
from .refusals import Refused
from .state import Channel, Group, State, User
from .webhooks import Outcome, WebhookSender

KINDS = ("group", "room")


class Groups:
    def __init__(self, state: State, webhooks: WebhookSender) -> None:
        self.state = state
        self.webhooks = webhooks

    def make(self, channel: Channel, kind: str, name: str, picture_url: str, members: list[User], group_id: str = "") -> Group:
        """A new group without the account; raises Refused for an id that another account's group has."""
        group_id = group_id or identifiers.new_group_id(kind)
        known = self.state.groups.get(group_id)
        if known is not None:
            raise Refused("there is a group with this id")
        group = Group(group_id, kind, channel.channel_id, name, picture_url, [user.user_id for user in members])
        self.state.groups[group_id] = group
        return group

    async def add_account(self, group: Group, silent: bool = False) -> Outcome | None:
        """Somebody invites the account. Raises Refused when it is there already."""
        if group.has_account:
            raise Refused("the account is in this group already")
        group.has_account = True
        return None if silent else await self._tell(group, "join", answerable=True)

    async def remove_account(self, group: Group) -> Outcome:
        """Somebody removes the account, or it leaves: LINE tells of both, and nothing of the group afterwards."""
        if not group.has_account:
            raise Refused("the account is not in this group")
        group.has_account = False
        return await self._tell(group, "leave", answerable=False)

    async def add_members(self, group: Group, users: list[User]) -> Outcome | None:
        new = [user for user in users if user.user_id not in group.member_ids]
        group.member_ids += [user.user_id for user in new]
        return await self._tell_of_members(group, new, "memberJoined", "joined", answerable=True)

    async def remove_members(self, group: Group, users: list[User]) -> Outcome | None:
        gone = [user for user in users if user.user_id in group.member_ids]
        for user in gone:
            group.member_ids.remove(user.user_id)
        return await self._tell_of_members(group, gone, "memberLeft", "left", answerable=False)

    async def _tell_of_members(self, group: Group, users: list[User], kind: str, name: str, answerable: bool) -> Outcome | None:
        """LINE names no user who never had LINE on a phone."""
        if not users or not group.has_account:
            return None
        members = [{"type": "user"} if user.without_id else {"type": "user", "userId": user.user_id} for user in users]
        return await self._tell(group, kind, answerable, **{name: {"members": members}})

    async def _tell(self, group: Group, kind: str, answerable: bool, **fields: object) -> Outcome:
        chat = self.state.chat(group.channel_id, group.group_id)
        self.state.touch(chat)
        event = make_event(self.state, chat, kind, group.source(None), answerable, **fields)
        return await self.webhooks.send_events(self.state.channels[group.channel_id], [event])
