"""What a browser sends of a numbered sheet, and reads of a form."""

import re
from uuid import uuid4

from django.test import Client
from django.utils import timezone

from continuity.domain.sheet_number import SheetNumber
from tests.continuity.sheet_desk import hours_ago
from tests.continuity.sheet_samples import SITE
from tests.portal.sending import visible


def typed(number: str, **more: str | list[str]) -> dict[str, str | list[str]]:
    """Return what a browser sends of the record form."""
    at = timezone.localtime(hours_ago(30))
    return {
        "key": str(uuid4()), "number": number, "kind": "adverse_event", "channel": "phone",
        "occurred_at": at.strftime("%d/%m/%Y"), "occurred_time": at.strftime("%H:%M"),
        "taken_by": "Astreinte", "caller_name": "Dr Zwingli", "called_back": "yes",
        "institution_finess": SITE, "department_code": "75", "patient_name_letters": "OIL",
        "patient_sex": "female", "patient_age_value": "34", "patient_age_unit": "year",
        "drug_name": "Amoxicilline", "reaction_term": "Urticaire", "narrative": "Choc.",
        "seriousness": ["life_threatening", "hospitalisation"], **more,
    }  # fmt: skip


def record(client: Client, number: str, **more: str | list[str]) -> str:
    """Record a sheet; return its address."""
    answer = client.post("/agence/fiches/nouvelle/", typed(number, **more))
    assert answer.status_code == 302, visible(answer.text)
    return answer["Location"]


def check(site: str, rank: int) -> str:
    return str(SheetNumber(site=site, rank=rank))[-1]


def fields(html: str) -> dict[str, list[str]]:
    """Return what a browser would send of the declaration form."""
    form = html[html.index("data-report-form") :]
    found: dict[str, list[str]] = {}
    for tag in re.findall(r"<input[^>]*>", form):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        boxes = 'type="checkbox"' in tag or 'type="radio"' in tag
        if name and value and (not boxes or " checked" in tag):
            found.setdefault(name[1], []).append(value[1])
    texts = r'<textarea[^>]*name="([^"]*)"[^>]*>\n(.*?)</textarea>'
    for name, text in re.findall(texts, form, re.DOTALL):
        found[name] = [text]
    for name, options in re.findall(
        r'<select[^>]*name="([^"]*)".*?>(.*?)</select>', form, re.DOTALL
    ):
        found[name] = re.findall(r'value="([^"]*)" selected', options)[:1]
    return found
