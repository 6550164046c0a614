"""Addresses of the floor."""

from django.urls import path

from conversations.supervisor import views

app_name = "supervisor"
urlpatterns = [
    path("", views.show_floor, name="floor"),
    path("accounts/<slug:account_id>/", views.account_health, name="account_health"),
    path("agents/<slug:agent_id>/back/", views.take_back, name="take_back"),
    path("<slug:public_id>/assign/", views.assign, name="assign"),
    path("<slug:public_id>/force-close/", views.force_close, name="force_close"),
]
