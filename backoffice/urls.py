"""Addresses of the reviewers' pages."""

from django.urls import include, path

from backoffice import incidents, readings, set_aside, sheet_blocks, sheet_matching, sheets, views

app_name = "backoffice"
urlpatterns = [
    path("", views.worklist, name="worklist"),
    path("echeances/", views.deadlines, name="deadlines"),
    path("mises-de-cote/", set_aside.desk, name="set_aside"),
    path("mises-de-cote/<uuid:identifier>/", set_aside.submission, name="submission"),
    path("mises-de-cote/<uuid:identifier>/piece/", set_aside.document, name="submission_document"),
    path("mises-de-cote/<uuid:identifier>/reprise/", set_aside.take_up, name="take_up"),
    path("incidents/", incidents.incidents, name="incidents"),
    path("incidents/<str:number>/", incidents.incident, name="incident"),
    path("incidents/<str:number>/retex/", incidents.report, name="retex"),
    path("fiches/", sheets.desk, name="sheets"),
    path("fiches/recherche/", sheets.find, name="sheet_find"),
    path("fiches/nouvelle/", sheets.record, name="sheet_record"),
    path("fiches/carnets/", sheet_blocks.blocks, name="sheet_blocks"),
    path("fiches/carnets/<str:site>/<int:first>/kit.pdf", sheet_blocks.kit, name="sheet_kit"),
    path(
        "fiches/carnets/<str:site>/<int:first>/retour/",
        sheet_blocks.returned,
        name="sheet_return",
    ),
    path("fiches/manquante/<str:number>/", sheets.lacking, name="sheet_lacking"),
    path("fiches/<uuid:identifier>/", sheets.sheet, name="sheet"),
    path(
        "fiches/<uuid:identifier>/rapprochement/", sheet_matching.matching, name="sheet_matching"
    ),
    path(
        "fiches/<uuid:identifier>/declaration/",
        sheet_matching.transcription,
        name="sheet_transcription",
    ),
    path("fiches/<uuid:identifier>/<str:verb>/", sheets.act, name="sheet_act"),
    path("lectures/", readings.readings, name="readings"),
    path("lectures/motif/<str:file>/", readings.reason, name="reading_reason"),
    path("acces/", include("backoffice.access_urls")),
    path("<str:number>/", views.case, name="case"),
    path("<str:number>/question/", views.ask, name="ask"),
]
