"""Addresses of continuity's part of the HTTP interface, under /api/v1/."""

from django.urls import path

from continuity.api import views

app_name = "continuity-api"
urlpatterns = [
    path("keys", views.Keys.as_view(), name="keys"),
    path("receipts/<str:identifier>", views.Receipt.as_view(), name="receipt"),
    path("spool/entries", views.SpoolEntries.as_view(), name="spool-entries"),
]
