"""English is complete: every sentence, with its places for values, compiled and in use."""

import pytest
from babel.messages.mofile import read_mo
from django.utils import translation

from pharmacovigilance.domain.checks import RANGES, SHAPES
from portal.problems import in_readers_language
from tests.accounts.people import demo_people
from tests.portal.catalogue import PLACES, PO, french_left, messages, translated
from tests.portal.sending import visible
from tests.portal.test_shell import every_page


def test_every_sentence_has_an_english_one_and_none_is_left_over() -> None:
    assert messages() == set(translated())
    assert all(all(forms) for forms in translated().values())


def test_places_for_values_are_the_same_in_both() -> None:
    for french, forms in translated().items():
        for english in forms:
            assert sorted(PLACES.findall(french)) == sorted(PLACES.findall(english)), french


def test_the_compiled_catalogue_is_the_written_one() -> None:
    with PO.with_suffix(".mo").open("rb") as file:
        compiled = read_mo(file)
    strings = {
        message.id if isinstance(message.id, str) else message.id[0]: (
            tuple(message.string)
            if isinstance(message.string, list | tuple)
            else (message.string,)
        )
        for message in compiled
        if message.id
    }
    assert strings == translated()


@pytest.mark.parametrize(
    ("french", "english"),
    [
        (
            "Ce texte dépasse 250 caractères (251).",
            "This text is longer than 250 characters (251).",
        ),
        (RANGES["trimesters"][2], "A trimester is 1, 2 or 3."),
        (SHAPES["cis"][2], "A CIS code has 8 digits."),
        (
            "Ce code n'est pas dans la liste : male, female.",
            "This code is not in the list: male, female.",
        ),
        ("Une phrase inconnue 12.", "Une phrase inconnue 12."),
        ("", ""),
    ],
)
def test_sentences_of_the_domain_are_translated_with_their_values(
    french: str, english: str
) -> None:
    with translation.override("en"):
        assert in_readers_language(french) == english
    with translation.override("fr"):
        assert in_readers_language(french) == french.replace("'", "’")


@pytest.mark.django_db
def test_no_french_is_left_on_the_english_pages() -> None:
    said = (
        "Hôpital de démonstration",
        "Amoxicilline",
        "Urticaire",
        "Éruption",
        "Remplace la fiche",
    )
    pages = {name: visible(html) for name, html in every_page(demo_people(), "en").items()}
    assert french_left(pages, said) == {}


def test_no_french_sentence_is_an_english_one_in_another_packages_catalogue() -> None:
    with translation.override("fr"):
        assert [one for one in messages() if translation.gettext(one) != one] == []
