"""Words of a chunk exactly as spaCy's English tokenizer cuts them, and what the rules ask of each chunk.

english     the process's memory: every chunk of a scan is looked into once
resolve     the kernel that finds out what is to know of a new chunk
facts       what the rules count in it
normal      its words in MinHash's normal form
room        working memory for it
lexicon     where that is kept
affixes     prefixes, suffixes, infixes
urls        what may be a URL
special     special cases, and spaCy's last pass, which looks for them across tokens
context     chunks that this pass changes because of their neighbours
reading     words of single texts
classes     what each code point is, made from spaCy's own expressions
"""

from pipelines.text.words.reading import words

__all__ = ["words"]
