"""The admin site: who may come in, what its pages may load, and which pages it has beside the registered models."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from csp.constants import UNSAFE_EVAL, UNSAFE_INLINE
from csp.decorators import csp_update
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, reverse
from django.utils.translation import gettext_lazy as _
from unfold.sites import UnfoldAdminSite

from workstreams.access import may_configure


class ConsoleSite(UnfoldAdminSite):
    """Administrators only. Somebody else who is signed in gets 404, so that no redirect can go in circles."""

    index_title = _("Set-up checklist")
    index_template = "admin/checklist.html"

    def has_permission(self, request: HttpRequest) -> bool:
        return may_configure(request.user)

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Callable[..., Any]:
        guarded = super().admin_view(view, cacheable)

        @wraps(view)
        def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.user.is_authenticated and not self.has_permission(request):
                raise Http404
            return guarded(request, *args, **kwargs)

        # Unfold's Alpine evaluates expressions, and it sets its colours in a style element; no other page may do either.
        return csp_update({"script-src": [UNSAFE_EVAL], "style-src": [UNSAFE_INLINE]})(inner)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The product has one page to sign in."""
        if request.user.is_authenticated:
            if not self.has_permission(request):
                raise Http404
            return redirect("admin:index")
        return redirect_to_login(request.GET.get("next") or reverse("admin:index"), login_url=reverse("login"))

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The product has one way to sign out; it takes an agent offline too."""
        from conversations.inbox.session import SignOut

        return SignOut.as_view()(request)

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """Changing the language comes back to the page that is shown (Unfold's form sends `redirect_to`)."""
        return {**super().each_context(request), "redirect_to": request.get_full_path()}

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        from channels_app.admin.checklist import checklist
        from channels_app.alerts import open_alerts

        context = {"checklist": checklist(), "alerts": open_alerts(), "pages": "admin:account_health"}
        return super().index(request, {**context, **(extra_context or {})})

    def extra_urls(self) -> list[URLPattern]:
        from channels_app.admin.urls import admin_urls as channel_urls
        from conversations.admin.urls import admin_urls as conversation_urls
        from workstreams.admin.urls import admin_urls as workstream_urls

        return [*channel_urls(self), *workstream_urls(self), *conversation_urls(self)]
