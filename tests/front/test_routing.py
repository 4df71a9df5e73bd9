"""Every address of the site has a way through the front on purpose; both vocabularies agree."""

import json
from dataclasses import replace
from urllib.parse import urlencode

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import RequestFactory
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from django.urls import URLPattern, URLResolver, get_resolver

from compassionate.domain.intake import Priority
from config.local.front import routing, urgency
from config.local.front.reading import Request
from config.local.front.routing import Lane
from events.shape import to_json
from pharmacovigilance.domain.vocabulary import Outcome, SeriousnessCriterion
from portal.forms import form_key
from portal.report_fields import SERIOUSNESS
from tests.domain.samples import VALID

QUESTION = "0198b2c4-0000-7000-8000-000000000000"
EXAMPLES = {
    "<str:number>": "K7QX-2M4P-9TRWC",
    "<str:identifier>": "K7QX-2M4P-9TRWC",
    "<uuid:question>": QUESTION,
    "<uuid:identifier>": QUESTION,
    "<uuid:document>": QUESTION,
    "<uuid:number>": QUESTION,
    "<str:file>": f"access_request-{QUESTION}",
    "<str:to>": "ministres",
    "<str:verb>": "perte",
    "<str:site>": "759900012",
    "<int:first>": "1",
    "<int:version>": "4",
}


def addresses(resolver=None, prefix: str = "/"):
    """Yield the address of every view, with examples for its parts."""
    for one in (resolver or get_resolver()).url_patterns:
        route = str(one.pattern)
        for part, example in EXAMPLES.items():
            route = route.replace(part, example)
        if isinstance(one, URLResolver):
            if route != "admin/":
                yield from addresses(one, prefix + route)
        elif isinstance(one, URLPattern):
            yield prefix + route


@pytest.mark.parametrize("address", sorted(set(addresses())))
def test_every_address_of_the_site_has_a_lane_on_purpose(address):
    assert "<" not in address, f"EXAMPLES lacks a part of {address}"
    assert routing.named("GET", address) is not None
    assert routing.named("POST", address) is not None


@pytest.mark.parametrize(
    ("method", "path", "lane"),
    [
        ("POST", "/api/v1/declarations", Lane.DECLARING),
        ("POST", "/api/v1/declarations/x/follow-ups", Lane.DECLARING),
        ("POST", "/api/v1/declarations/x/messages", Lane.DECLARING),
        ("POST", "/api/v1/declarations/x/withdrawal", Lane.DECLARING),
        ("POST", "/declarations/nouvelle/", Lane.DECLARING),
        ("GET", "/declarations/nouvelle/", Lane.FORMS),
        ("POST", "/declarations/x/complement/", Lane.DECLARING),
        ("POST", f"/declarations/x/reponse/{QUESTION}/", Lane.DECLARING),
        ("POST", "/declarations/x/retrait/", Lane.DECLARING),
        ("GET", "/declarer-sans-compte/", Lane.FORMS),
        ("POST", "/acces/complete/", Lane.DECLARING),
        ("GET", "/acces/complete/", Lane.FORMS),
        ("POST", "/acces/dispensation/", Lane.DECLARING),
        ("POST", "/acces/x/dispensation/", Lane.DECLARING),
        ("POST", f"/acces/x/reponse/{QUESTION}/", Lane.DECLARING),
        ("POST", "/acces/x/retrait/", Lane.DECLARING),
        ("POST", "/acces/x/piece/", Lane.DECLARING),
        ("GET", "/acces/x/piece/", Lane.FORMS),
        ("GET", f"/acces/x/pieces/{QUESTION}/", Lane.READS),
        ("POST", "/api/v1/authorisation-requests/x/documents", Lane.DECLARING),
        ("POST", "/acces/nouvelle/", Lane.PAGES),
        ("POST", "/acces/x/pharmacie/", Lane.PAGES),
        ("GET", "/acces/x/modifier/", Lane.PAGES),
        ("GET", "/acces/autorisations/x/renouveler/", Lane.PAGES),
        ("GET", "/acces/", Lane.READS),
        ("GET", "/acces/pharmacie/", Lane.READS),
        ("GET", "/acces/x/", Lane.READS),
        ("GET", "/api/v1/receipts/n1-1-1-x", Lane.FORMS),
        ("GET", "/api/v1/keys", Lane.FORMS),
        ("POST", "/api/v1/spool/entries", Lane.DECLARING),
        ("GET", "/recus/n1-1-1-x/", Lane.FORMS),
        ("GET", "/api/v1/declarations", Lane.READS),
        ("GET", "/declarations/", Lane.READS),
        ("HEAD", "/declarations/x/", Lane.READS),
        ("GET", "/agence/", Lane.READS),
        ("POST", "/agence/x/question/", Lane.PAGES),
        ("POST", "/agence/acces/astreinte/accord/", Lane.DECLARING),
        ("GET", "/agence/acces/astreinte/refus/", Lane.FORMS),
        ("GET", "/agence/acces/astreinte/", Lane.PAGES),
        ("GET", "/agence/acces/", Lane.READS),
        ("POST", "/agence/acces/demandes/x/accord/", Lane.PAGES),
        ("GET", "/agence/acces/parametres/", Lane.READS),
        ("POST", "/agence/acces/parametres/silence/", Lane.PAGES),
        ("GET", "/declarations/x/accuse/", Lane.PAGES),
        ("POST", "/connexion/", Lane.PAGES),
        ("GET", "/health/live", Lane.VITAL),
        ("GET", "/health/intake", Lane.FORMS),
        ("GET", "/static/dsfr/a.css", Lane.VITAL),
    ],
)
def test_the_ways_that_matter(method, path, lane):
    assert routing.named(method, path) is lane


