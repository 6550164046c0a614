"""Addresses of the floor."""

from django.urls import path

from conversations.supervisor import views

app_name = "supervisor"
urlpatterns = [
    path("", views.show_floor, name="floor"),
    path("<slug:public_id>/assign/", views.assign, name="assign"),
    path("<slug:public_id>/force-close/", views.force_close, name="force_close"),
]
