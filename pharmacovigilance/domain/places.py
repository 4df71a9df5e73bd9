"""Départements, regional pharmacovigilance centres (CRPV) and countries.

The law gives each centre a territory by agreement (CSP R5121-158), so the routing is data that a
site corrects, not a rule. 31 centres as in 2021. `ASSUMED` names the départements whose centre is
taken from general knowledge where one region has several centres; check them against the agency's
list before production. Overseas collectivities have no centre here: the agency follows them. Paris is split between six centres by arrondissement: here it goes to one.
"""

from typing import NamedTuple


class Centre(NamedTuple):
    """One regional pharmacovigilance centre."""

    code: str
    name: str
    city: str
    departments: tuple[str, ...]


_CENTRES = (
    ("amiens", "CRPV d'Amiens", "Amiens", "02 60 80"),
    ("angers", "CRPV d'Angers", "Angers", "49 53 72"),
    ("besancon", "CRPV de Besançon", "Besançon", "25 39 70 90"),
    ("bordeaux", "CRPV de Bordeaux", "Bordeaux", "33 40 47 64 971 972 973 974 976"),
    ("brest", "CRPV de Brest", "Brest", "29"),
    ("caen", "CRPV de Caen", "Caen", "14 50 61"),
    ("clermont_ferrand", "CRPV de Clermont-Ferrand", "Clermont-Ferrand", "03 15 43 63"),
    ("dijon", "CRPV de Dijon", "Dijon", "21 58 71 89"),
    ("grenoble", "CRPV de Grenoble", "Grenoble", "38"),
    ("lille", "CRPV de Lille", "Lille", "59 62"),
    ("limoges", "CRPV de Limoges", "Limoges", "19 23 24 36 87"),
    ("lyon", "CRPV de Lyon", "Lyon", "01 07 26 69 73 74"),
    ("marseille", "CRPV de Marseille", "Marseille", "04 05 13 2A 2B 84"),
    ("montpellier", "CRPV de Montpellier", "Montpellier", "11 30 34 48 66"),
    ("nancy", "CRPV de Nancy", "Nancy", "54 55 57 88"),
    ("nantes", "CRPV de Nantes", "Nantes", "44 85"),
    ("nice", "CRPV de Nice", "Nice", "06 83"),
    ("paris_cochin", "CRPV de Paris – Cochin", "Paris", "91"),
    ("paris_fernand_widal", "CRPV de Paris – Fernand-Widal", "Paris", "95"),
    ("paris_hegp", "CRPV de Paris – HEGP", "Paris", "78 92"),
    ("paris_henri_mondor", "CRPV de Créteil – Henri-Mondor", "Créteil", "77 94"),
    ("paris_pitie_salpetriere", "CRPV de Paris – Pitié-Salpêtrière", "Paris", "75"),
    ("paris_saint_antoine", "CRPV de Paris – Saint-Antoine", "Paris", "93"),
    ("poitiers", "CRPV de Poitiers", "Poitiers", "16 17 79 86"),
    ("reims", "CRPV de Reims", "Reims", "08 10 51 52"),
    ("rennes", "CRPV de Rennes", "Rennes", "22 35 56"),
    ("rouen", "CRPV de Rouen", "Rouen", "27 76"),
    ("saint_etienne", "CRPV de Saint-Étienne", "Saint-Étienne", "42"),
    ("strasbourg", "CRPV de Strasbourg", "Strasbourg", "67 68"),
    ("toulouse", "CRPV de Toulouse", "Toulouse", "09 12 31 32 46 65 81 82"),
    ("tours", "CRPV de Tours", "Tours", "18 28 37 41 45"),
)

CENTRES: dict[str, Centre] = {
    code: Centre(code, name, city, tuple(departments.split()))
    for code, name, city, departments in _CENTRES
}

_ASSUMED = """01 04 05 06 07 22 24 26 29 36 38 42 44 49 53 56 69 72 73 74 75 77 78 83 85 91 92 93
94 95 971 972 973 974 976"""
ASSUMED: frozenset[str] = frozenset(_ASSUMED.split())