def test_an_unknown_address_is_refused_first():
    assert routing.named("GET", "/wp-login.php") is None
    assert routing.lane_of("POST", "/wp-login.php") is Lane.READS


def test_every_criterion_of_a_declaration_has_an_urgency():
    assert set(urgency.OF_CRITERION) == set(SeriousnessCriterion)
    assert min(urgency.OF_CRITERION, key=urgency.OF_CRITERION.__getitem__) == "death"
    assert urgency.FATAL == Outcome.FATAL
    assert SERIOUSNESS.name == "seriousness"


@pytest.mark.parametrize(
    ("fields", "expected"),
    [({"key": QUESTION, "kind": "literature"}, True), ({"key": "mine"}, False), ({}, False)],
)
def test_a_form_with_a_file_is_passed_on_again_by_the_key_before_its_file(fields, expected):
    body = encode_multipart(BOUNDARY, fields | {"file": SimpleUploadedFile("a.pdf", bytes(9_000))})
    sent = Request(
        method="POST",
        target="/acces/x/piece/",
        headers=[(b"content-type", MULTIPART_CONTENT.encode())],
        version=b"1.1",
        body=body,
    )
    assert sent.is_repeatable() is expected
    assert sent.urgency() == Priority.OTHER
    elsewhere = replace(sent, target="/agence/x/question/")
    assert not elsewhere.is_repeatable()


def json_of(told: object) -> tuple[str, bytes]:
    return "application/json; charset=utf-8", json.dumps(told).encode()


