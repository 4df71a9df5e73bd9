"""What each figure of the report counts, and from what: what a machine saw, or what a person said."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

DEFINITIONS: tuple[tuple[Promise, Promise, Promise], ...] = (
    (
        _("Temps sans service"),
        _("De la première sonde en échec à la fin de la panne ; réouvertures comprises."),
        _("Mesuré par les balises. Déclaré, si l’équipe a ouvert ou levé la panne elle-même."),
    ),
    (
        _("En panne, revenu, vérifié"),
        _(
            "Trois sondes en échec de suite, datées de la première ; première réponse ; réponses assez "
            "durables pour s’y fier."
        ),
        _("Mesuré par la balise de chaque serveur."),
    ),
    (
        _("Retard d’un bulletin"),
        _(
            "Écart entre l’heure du bulletin et celle de l’échelle, ou celle que le précédent promettait."
        ),
        _("Heure mesurée à l’écriture ; texte et promesse déclarés par l’équipe."),
    ),
    (
        _("Ce qui attendait"),
        _(
            "Reçu avant le début de la panne et pas encore réglé : délai qui courait ce jour-là, question "
            "sans réponse, fiche saisie, envoi mis de côté."
        ),
        _("Mesuré dans le journal. Le délai est celui qui court aujourd’hui."),
    ),
    (
        _("Déclarations reçues"),
        _("Accusé donné pendant la panne, quel que soit le moment de l’enregistrement."),
        _(
            "Mesuré : heure de l’accusé. Par téléphone ou sur papier, heure déclarée par qui saisit."
        ),
    ),
    (
        _("Reçues encore une fois"),
        _(
            "Accusés joints à ce qui fut reçu pendant la panne, ou donnés pendant elle, d’une commande "
            "déjà enregistrée."
        ),
        _("Mesuré : accusés signés. Pour une fiche, heure d’appel déclarée."),
    ),
    (
        _("Habituelles"),
        _("Moyenne des mêmes jours et heures des huit semaines d’avant."),
        _("Mesuré : heures des accusés."),
    ),
    (
        _("Sans doute jamais faites"),
        _(
            "Habituelles, moins reçues, moins faites sur fiche ; une fiche rapprochée d’une déclaration "
            "reçue pendant la panne n’est ôtée qu’une fois. Jamais sous zéro."
        ),
        _("Estimé, à partir des trois lignes d’avant."),
    ),
    (
        _("Délai touché, part prise"),
        _(
            "Délai légal qui courait pendant la panne ; heures de panne rapportées à sa durée entière."
        ),
        _("Calculé : jour 0 et terme de la déclaration."),
    ),
    (
        _("Connue, retard"),
        _(
            "Heure où le journal a tenu la déclaration ; retard sur la fin du dernier jour du délai."
        ),
        _("Mesuré : heure de la base."),
    ),
    (
        _("Fiches"),
        _(
            "Appel ou écriture pendant la panne ; « absents » : rangs sous le dernier utilisé d’un carnet "
            "entamé, jamais saisis."
        ),
        _("Déclaré : par qui a pris l’appel, qui a saisi, qui a rendu le carnet."),
    ),
    (
        _("Accusé d’une fiche"),
        _("Dans le premier jour ouvré si la saisie suit la réception d’un jour ouvré au plus."),
        _("Réception déclarée ; saisie mesurée."),
    ),
    (
        _("Écarts, numéros expliqués"),
        _("Événements de l’histoire de ces fiches, jusqu’à aujourd’hui."),
        _("Écart mesuré par comparaison ; jugement déclaré par une personne."),
    ),
    (
        _("Carnets"),
        _(
            "Valables pendant la panne ; entamé si une fiche de la panne en vient ; état rendu : son "
            "détenteur a dit depuis le début jusqu’où il a servi."
        ),
        _("Mesuré à la remise et à la saisie ; l’état rendu est déclaré."),
    ),
    (
        _("Envois mis de côté"),
        _(
            "Accusés pendant la panne, puis refusés par le journal ; repris quand une personne a conclu."
        ),
        _("Mesuré ; la suite donnée est déclarée."),
    ),
    (
        _("Demandes d’accès compassionnel touchées"),
        _(
            "À l’agence avant la fin de la panne, par un formulaire, une dose ou un accord oral, et pas "
            "encore closes à son début."
        ),
        _("Mesuré : heures des accusés. Celle d’une dose ou d’un appel est déclarée."),
    ),
    (
        _("Demandes sans doute jamais faites"),
        _(
            "Habituelles, moins celles qui sont arrivées par formulaire, dose ou accord oral, moins les "
            "envois mis de côté et les fiches à rapprocher. Jamais sous zéro."
        ),
        _("Estimé, à partir des lignes d’avant."),
    ),
    (
        _("Décision en retard, retard"),
        _(
            "Rendue après l’objectif (4 heures, 1 ou 3 jours ouvrés), ou pas encore à la fin de la panne "
            "alors qu’il était passé ; seulement si l’attente a touché la panne. Retard brut, questions "
            "comprises."
        ),
        _("Calculé. L’objectif est celui de la maison."),
    ),
    (
        _("Délai d’accès compassionnel touché"),
        _(
            "Courait pendant la panne. Décision implicite : le premier des deux termes possibles. Part "
            "prise : heures de panne dans l’attente, jusqu’à la décision ou la fin de la panne."
        ),
        _("Calculé : réceptions, questions et réponses du journal."),
    ),
    (
        _("Régularisation d’une dose ou d’un accord oral"),
        _(
            "Un jour ouvré, ou les jours arrêtés quand elle fut donnée ; si ce fut pendant la panne, "
            "comptés depuis la fin de celle-ci."
        ),
        _("Calculé. L’heure de la dose ou de l’appel est déclarée."),
    ),
    (
        _("Cas à revoir"),
        _(
            "Décision non différable en retard, dose donnée puis refusée, autorisation expirée pendant "
            "que son renouvellement attendait."
        ),
        _("Calculé. La revue clinique n’est pas enregistrée."),
    ),
    (
        _("Causes, actions, preuves, notes"),
        _("Ce que l’équipe a consigné, mot pour mot."),
        _("Déclaré, avec le compte de son auteur."),
    ),
)
"""Figure, what it counts, from what and by whom."""
