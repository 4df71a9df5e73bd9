"""What the printed référentiel says: French, with a few lines in English for whoever reads no French."""

TITLE = "Référentiel hors ligne des accès dérogatoires"
TITLE_EN = "Criteria for named-patient access, for the time when the service does not answer"
VERSION, MADE_AT, SHEETS = "Version", "État du", "Fiches"
DIGEST, KEY = "Empreinte (SHA-256)", "Clé de signature (Ed25519)"
REPLACED = "Remplace toute édition antérieure ; une édition par semaine."
PHONES_TITLE = "Qui appeler"
PHONES = (
    ("ON_CALL_PHONE", "Astreinte de l'agence"),
    ("ON_CALL_PHONE_ELSEWHERE", "Astreinte, second numéro (autre site)"),
)
TO_COMPLETE = "à compléter : ........................"
USE_TITLE = "Quand le service ne répond pas"
USE = (
    (
        "Cherchez le produit et l'indication. Chaque critère se vérifie : le prescripteur et le "
        "pharmacien cochent, datent et signent une fiche numérotée, et y écrivent la version des "
        "critères. Si tout est conforme, la pharmacie dispense ; aucun accord oral n'est nécessaire, la "
        "régularisation suit."
    ),
    (
        "Hors critères ou sans critères publiés, et urgence vitale : appelez l'astreinte. Ce qui peut "
        "attendre attend."
    ),
    "Un produit en accès précoce (AAP) ou sous CPC ne se demande pas pour un patient nommé.",
    (
        "Une demande est jugée par les critères en vigueur au jour de sa réception. Ceux-ci sont ceux de "
        "la date ci-dessus ; l'empreinte en haut de cette page est celle du fichier signé de l'agence."
    ),
)
ENGLISH = (
    "Look up product and indication. If every criterion is met, prescriber and hospital pharmacist sign a "
    "numbered sheet, naming the version of the criteria, and the pharmacy dispenses. Outside the "
    "criteria, in a vital emergency: call the on-call number."
)
INDEX_TITLE = "Table"
PRODUCT, INDICATION, STATUS, CRITERIA, PAGE = (
    "Produit",
    "Indication",
    "Accès",
    "Critères",
    "Page",
)
CODES = "Référentiel, indication"
IN_FORCE, COMING = "Critères, version {version}", "À partir du {day}, critères, version {version}"
SINCE, MOST_DAYS, CEASES = "En vigueur depuis le", "Durée maximale", "L'accès cesse le"
VERY_EARLY, UNDERTAKEN = "Accès très précoce", "Engagement du titulaire signé le"
YES_LACKING = "oui ; l'engagement du titulaire n'est pas reçu"
DAYS = "{days} jours"
PROTOCOL = "PUT-SP"
PROTOCOL_SAID = "version {version}, publiée le {day}"
PROTOCOL_DOCUMENT, FOLLOW_UP, DECLARE_TO = (
    "PUT-SP, empreinte (SHA-256)",
    "Suivi dû aux jours",
    "Effets indésirables à",
)
NO_PROTOCOL = "aucun n'est publié"
MET, NOT_MET, NOT_APPLICABLE = "rempli", "non rempli", "sans objet"
MUST_NOT = "doit ne pas être rempli"
NO_CRITERIA = "Aucun critère n'est publié : chaque demande se justifie."
NO_SHEETS = "Aucune fiche n'est publiée."
