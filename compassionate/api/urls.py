"""Addresses of the HTTP interface to compassionate access, under /api/v1/."""

from django.urls import path

from compassionate.api import views

ONE = "authorisation-requests/<str:identifier>"

app_name = "compassionate-api"
urlpatterns = [
    path("authorisation-requests", views.Requests.as_view(), name="requests"),
    path(ONE, views.OneRequest.as_view(), name="request"),
    path(f"{ONE}/answers", views.Answers.as_view(), name="answers"),
    path(f"{ONE}/documents", views.Documents.as_view(), name="documents"),
    path(f"{ONE}/withdrawal", views.TakenBack.as_view(), name="withdrawal"),
    path(f"{ONE}/dispensings", views.DispensingsOfRequest.as_view(), name="dispensings-of"),
    path(
        f"{ONE}/dispensings/correction",
        views.CorrectionsOfRequest.as_view(),
        name="dispensings-correction",
    ),
    path("dispensings", views.Dispensings.as_view(), name="dispensings"),
    path("authorisations", views.Authorisations.as_view(), name="authorisations"),
    path("authorisations/<str:number>", views.Authorisation.as_view(), name="authorisation"),
    path("authorisations/<str:number>/renewal", views.Renewal.as_view(), name="renewal"),
    path("criteria-sheets", views.CriteriaSheets.as_view(), name="criteria-sheets"),
]