def form_of(*fields: tuple[str, str]) -> tuple[str, bytes]:
    return "application/x-www-form-urlencoded", urlencode(fields).encode()


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (json_of(to_json(VALID) | {"seriousness": ["hospitalisation", "death"]}), 0),
        (json_of(to_json(VALID) | {"seriousness": []}), 5),
        (json_of({"seriousness": ["life_threatening"]}), 1),
        (json_of({"seriousness": ["disability"]}), 2),
        (json_of({"seriousness": [], "reactions": [{"outcome": "fatal"}]}), 0),
        (json_of({"seriousness": "death"}), 5),
        (json_of({"seriousness": [["death"], {}, 3], "reactions": [None, 4]}), 5),
        (json_of(["death"]), 5),
        (("application/json", b'{"seriousness": ["death"'), 5),
        (("application/json", b"[" * 100_000), 5),
        (("application/json", b"\xff\xfe"), 5),
        (("application/json", b" " * 2_100_000 + b'{"seriousness": ["death"]}'), 5),
        (("text/plain", b'{"seriousness": ["death"]}'), 5),
        (form_of(("seriousness", "disability"), ("seriousness", "death")), 0),
        (form_of(("reactions.3.outcome", "fatal")), 0),
        (form_of(("narrative", "seriousness=death&x")), 5),
        (("application/x-www-form-urlencoded", b"a=1&" * 6_000), 5),
    ],
)
def test_the_urgency_is_that_of_the_body(sent, expected):
    assert urgency.of("/api/v1/declarations", *sent) == expected


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (json_of({"prescription": {"deferrable": True}}), Priority.OTHER),
        (json_of({"prescription": {"deferrable": False}}), Priority.NOT_DEFERRABLE),
        (json_of({"prescription": {}}), Priority.NOT_DEFERRABLE),
        (json_of({"pharmacy": {"dispensing": {"at": "2026"}}}), Priority.GIVEN),
        (json_of({"pharmacy": [], "prescription": 3}), Priority.NOT_DEFERRABLE),
        (json_of(["x"]), Priority.OTHER),
        (("application/json", b"{"), Priority.OTHER),
    ],
)
def test_a_request_is_as_urgent_as_it_says(sent, expected):
    assert urgency.of("/api/v1/authorisation-requests", *sent) == expected


def test_a_dose_that_was_given_comes_first():
    for path in (
        "/api/v1/dispensings",
        "/api/v1/authorisation-requests/x/dispensings",
        "/api/v1/authorisation-requests/x/dispensings/correction",
        "/acces/x/dispensation/correction/",
    ):
        assert urgency.of(path, *json_of({})) == Priority.GIVEN
    sent = json_of({"reason": "x"})
    assert urgency.of("/api/v1/authorisation-requests/x/withdrawal", *sent) == Priority.WITHDRAWAL


def test_a_withdrawal_is_the_least_urgent():
    sent = json_of({"seriousness": ["death"]})
    assert urgency.of("/api/v1/declarations/x/withdrawal", *sent) == 7
    assert urgency.of("/declarations/x/retrait/", *sent) == 7


@pytest.mark.parametrize(
    ("path", "fields", "expected"),
    [
        ("/acces/dispensation/", {}, 1),
        ("/acces/x/dispensation/", {"prescription.deferrable": "true"}, 1),
        ("/acces/complete/", {"pharmacy.dispensing.at": "2026-11-28T02:00"}, 1),
        ("/acces/complete/", {"pharmacy.dispensing.at": ""}, 2),
        ("/acces/complete/", {"prescription.deferrable": "false"}, 2),
        ("/acces/complete/", {"prescription.deferrable": "true"}, 5),
        (f"/acces/x/reponse/{QUESTION}/", {"text": "61 kg"}, 5),
        ("/acces/x/retrait/", {}, 7),
    ],
)
def test_a_form_of_compassionate_access_is_as_urgent_as_its_command(path, fields, expected):
    assert urgency.of(path, *form_of(*fields.items())) == expected


def test_a_call_of_the_night_goes_with_doses_given():
    sent = form_of(("appel.vital_reason", "Hépatite"))
    for answer in ("accord", "refus"):
        assert urgency.of(f"/agence/acces/astreinte/{answer}/", *sent) == 1


@pytest.mark.parametrize("key", [QUESTION, "", "no-uuid"])
def test_the_key_of_a_form_is_the_one_that_the_pages_read(key):
    posted = RequestFactory().post("/", {"key": key})
    kept = str(form_key(posted)) == key
    assert urgency.has_form_key([("narrative", "x"), ("key", key)]) is kept
