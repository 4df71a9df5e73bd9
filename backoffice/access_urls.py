"""Addresses of the agency's pages of compassionate access, under `/agence/acces/`."""

from django.urls import path

from backoffice import (
    access_authorisations as authorisations,
    access_call as call,
    access_delegations as delegations,
    access_holders as holders,
    access_lists as lists,
    access_parameters as parameters,
    access_product_letters as letters,
    access_queue as queue,
    access_request as requests,
    access_sheets as sheets,
    access_signing as signing,
    access_statistics as statistics,
)

urlpatterns = [
    path("", queue.queue, name="access_queue"),
    path("mes-dossiers/", queue.mine, name="access_mine"),
    path("a-regulariser/", queue.regularisations, name="access_regularisations"),
    path("silences/", queue.silences, name="access_silences"),
    path("statistiques/", statistics.figures, name="access_statistics"),
    path("delegations/", delegations.delegations, name="access_delegations"),
    path("delegations/<str:verb>/", delegations.act_on_delegations, name="access_delegations_act"),
    path("parametres/", parameters.parameters, name="access_parameters"),
    path("parametres/<str:verb>/", parameters.act_on_parameters, name="access_parameters_act"),
    path("listes/", lists.lists, name="access_lists"),
    path("astreinte/", call.register, name="access_calls"),
    path("astreinte/accord/", call.agreement, name="access_agreement"),
    path("astreinte/refus/", call.oral_refusal, name="access_oral_refusal"),
    path("demandes/<str:number>/", requests.one_request, name="access_request"),
    path(
        "demandes/<str:number>/lettres/<int:version>/signer/",
        signing.request_letter,
        name="access_sign",
    ),
    path("demandes/<str:number>/<str:verb>/", requests.act_on_request, name="access_act"),
    path("referentiel/", sheets.sheets, name="access_sheets"),
    path("referentiel/ouvrir/", sheets.open_sheet, name="access_sheet_open"),
    path("referentiel/<uuid:identifier>/", sheets.sheet, name="access_sheet"),
    path(
        "referentiel/<uuid:identifier>/<str:verb>/", sheets.act_on_sheet, name="access_sheet_act"
    ),
    path("titulaires/", holders.holders, name="access_holders"),
    path("a-faire-savoir/", holders.to_tell, name="access_to_tell"),
    path(
        "titulaires/<uuid:number>/lettres/<int:version>/signer/",
        signing.file_letter,
        name="access_sign_holder",
    ),
    path(
        "referentiel/<uuid:number>/lettres/<int:version>/signer/",
        signing.sheet_letter,
        name="access_sign_sheet",
    ),
    path(
        "titulaires/<uuid:identifier>/lettres/<int:version>/<str:to>/",
        letters.of_file,
        name="access_holder_letter",
    ),
    path(
        "referentiel/<uuid:identifier>/lettres/<int:version>/<str:to>/",
        letters.of_sheet,
        name="access_sheet_letter",
    ),
    path("titulaires/<uuid:identifier>/", holders.holder, name="access_holder"),
    path(
        "titulaires/<uuid:identifier>/<str:verb>/", holders.act_on_holder, name="access_holder_act"
    ),
    path("autorisations/", authorisations.authorisations, name="access_authorisations"),
    path("autorisations/<str:number>/", authorisations.authorisation, name="access_authorisation"),
    path(
        "autorisations/<str:number>/lettres/<int:version>/signer/",
        signing.authorisation_letter,
        name="access_sign_authorisation",
    ),
    path(
        "autorisations/<str:number>/<str:verb>/",
        authorisations.act_on_authorisation,
        name="access_authorisation_act",
    ),
]
