from django.urls import path

from . import views

urlpatterns = [
    path("webhooks/<slug:channel_type>/<slug:callback_key>/", views.receive_webhook, name="webhook"),
]
