"""Which address shows what."""

from django.contrib import admin
from django.urls import include, path

from config.health import healthz
from config.home import home
from conversations.inbox.session import SignIn, SignOut, set_preferences
from conversations.inbox.stream import live
from conversations.inbox.welcome import welcome

urlpatterns = [
    path("", include("channels_app.urls")),  # first: webhooks are most of what comes
    path("", home, name="home"),
    path("healthz", healthz, name="healthz"),
    path("demo/", include("config.demo.urls")),
    path("admin/", admin.site.urls),
    path("login/", SignIn.as_view(), name="login"),
    path("logout/", SignOut.as_view(), name="logout"),
    path("welcome/<slug:token>/", welcome, name="welcome"),
    path("preferences/", set_preferences, name="preferences"),
    path("inbox/", include("conversations.inbox.urls")),
    path("supervisor/", include("conversations.supervisor.urls")),
    path("live/", live, name="live"),
]
