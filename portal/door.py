"""The page that declares without account: who declares, how to call her back, and the same form."""

import re

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.access import Person
from accounts.door import stranger
from pharmacovigilance.domain.vocabulary import Profession
from portal.declare import Page, answered, opened, shown
from portal.kept import Sender, keeps_text
from portal.report_form import ReportForm

_FAMILY_NAME, _RPPS, _PHONE = "reporter.family_name", "reporter.rpps", "reporter.phone"
_DEPARTMENT = "reporter.department_code"
_FEWEST_DIGITS = 6
PREFILLED: dict[str, str | None] = {
    "patient.age_unit": "year",
    "reporter.profession": Profession.PHYSICIAN,
}


def _stranger(request: HttpRequest, form: ReportForm) -> Person | None:
    """Return who says she declares, None after having put errors at what is missing."""
    del request
    rpps = re.sub(r"\s", "", _typed(form, _RPPS))
    if not _typed(form, _FAMILY_NAME):
        form.add_error(_FAMILY_NAME, _("Indiquez votre nom."))
    if not rpps:
        form.add_error(_RPPS, _("Indiquez votre numéro RPPS."))
    if sum(char.isdigit() for char in _typed(form, _PHONE)) < _FEWEST_DIGITS:
        form.add_error(_PHONE, _("Indiquez le téléphone où vous rappeler."))
    if not _typed(form, _DEPARTMENT):
        # No account says where she works: without it no centre would be told, nor call her back.
        sentence = _("Indiquez votre département : son centre régional vous rappellera.")
        form.add_error(_DEPARTMENT, sentence)
    # Its key is checked with the rest of the report.
    form.typed[_RPPS] = [rpps]
    return None if form.errors else stranger(rpps)


DOOR = Page(name="portal:door", sender=_stranger, is_door=True)


def _returned(request: HttpRequest, notice: str = "") -> HttpResponse:
    """Give the form back with what was posted, without acting on it."""
    return shown(request, DOOR, ReportForm.from_post(request.POST), notice=notice)


@keeps_text(_returned, alone=True, sender=Sender.ANYBODY)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def door(request: HttpRequest) -> HttpResponse:
    """Show the form, change its rows, or send it; needs neither account nor database."""
    if request.method != "POST":
        return opened(request, DOOR, PREFILLED)
    return answered(request, DOOR)


def _typed(form: ReportForm, name: str) -> str:
    return "".join(form.typed.get(name, [])[:1]).strip()
