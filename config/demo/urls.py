from django.urls import path

from . import doors

urlpatterns = [
    path("door/<slug:username>/", doors.knock, name="demo-knock"),
    path("enter/<str:ticket>/", doors.enter, name="demo-enter"),
]
