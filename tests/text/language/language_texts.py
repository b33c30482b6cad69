"""Texts that try the reading of a language model, and the fastText library's own answers."""

from functools import cache

import fasttext
import numpy as np
from hypothesis import strategies as st

from pipelines.text.language import model_path

SPACES = [chr(point) for point in range(0x110000) if chr(point).isspace()]
REAL = [
    "The mill stands by the river, and its wheel has turned for two hundred years.\nNobody knows who built it.",
    "Die Mühle steht am Fluss,\tund ihr Rad dreht sich seit zweihundert Jahren.",
    "Le moulin est près de la rivière ; sa roue tourne depuis deux cents ans.",
    "川のそばに水車小屋があり、二百年前から回り続けている。誰が建てたのか\u3000知る人はいない。",
    "Мельница стоит у реки, и её колесо вращается уже двести лет.",
    "المطحنة تقف عند النهر وعجلتها تدور منذ مئتي عام",
    "จักรน้ำหมุนมาสองร้อยปี नदी के किनारे चक्की खड़ी है 강가에 물레방아가 있다",
    "https://example.org/a/b?c=d&e=f 0x1F 3.14159 foo_bar() // a comment",
]
HOSTILE = [
    *("", " ", "\n", "\x00", " \x00\t", "\xa0", "\x1c", "#", "zq 0 !? xx", "<", ">", "<>", "e", "é", "\U0010ffff"),
    *(
        "</s>",
        "the cat </s> und der Hund",
        "a </s> b",
        "a</s> b",
        "</s>x the",
        "</s",
        "the </s>\x00cat",
        "the\xa0</s> cat",
        "the\x00</s>\x00cat",
    ),
    *("__label__", "__label__en", "the __label__en cat", "x__label__en", "__label_en", "__label__en\xa0the cat"),
    *("the\x00cat\x00sat", "\x00the\x00", "the\xa0cat sat\xa0 on\u2003the mat", "\u3000你好世界", "你好\u3000"),
    *("q" * 97, "é" * 300, "字" * 5000, "the " + "z" * 40_000 + " cat", "ab " * 3000, "\xa0".join("word" * 40)),
    *("👩‍👩‍👧‍👦 family 🙂🙃", "cafe\u0301", "\ufeffthe cat", "the\u200bcat", "\r\n\r\n", "a\rb\x0bc\x0cd\te\x1ff"),
    *(before + space + after for space in [*SPACES, "\x00"] for before in ("the", "") for after in ("cat", "")),
    *(" " * gap + "the cat"[:length] for gap in (1, 7, 8, 63, 64, 65) for length in range(1, 8)),
]
PIECES = [
    *SPACES,
    "\x00",
    " ",
    " ",
    "</s>",
    "__label__",
    "__label__de ",
    "the",
    "und",
    "é",
    "я",
    "字",
    "🙂",
    "<",
    "x" * 9,
]
GENERATED = st.lists(st.sampled_from(PIECES) | st.text(st.characters(codec="utf-8"), max_size=5), max_size=12).map(
    "".join
)


@cache
def library():
    return fasttext.load_model(str(model_path()))


def bits(scores):
    """Scores as the 32 bits they have in the library."""
    return np.array(scores, np.float32).view(np.uint32).tolist()


def library_answer(text, k):
    """Its labels, best first, and the bits of their scores."""
    labels, scores = library().predict(text.replace("\n", " "), k=k)
    return [label.removeprefix("__label__") for label in labels], bits(scores)
