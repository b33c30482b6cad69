"""Identifiers of people and secrets: where they stand in a text, and what is put in their place.

    contacts      e-mail addresses and telephone numbers
    addresses     IPv4 and IPv6
    accounts      IBANs and card numbers, by their check digits
    credentials   keys of issuers, tokens, private keys
    finders       all of them in one text, none overlapping another
    pseudonyms    what stands for a value everywhere, under a secret
    redaction     texts without them, and how many of each kind there were

Deliberately not found: "name at host dot org", telephone numbers that neither a country code nor a word announces,
names and postal addresses (they need a model, not a pattern), passwords (they look like anything).
"""

from pipelines.text.personal_data.finders import KINDS, find
from pipelines.text.personal_data.pseudonyms import pseudonym, pseudonym_key
from pipelines.text.personal_data.redaction import PersonalDataRules, redact, redact_texts
from pipelines.text.personal_data.spans import Span

__all__ = ["KINDS", "PersonalDataRules", "Span", "find", "pseudonym", "pseudonym_key", "redact", "redact_texts"]
