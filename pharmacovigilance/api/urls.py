"""Addresses of the HTTP interface, under /api/v1/."""

from django.urls import path

from pharmacovigilance.api import views

app_name = "declarations-api"
urlpatterns = [
    path("declarations", views.Declarations.as_view(), name="declarations"),
    path("declarations/<str:identifier>", views.Declaration.as_view(), name="declaration"),
    path("declarations/<str:identifier>/follow-ups", views.FollowUps.as_view(), name="follow-ups"),
    path("declarations/<str:identifier>/messages", views.Messages.as_view(), name="messages"),
    path(
        "declarations/<str:identifier>/withdrawal", views.Withdrawal.as_view(), name="withdrawal"
    ),
    path("worklist", views.Worklist.as_view(), name="worklist"),
    path("deadlines", views.Deadlines.as_view(), name="deadlines"),
]
