from django.urls import path

from . import views
from .media.serving import serve_media

urlpatterns = [
    path("webhooks/<slug:channel_type>/<slug:callback_key>/", views.receive_webhook, name="webhook"),
    path("media/<slug:public_id>/<slug:variant>/<int:until>/<str:signature>/<str:name>", serve_media, name="media"),
]
