"""Addresses of the hospital's pages of compassionate access, under /acces/."""

from django.urls import path

from portal import (
    access_authorisations as authorisations,
    access_correction as correction,
    access_documents as documents,
    access_draft as draft,
    access_letters as letters,
    access_pages as pages,
    access_pharmacy as pharmacy,
    access_request as request,
    access_sending as sending,
)

ONE = "acces/<str:number>"
AUTHORISED = "acces/autorisations/<str:number>"

urlpatterns = [
    path("acces/", pages.mine, name="access_mine"),
    path("acces/nouvelle/", draft.new, name="access_new"),
    path("acces/pharmacie/", pharmacy.inbox, name="access_inbox"),
    path("acces/complete/", sending.complete, name="access_complete"),
    path("acces/dispensation/", sending.dose, name="access_dose"),
    path("acces/referentiel/", pages.referential, name="access_referential"),
    path("acces/referentiel/hors-ligne.pdf", pages.offline, name="access_offline"),
    path("acces/referentiel/<uuid:identifier>/", pages.sheet, name="access_sheet"),
    path("acces/autorisations/", authorisations.mine, name="access_authorisations"),
    path(f"{AUTHORISED}/", authorisations.one, name="access_authorisation"),
    path(f"{AUTHORISED}/renouveler/", authorisations.renew, name="access_renew"),
    path(f"{AUTHORISED}/suivi/", authorisations.data, name="access_data"),
    path(f"{AUTHORISED}/effet/", authorisations.link, name="access_link"),
    path(
        f"{AUTHORISED}/lettres/<int:version>/",
        letters.of_authorisation,
        name="access_authorisation_letter",
    ),
    path("autorisations/<str:number>/", letters.check, name="access_check"),
    path(f"{ONE}/", request.shown, name="access"),
    path(f"{ONE}/lettres/<int:version>/", letters.of_request, name="access_letter"),
    path(f"{ONE}/piece/", documents.add, name="access_document_add"),
    path(f"{ONE}/pieces/<uuid:document>/", documents.one, name="access_document"),
    path(f"{ONE}/modifier/", draft.change, name="access_change"),
    path(f"{ONE}/pharmacie/", pharmacy.pharmacy, name="access_pharmacy"),
    path(f"{ONE}/dispensation/", sending.dose, name="access_dose_of"),
    path(f"{ONE}/dispensation/correction/", correction.correct, name="access_correction"),
    path(f"{ONE}/retrait/", request.withdraw, name="access_withdraw"),
    path(f"{ONE}/reponse/<uuid:question>/", sending.answer, name="access_answer"),
]
