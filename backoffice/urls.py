"""Addresses of the reviewers' pages."""

from django.urls import path

from backoffice import views

app_name = "backoffice"
urlpatterns = [
    path("", views.worklist, name="worklist"),
    path("echeances/", views.deadlines, name="deadlines"),
    path("<str:number>/", views.case, name="case"),
    path("<str:number>/question/", views.ask, name="ask"),
]
