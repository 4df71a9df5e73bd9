"""Addresses of the clinicians' pages."""

from django.urls import path

from portal import access_urls, declarations, declare, door, follow_up, pages, receipts

app_name = "portal"
urlpatterns = [
    *access_urls.urlpatterns,
    path("", pages.home, name="home"),
    path("declarations/", declarations.mine, name="declarations"),
    path("declarations/nouvelle/", declare.declare, name="declare"),
    path("declarer-sans-compte/", door.door, name="door"),
    path("declarations/<str:number>/", declarations.shown, name="declaration"),
    path("declarations/<str:number>/accuse/", declarations.receipt, name="receipt"),
    path("declarations/<str:number>/complement/", follow_up.follow_up, name="follow_up"),
    path("declarations/<str:number>/retrait/", declarations.withdraw, name="withdraw"),
    path(
        "declarations/<str:number>/reponse/<uuid:question>/",
        declarations.answer,
        name="answer",
    ),
    path("recus/<str:identifier>/", receipts.received, name="received"),
    path("recus/<str:identifier>/copie", receipts.copy, name="receipt_copy"),
    path("status", pages.status, name="status"),
    path("accessibilite/", pages.Accessibility.as_view(), name="accessibility"),
    path("mentions-legales/", pages.LegalNotice.as_view(), name="legal_notice"),
    path("donnees-personnelles/", pages.PersonalData.as_view(), name="personal_data"),
]
