"""The part of the control API about groups, and about what customers do besides writing: edit, tap, be in standby."""

from typing import Any

from .asgi import Request, Response, json_response
from .control_api import ControlApi, webhook_facts
from .control_input import ControlError, read_object, read_text
from .groups import KINDS, Groups
from .platform import Platform
from .state import Group, State, User


class PeopleControl:
    def __init__(self, state: State, platform: Platform, groups: Groups) -> None:
        self.state = state
        self.platform = platform
        self.groups = groups

    def add_to(self, control: ControlApi) -> None:
        self.control = control
        add = control.router.add
        add("GET", "/sim/groups", self.list_groups)
        add("POST", "/sim/groups", self.make)
        add("GET", "/sim/groups/{user_id}/chat", control.show_chat)
        add("POST", "/sim/groups/{user_id}/age", control.age)
        add("POST", "/sim/groups/{group_id}/join", self.join)
        add("POST", "/sim/groups/{group_id}/leave", self.leave)
        add("POST", "/sim/groups/{group_id}/invite_account", self.invite_account)
        add("POST", "/sim/groups/{group_id}/remove_account", self.remove_account)
        add("POST", "/sim/users/{user_id}/edit", self.edit)
        add("POST", "/sim/users/{user_id}/postback", self.postback)
        add("POST", "/sim/users/{user_id}/standby", self.standby)

    async def list_groups(self, request: Request) -> Response:
        channel_id = request.query.get("channel_id", "")
        groups = [group for group in self.state.groups.values() if channel_id in ("", group.channel_id)]
        return json_response({"groups": [self._facts(group) for group in groups]})

    async def make(self, request: Request) -> Response:
        """A group or room with members, and the account in it unless `account` is false; a join event goes out unless `silent`."""
        data = read_object(request)
        channel = self.control.channel(read_text(data, "channel_id"))
        kind = data.get("kind", "group")
        if kind not in KINDS:
            raise ControlError(400, f"kind must be one of: {', '.join(KINDS)}")
        name = read_text(data, "name") if kind == "group" else ""
        picture_url = str(data.get("picture_url") or "")
        group = self.groups.make(channel, kind, name, picture_url, self._members(data), str(data.get("group_id") or ""))
        outcome = await self.groups.add_account(group, silent=bool(data.get("silent"))) if data.get("account", True) else None
        return json_response({**self._facts(group), **webhook_facts(outcome)})

    async def join(self, request: Request, group_id: str) -> Response:
        group, members = self._group(group_id), self._members(read_object(request))
        outcome = await self.groups.add_members(group, members)
        return json_response({**self._facts(group), **webhook_facts(outcome)})

    async def leave(self, request: Request, group_id: str) -> Response:
        group, members = self._group(group_id), self._members(read_object(request))
        outcome = await self.groups.remove_members(group, members)
        return json_response({**self._facts(group), **webhook_facts(outcome)})

    async def invite_account(self, request: Request, group_id: str) -> Response:
        return json_response(webhook_facts(await self.groups.add_account(self._group(group_id))))

    async def remove_account(self, request: Request, group_id: str) -> Response:
        return json_response(webhook_facts(await self.groups.remove_account(self._group(group_id))))

    async def edit(self, request: Request, user_id: str) -> Response:
        """LINE: texts in groups and rooms only."""
        data = read_object(request)
        channel, user, group = self.control.place(data, user_id)
        if group is None:
            raise ControlError(400, "LINE lets messages be edited in groups and rooms only: group_id is missing")
        event, outcome = await self.platform.edit(channel, user, group, read_text(data, "message_id"), read_text(data, "text"))
        return json_response({"webhook_event_id": event["webhookEventId"], **webhook_facts(outcome)})

    async def postback(self, request: Request, user_id: str) -> Response:
        """A tap on a button whose action is a postback: its `display_text` is shown, its `data` goes to the account."""
        data = read_object(request)
        channel, user, group = self.control.place(data, user_id)
        params = data.get("params")
        if params is not None and not isinstance(params, dict):
            raise ControlError(400, "params must be an object")
        content = {"data": read_text(data, "data"), **({"params": params} if params else {})}
        shown, tapped = str(data.get("display_text") or ""), str(data.get("message_id") or "")
        event, outcome = await self.platform.tap(channel, user, group, content, shown, tapped)
        return json_response({"webhook_event_id": event["webhookEventId"], **webhook_facts(outcome)})

    async def standby(self, request: Request, user_id: str) -> Response:
        """Another channel takes the chat (`standby` true) or gives it back: events tell of it."""
        data = read_object(request)
        channel, user, group = self.control.place(data, user_id)
        if not isinstance(data.get("standby"), bool):
            raise ControlError(400, "standby must be true or false")
        chat = self.state.chat(channel.channel_id, group.group_id if group is not None else user.user_id)
        chat.standby = data["standby"]
        self.state.touch(chat)
        return json_response({"standby": chat.standby})

    def _members(self, data: dict[str, Any]) -> list[User]:
        ids = data.get("member_ids")
        if not isinstance(ids, list) or not all(isinstance(item, str) for item in ids):
            raise ControlError(400, "member_ids must be a list of user ids")
        return [self.control.user(user_id) for user_id in ids]

    def _group(self, group_id: str) -> Group:
        group = self.state.groups.get(group_id)
        if group is None:
            raise ControlError(404, f"no such group: {group_id}")
        return group

    def _facts(self, group: Group) -> dict[str, Any]:
        chat = self.state.chats.get((group.channel_id, group.group_id))
        last = chat.bubbles[-1] if chat is not None and chat.bubbles else {}
        members = [
            {"user_id": user.user_id, "display_name": user.display_name, "picture_url": user.picture_url}
            for user in (self.state.users[user_id] for user_id in group.member_ids)
        ]
        return {**vars(group), "members": members, "last_text": last.get("text"), "last_type": last.get("type")}
