"""What a renewal begins with: what is known stays, what the law asks again is asked again."""

from dataclasses import replace

from compassionate.domain.prescription import Prescription


def renewed(part: Prescription) -> Prescription:
    """Return the prescriber's part of a renewal, prefilled from the request before (R5121-74-4).

    The clinical data of the elapsed period, the attestation, the undertakings, the answers to the
    criteria and the weight are the prescriber's to give anew: they say how it is now.
    """
    return replace(
        part,
        patient_age=None,
        patient_weight_kg=None,
        weight_measured_on=None,
        criteria=(),
        criteria_version=None,
        undertakes_criteria=False,
        undertakes_follow_up=False,
        elapsed_data=None,
        attests_interest=False,
        wanted_on=None,
        urgency=None,
        deferrable=None,
    )