_CENTRE_OF = {
    department: centre.code for centre in CENTRES.values() for department in centre.departments
}

DEPARTMENTS: dict[str, str] = dict(
    pair.split("=")
    for pair in """
    01=Ain|02=Aisne|03=Allier|04=Alpes-de-Haute-Provence|05=Hautes-Alpes|06=Alpes-Maritimes
    07=Ardèche|08=Ardennes|09=Ariège|10=Aube|11=Aude|12=Aveyron|13=Bouches-du-Rhône|14=Calvados
    15=Cantal|16=Charente|17=Charente-Maritime|18=Cher|19=Corrèze|2A=Corse-du-Sud
    2B=Haute-Corse|21=Côte-d'Or|22=Côtes-d'Armor|23=Creuse|24=Dordogne|25=Doubs|26=Drôme|27=Eure
    28=Eure-et-Loir|29=Finistère|30=Gard|31=Haute-Garonne|32=Gers|33=Gironde|34=Hérault
    35=Ille-et-Vilaine|36=Indre|37=Indre-et-Loire|38=Isère|39=Jura|40=Landes|41=Loir-et-Cher
    42=Loire|43=Haute-Loire|44=Loire-Atlantique|45=Loiret|46=Lot|47=Lot-et-Garonne|48=Lozère
    49=Maine-et-Loire|50=Manche|51=Marne|52=Haute-Marne|53=Mayenne|54=Meurthe-et-Moselle|55=Meuse
    56=Morbihan|57=Moselle|58=Nièvre|59=Nord|60=Oise|61=Orne|62=Pas-de-Calais|63=Puy-de-Dôme
    64=Pyrénées-Atlantiques|65=Hautes-Pyrénées|66=Pyrénées-Orientales|67=Bas-Rhin|68=Haut-Rhin
    69=Rhône|70=Haute-Saône|71=Saône-et-Loire|72=Sarthe|73=Savoie|74=Haute-Savoie|75=Paris
    76=Seine-Maritime|77=Seine-et-Marne|78=Yvelines|79=Deux-Sèvres|80=Somme|81=Tarn
    82=Tarn-et-Garonne|83=Var|84=Vaucluse|85=Vendée|86=Vienne|87=Haute-Vienne|88=Vosges|89=Yonne
    90=Territoire de Belfort|91=Essonne|92=Hauts-de-Seine|93=Seine-Saint-Denis|94=Val-de-Marne
    95=Val-d'Oise|971=Guadeloupe|972=Martinique|973=Guyane|974=La Réunion|975=Saint-Pierre-et-Miquelon
    976=Mayotte|977=Saint-Barthélemy|978=Saint-Martin|986=Wallis-et-Futuna
    987=Polynésie française|988=Nouvelle-Calédonie
    """.strip()
    .replace("\n    ", "|")
    .split("|")
)

_COUNTRIES = """AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS
BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE
EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM
HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC
LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA
NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW
SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO
TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW EU"""
COUNTRIES: frozenset[str] = frozenset(_COUNTRIES.split())
"""ISO 3166-1 alpha-2, and EU as E2B(R3) allows (C.2.r.3)."""


def centre_of(department: str | None) -> str | None:
    """Return the code of the regional centre of a département, None where there is none."""
    return _CENTRE_OF.get(department) if department else None


def has_centre(department: str | None) -> bool:
    """Say whether a regional centre follows what comes from a département."""
    return centre_of(department) is not None


def department_of(postcode: str | None) -> str | None:
    """Return the département of a French postcode, None if it is not one."""
    if postcode is None or len(postcode) != 5 or not postcode.isascii() or not postcode.isdigit():
        return None
    if postcode.startswith("20"):
        return "2A" if postcode < "20200" else "2B"
    code = postcode[:3] if postcode.startswith(("97", "98")) else postcode[:2]
    return code if code in DEPARTMENTS else None
