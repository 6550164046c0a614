"""LINE's endpoints for groups and rooms that an account is in."""

from .asgi import Request, Response, Router, json_response
from .groups import Groups
from .refusals import LineError
from .state import Channel, Group, State

MEMBERS_PER_PAGE = 100


class GroupApi:
    def __init__(self, state: State, groups: Groups) -> None:
        self.state = state
        self.groups = groups

    def add_to(self, router: Router) -> None:
        router.add("GET", "/v2/bot/group/{group_id}/summary", self.summary, "group_summary")
        for kind in ("group", "room"):
            router.add("GET", f"/v2/bot/{kind}/{{group_id}}/members/count", self.count, f"{kind}_count")
            router.add("GET", f"/v2/bot/{kind}/{{group_id}}/members/ids", self.member_ids, f"{kind}_members")
            router.add("GET", f"/v2/bot/{kind}/{{group_id}}/member/{{user_id}}", self.member, f"{kind}_member")
            router.add("POST", f"/v2/bot/{kind}/{{group_id}}/leave", self.leave, f"{kind}_leave")

    async def summary(self, request: Request, channel: Channel, request_id: str, group_id: str) -> Response:
        group = self._group(request, channel, group_id)
        answer = {"groupId": group.group_id, "groupName": group.name}
        return json_response({**answer, "pictureUrl": group.picture_url} if group.picture_url else answer)

    async def count(self, request: Request, channel: Channel, request_id: str, group_id: str) -> Response:
        """Without the account itself."""
        return json_response({"count": len(self._group(request, channel, group_id).member_ids)})

    async def member_ids(self, request: Request, channel: Channel, request_id: str, group_id: str) -> Response:
        """Members with a user ID, a hundred a page. LINE: for verified and premium accounts only."""
        group = self._group(request, channel, group_id)
        if not channel.verified:
            raise LineError(403, "Access to this API is not available for your account")
        start = request.query.get("start", "0")
        if not start.isdecimal():
            raise LineError(400, "The value for the 'start' parameter is invalid")
        shown = [user_id for user_id in group.member_ids if not self.state.users[user_id].without_id]
        end = int(start) + MEMBERS_PER_PAGE
        answer: dict[str, object] = {"memberIds": shown[int(start) : end]}
        return json_response({**answer, "next": str(end)} if len(shown) > end else answer)

    async def member(self, request: Request, channel: Channel, request_id: str, group_id: str, user_id: str) -> Response:
        """Also of who is no friend, or blocks; without language and status (LINE: they aren't shown here)."""
        group = self._group(request, channel, group_id)
        user = self.state.users.get(user_id)
        if user is None or user_id not in group.member_ids or user.without_id:
            raise LineError(404, "Not found")
        answer = {"displayName": user.display_name, "userId": user.user_id}
        return json_response({**answer, "pictureUrl": user.picture_url} if user.picture_url else answer)

    async def leave(self, request: Request, channel: Channel, request_id: str, group_id: str) -> Response:
        await self.groups.remove_account(self._group(request, channel, group_id))
        return json_response({})

    def _group(self, request: Request, channel: Channel, group_id: str) -> Group:
        group = self.state.groups.get(group_id)
        asked = request.path.split("/")[3]
        if group is None or group.channel_id != channel.channel_id or group.kind != asked or not group.has_account:
            raise LineError(404, "Not found")
        return group
