"""The forms by which the référentiel is opened, published and changed."""

from backoffice.access_acts import Offer, by_verb
from backoffice.access_authorisations import CESSATION
from backoffice.access_form import Field, Form, Kind
from compassionate.domain.criteria_sheet import (
    ChangeStatus,
    OpenSheet,
    PublishCriteria,
    PublishProtocol,
    SetProductCessation,
)
from compassionate.domain.vocabulary import DeclareTo, ProductStatus

VERY_EARLY = Field(
    name="very_early",
    label="Accès très précoce (CSP L5121-12-1 II, alinéa 2)",
    kind=Kind.FLAG,
)
OPEN = Offer(
    act=OpenSheet,
    form=Form(
        verb="nouvelle",
        title="Ouvrir une fiche",
        button="Ouvrir la fiche",
        fields=(
            Field(name="product", label="Identifiant du produit"),
            Field(name="product_name", label="Nom, nom de code ou DCI"),
            Field(name="indication", label="Code de l’indication"),
            Field(name="indication_text", label="Indication, telle que publiée", kind=Kind.AREA),
            Field(name="holder", label="Titulaire des droits d’exploitation"),
            Field(
                name="status",
                label="Dérogation",
                kind=Kind.ONE,
                of=ProductStatus,
                value=ProductStatus.NAMED_PATIENT,
            ),
            Field(name="rare", label="Maladie rare (CSP D5121-74-1-1)", kind=Kind.FLAG),
            VERY_EARLY,
        ),
    ),
)
OFFERS = by_verb(
    Offer(
        act=PublishCriteria,
        form=Form(
            verb="publication",
            title="Publier les critères préparés",
            button="Publier",
            fields=(
                Field(
                    name="in_force_from",
                    label="En vigueur à partir de",
                    kind=Kind.TIME,
                    hint="Heure de Paris, à venir",
                ),
            ),
            hint="Une autre personne que celle qui les a préparés.",
        ),
    ),
    Offer(
        act=PublishProtocol,
        form=Form(
            verb="protocole",
            title="Publier le PUT-SP",
            button="Publier le protocole",
            fields=(
                Field(name="document", label="Empreinte SHA-256 du document"),
                Field(
                    name="every_days",
                    label="Échéances de suivi, en jours depuis le début",
                    kind=Kind.WHOLES,
                    hint="Par exemple 28, 56, 84",
                ),
                Field(
                    name="declare_to",
                    label="Destinataire des effets indésirables",
                    kind=Kind.ONE,
                    of=DeclareTo,
                ),
            ),
        ),
    ),
    Offer(
        act=ChangeStatus,
        form=Form(
            verb="statut",
            title="Changer de dérogation",
            button="Changer",
            fields=(
                Field(name="status", label="Dérogation", kind=Kind.ONE, of=ProductStatus),
                Field(name="reason", label="Motif", kind=Kind.AREA),
            ),
        ),
    ),
    Offer(
        act=SetProductCessation,
        form=Form(
            verb="cessation",
            title="Fixer l’arrêt après l’AMM",
            button="Fixer l’arrêt",
            fields=CESSATION,
        ),
    ),
)
