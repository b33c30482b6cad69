"""What can be said of one text, and what can be made of it. No paths, no Spark, no configuration.

From bytes to text:
    charset         bytes of a page as text, strictly or not at all
    urls            whether a URL is banned: domains, words
    extract         main text of an HTML page, within limits
    markup          what the extractor would lose of it, mended
    formulas        formulas of a page as LaTeX or in a line
    lines           lines that say nothing removed
    normalize       one spelling for texts that look the same
    personal_data   a room within: identifiers of people and secrets found, and what is put in their place

Quality:
    quality         a room within: `judge(texts)`, all rules in the published order, one row per text
    rules           every threshold with its source: `QualityRules`, `FINEWEB`
    spans           the place in a text that shows best why it was rejected

Near duplicates and language:
    minhash         a room within: signatures and band keys that find near duplicates, and the true Jaccard
    language        most probable languages by fastText's lid.176, from the scan; the table of thresholds and stop words

Under them:
    scan            a room within: one walk over a column's bytes, from which everything else is read; compiling
    words           a room within: a chunk's words, as spaCy gives them, looked into once
    characters      sets of characters: terminal punctuation, punctuation, digits
    warm            all kernels compiled, or read back, before the first text comes
"""
