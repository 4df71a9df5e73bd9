"""What the status page calls a service, and what people do while it is down: French, English."""

from collections.abc import Mapping, Sequence

from continuity.beacon.watch import State

LABELS: Mapping[str, tuple[str, str]] = {
    "intake": ("Réception des déclarations", "Receiving of declarations"),
    "portal": ("Pages du site", "Pages of the site"),
    "database": (
        "Connexion et lecture des dossiers",
        "Sign-in and reading of files",
    ),
    "recording": ("Inscription au registre", "Recording in the log"),
    "worker": ("Mise à jour des listes de l’agence", "Update of the agency’s lists"),
    "mail": ("Courriels", "E-mail"),
}
STATES: Mapping[State, tuple[str, str]] = {
    State.UP: ("Fonctionne", "Working"),
    State.DOWN: ("En panne", "Down"),
    State.NOT_OBSERVED: ("Non observé", "Not observed"),
}
MEANWHILE: Mapping[str, tuple[str, str]] = {
    "intake": (
        (
            "Déclarez au centre régional de pharmacovigilance, par téléphone ou par le formulaire"
            " Cerfa 10011*07 : le jour où il le reçoit compte. Un formulaire déjà rempli à l’écran"
            " n’est pas perdu : gardez la page ouverte et envoyez de nouveau plus tard."
        ),
        (
            "Report to the regional centre, by telephone or on form Cerfa 10011*07: the day on which"
            " it is received there counts. A form already filled in is not lost: keep the page open"
            " and send it again later."
        ),
    ),
    "portal": (
        (
            "Déclarer reste possible : ouvrez /declarer-sans-compte/ sur ce site, ou envoyez le"
            " formulaire déjà ouvert. Les autres pages ne répondent pas."
        ),
        (
            "You can still report: open /declarer-sans-compte/ on this site, or send the form that"
            " is open. Other pages do not answer."
        ),
    ),
    "database": (
        (
            "Déclarer, compléter, répondre et retirer restent possibles : tout est reçu aussitôt,"
            " avec un reçu signé, et sera enregistré sans rien refaire. Se connecter, lire un"
            " dossier et voir les listes ne le sont pas."
        ),
        (
            "You can still report, add, answer and withdraw: all is received at once, with a signed"
            " receipt, and recorded later without doing it again. You cannot sign in, read a file or"
            " see the lists."
        ),
    ),
    "recording": (
        (
            "Déclarer, compléter, répondre et retirer restent possibles : tout est reçu et gardé,"
            " avec un reçu signé, et sera inscrit sans rien refaire. L’inscription est arrêtée par"
            " une panne ou pour une vérification : rien n’est décidé avant qu’elle reprenne."
        ),
        (
            "You can still report, add, answer and withdraw: all is received and kept, with a signed"
            " receipt, and recorded later without doing it again. A failure or a check has stopped"
            " the recording: nothing is decided before it goes on."
        ),
    ),
    "worker": (
        "Vous pouvez déclarer : tout est reçu. Les listes montreront vos envois plus tard.",
        "You can report: everything is received. The lists will show it later.",
    ),
    "mail": (
        "Vous pouvez déclarer. Les courriels partiront plus tard ; le reçu affiché fait foi.",
        "You can report. E-mail will be sent later; the receipt on the page is valid.",
    ),
}
# Who needs a treatment for a patient now: what is right with the service and without it.
ACCESS = ("Accès compassionnel, en attendant", "Compassionate access, meanwhile")
MEANWHILE_ACCESS: Sequence[tuple[str, str]] = (
    (
        (
            "Critères remplis : le pharmacien et le prescripteur signent tous deux la fiche numérotée, et la"
            " pharmacie dispense."
        ),
        (
            "Criteria met: the pharmacist and the prescriber both sign the numbered sheet, and the pharmacy"
            " dispenses."
        ),
    ),
    (
        "Urgence vitale, ou hors critères et non différable : appelez l’astreinte.",
        "Vital emergency, or off the criteria and not deferrable: call the on-call.",
    ),
    (
        "Ce qui peut attendre attend le retour du service.",
        "What can wait waits for the service to come back.",
    ),
)
# What a request, a decision or a dose needs.
OF_ACCESS = {"intake", "portal", "database", "recording"}
