"""What each figure of the report counts, and from what: what a machine saw, or what a person said."""

DEFINITIONS: tuple[tuple[str, str, str], ...] = (
    (
        "Temps sans service",
        "De la première sonde en échec à la fin de la panne ; réouvertures comprises.",
        "Mesuré par les balises. Déclaré, si l’équipe a ouvert ou levé la panne elle-même.",
    ),
    (
        "En panne, revenu, vérifié",
        (
            "Trois sondes en échec de suite, datées de la première ; première réponse ; réponses assez "
            "durables pour s’y fier."
        ),
        "Mesuré par la balise de chaque serveur.",
    ),
    (
        "Retard d’un bulletin",
        "Écart entre l’heure du bulletin et celle de l’échelle, ou celle que le précédent promettait.",
        "Heure mesurée à l’écriture ; texte et promesse déclarés par l’équipe.",
    ),
    (
        "Ce qui attendait",
        (
            "Reçu avant le début de la panne et pas encore réglé : délai qui courait ce jour-là, question "
            "sans réponse, fiche saisie, envoi mis de côté."
        ),
        "Mesuré dans le journal. Le délai est celui qui court aujourd’hui.",
    ),
    (
        "Déclarations reçues",
        "Accusé donné pendant la panne, quel que soit le moment de l’enregistrement.",
        "Mesuré : heure de l’accusé. Par téléphone ou sur papier, heure déclarée par qui saisit.",
    ),
    (
        "Reçues encore une fois",
        (
            "Accusés joints à ce qui fut reçu pendant la panne, ou donnés pendant elle, d’une commande "
            "déjà enregistrée."
        ),
        "Mesuré : accusés signés. Pour une fiche, heure d’appel déclarée.",
    ),
    (
        "Habituelles",
        "Moyenne des mêmes jours et heures des huit semaines d’avant.",
        "Mesuré : heures des accusés.",
    ),
    (
        "Sans doute jamais faites",
        (
            "Habituelles, moins reçues, moins faites sur fiche ; une fiche rapprochée d’une déclaration "
            "reçue pendant la panne n’est ôtée qu’une fois. Jamais sous zéro."
        ),
        "Estimé, à partir des trois lignes d’avant.",
    ),
    (
        "Délai touché, part prise",
        "Délai légal qui courait pendant la panne ; heures de panne rapportées à sa durée entière.",
        "Calculé : jour 0 et terme de la déclaration.",
    ),
    (
        "Connue, retard",
        "Heure où le journal a tenu la déclaration ; retard sur la fin du dernier jour du délai.",
        "Mesuré : heure de la base.",
    ),
    (
        "Fiches",
        (
            "Appel ou écriture pendant la panne ; « absents » : rangs sous le dernier utilisé d’un carnet "
            "entamé, jamais saisis."
        ),
        "Déclaré : par qui a pris l’appel, qui a saisi, qui a rendu le carnet.",
    ),
    (
        "Accusé d’une fiche",
        "Dans le premier jour ouvré si la saisie suit la réception d’un jour ouvré au plus.",
        "Réception déclarée ; saisie mesurée.",
    ),
    (
        "Écarts, numéros expliqués",
        "Événements de l’histoire de ces fiches, jusqu’à aujourd’hui.",
        "Écart mesuré par comparaison ; jugement déclaré par une personne.",
    ),
    (
        "Carnets",
        (
            "Valables pendant la panne ; entamé si une fiche de la panne en vient ; état rendu : son "
            "détenteur a dit depuis le début jusqu’où il a servi."
        ),
        "Mesuré à la remise et à la saisie ; l’état rendu est déclaré.",
    ),
    (
        "Envois mis de côté",
        "Accusés pendant la panne, puis refusés par le journal ; repris quand une personne a conclu.",
        "Mesuré ; la suite donnée est déclarée.",
    ),
    (
        "Causes, actions, preuves, notes",
        "Ce que l’équipe a consigné, mot pour mot.",
        "Déclaré, avec le compte de son auteur.",
    ),
)
"""Figure, what it counts, from what and by whom."""
