"""What the printed kit says: French, with a page in English for whoever reads no French."""

TITLE = "Fiches numérotées – quand le service ne répond pas"
FOOTER = "Carnet"
HOLDER, SITE, NUMBERS, VALID_UNTIL = "Remis à", "Site", "Fiches", "Valable jusqu'au"
PHONES_TITLE = "Qui appeler"
PHONES = (
    ("ON_CALL_PHONE", "Astreinte de l'agence"),
    ("ON_CALL_PHONE_ELSEWHERE", "Astreinte, second numéro (autre site)"),
    ("FALLBACK_FAX", "Télécopie de secours"),
    ("FALLBACK_MAIL", "Adresse de secours déclarée"),
)
CENTRE = "Votre centre régional (CRPV)"
TO_COMPLETE = "à compléter : ........................"
EMERGENCY = "Urgence médicale : 15 ou 112. L'astreinte de l'agence ne remplace pas le SAMU."
INSTRUCTIONS = (
    (
        "Que faire pendant une panne",
        (
            (
                "Regardez d'abord la page d'état du service. Un simple ralentissement ne demande "
                "pas de fiche : la déclaration est reçue et datée même quand elle est enregistrée "
                "plus tard."
            ),
            (
                "Effet indésirable, décès dans un essai : appelez votre centre régional, à défaut "
                "l'astreinte. Dictez la fiche, faites relire le numéro. La date de l'appel compte : "
                "c'est elle qui ouvre le délai légal."
            ),
            (
                "Accès compassionnel, patient conforme aux critères publiés : prescripteur et "
                "pharmacien signent la fiche, la pharmacie dispense et garde l'original. Aucun "
                "accord oral n'est nécessaire ; la régularisation suit."
            ),
            (
                "Accès compassionnel, urgence vitale ou hors critères et non différable : appelez "
                "l'astreinte. Elle vous rappelle au numéro de l'annuaire avant de répondre. Notez "
                "l'heure, la réponse, le numéro relu."
            ),
            "Ce qui peut attendre attend, ou part à l'adresse de secours déclarée.",
        ),
    ),
    (
        "Comment remplir une fiche",
        (
            (
                "Une fiche pour un appel ou un patient. Un numéro ne sert qu'une fois : ne "
                "photocopiez pas une fiche vierge."
            ),
            (
                "Pas de nom entier : trois premières lettres du nom et première lettre du prénom ; "
                "pour un accès compassionnel, la première lettre de chacun."
            ),
            (
                "Écrivez ce que vous savez, laissez le reste vide. Ne corrigez pas : barrez et "
                "récrivez, que les deux se lisent."
            ),
            "Fiche gâchée : écrivez « annulée » et pourquoi, gardez-la.",
        ),
    ),
    (
        "Quand le service revient",
        (
            (
                "Remettez toutes les fiches utilisées sous un jour ouvré, gâchées comprises, et "
                "dites quel est le dernier numéro utilisé."
            ),
            (
                "Si vous déclarez ensuite sur le site, citez le numéro de la fiche dans le récit : "
                "un seul cas sera compté, avec la date de la fiche."
            ),
            (
                "Aucune fiche n'est jetée. Une fiche perdue se déclare ; deux personnes le "
                "constatent."
            ),
        ),
    ),
)
ENGLISH_TITLE = "In English"
ENGLISH = (
    (
        "During an outage",
        (
            (
                "Adverse reaction, or death in a trial: call your regional centre (CRPV), else the "
                "agency's on-call number. Dictate the sheet and have its number read back. The "
                "legal time limit starts with the call."
            ),
            (
                "Compassionate access, patient within the published criteria: prescriber and "
                "hospital pharmacist both sign the sheet; the pharmacy dispenses and keeps it."
            ),
            (
                "Compassionate access, vital emergency or outside the criteria and not deferrable: "
                "call the on-call number; you are called back before any answer is given."
            ),
            "Whatever can wait, waits, or goes to the declared fallback address.",
        ),
    ),
    (
        "Filling in a sheet",
        (
            "One sheet for one call or patient; a number is used once. Never copy a blank sheet.",
            "No full name of a patient. Strike out what is wrong so that it stays readable.",
            "A medical emergency: call 15 or 112.",
        ),
    ),
    (
        "Afterwards",
        (
            "Hand in every sheet that was used or spoiled within one working day.",
            (
                "When you declare on the site, quote the sheet's number: one case is counted, with "
                "the date of the sheet."
            ),
        ),
    ),
)
SHEET_TITLE = "Fiche en mode dégradé"
FRONT, BACK = "Recto", "Verso – accès compassionnel seulement"
QR_ALT = "Code du numéro"
FIRST_SECTION = "Quoi, quand, comment"
WHAT, CHANNEL = "Nature", "Voie"
OCCURRED_AT = "Appel ou écrit le (date, heure)"
RECEIVED_AT = "Reçu le (date, heure)"
SIGNATURES = (
    "Prescripteur (nom, signature)",
    "Pharmacien (nom, signature)",
    "Astreinte (nom, signature)",
)
REMINDER = (
    "À remettre sous un jour ouvré après le retour du service. Rien de ce qui est écrit ici n'est "
    "effacé par ce qui est saisi plus tard."
)
