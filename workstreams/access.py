"""Gates of configuration: only administrators configure. What isn't theirs doesn't exist (404)."""

from django.contrib.auth.models import AnonymousUser
from django.http import Http404

from workstreams.models import OperatingHours, Queue, User, Workstream


def may_configure(user: User | AnonymousUser) -> bool:
    """Whether this person may see Django admin: an active administrator who is staff."""
    return isinstance(user, User) and user.is_active and user.is_staff and user.is_administrator


def require_administrator(user: User | AnonymousUser) -> User:
    """The administrator, or 404."""
    if not (isinstance(user, User) and may_configure(user)):
        raise Http404
    return user


def workstream_to_configure(user: User | AnonymousUser, public_id: str) -> Workstream:
    """A workstream with its fallback queue, or 404."""
    require_administrator(user)
    workstream = Workstream.objects.select_related("fallback_queue", "capacity_profile").filter(public_id=public_id).first()
    if workstream is None:
        raise Http404
    return workstream


def person_to_configure(user: User | AnonymousUser, public_id: str) -> User:
    """Anybody who signs in, active or not, or 404."""
    require_administrator(user)
    person = User.objects.filter(public_id=public_id).first()
    if person is None:
        raise Http404
    return person


def queue_to_configure(user: User | AnonymousUser, public_id: str) -> Queue:
    """A queue, or 404."""
    require_administrator(user)
    queue = Queue.objects.filter(public_id=public_id).first()
    if queue is None:
        raise Http404
    return queue


def hours_to_configure(user: User | AnonymousUser, public_id: str) -> OperatingHours:
    """Operating hours, or 404."""
    require_administrator(user)
    hours = OperatingHours.objects.filter(public_id=public_id).first()
    if hours is None:
        raise Http404
    return hours
