"""What can be said of one text: its words, its quality, its language, its signature. No paths, no Spark, no configuration.

    characters      sets of characters: terminal punctuation, punctuation, digits
    texts           an Arrow string column or a list, as Python strings; anything else is refused
    words           a text's words and sentences, as spaCy gives them, remembered per chunk
    rules           every threshold of the quality rules, with its source: `QualityRules`, `FINEWEB`
    repetition      Gopher: how much of a text repeats itself
    gopher          Gopher: is it made of words and lines as prose is
    c4              C4: which lines stay, how many sentences, what rejects a page
    fineweb         FineWeb: shape of the lines that C4 left
    quality         all four in the published order: `judge(texts)` gives one row per text
    spans           the place in a text that shows best why it was rejected
    minhash         signatures and band keys that find near duplicates, and the true Jaccard
    language        most probable language by fastText's lid.176

`quality` stands on the four families, they on `words` and `rules`, these on `characters`; nothing points up.
"""
