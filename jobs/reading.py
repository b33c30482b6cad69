"""What `phloem read` shows: a token dataset's sizes, rows decoded, and how fast one reader is."""

from rich.console import Console
from rich.markup import escape

from jobs.progress import size
from pipelines.reader import TokenDataset
from pipelines.reader.peek import Sample, describe, measure, open_own_tokenizer, peek
from pipelines.storage import Stores

_DOCUMENT_CHARACTERS = 300
_DOCUMENTS = 4


def show(uri: str, stores: Stores, *, seed: int, num_rows: int, characters: int = _DOCUMENT_CHARACTERS) -> None:
    """Print the dataset at `uri`, the first `num_rows` of its order under `seed`, and tokens per second."""
    out = Console(highlight=False, soft_wrap=True)
    dataset = TokenDataset.open(uri, seed=seed, batch_size=32, stores=stores)
    about = describe(dataset)
    out.print(f"[bold]{escape(about.corpus)} {escape(about.version)}[/]  {escape(about.uri)}")
    out.print(f"{about.num_rows:,} sequences of {about.context_length:,} ({about.token_type})", end=", ")
    out.print(f"{about.num_tokens:,} tokens in {about.num_shards:,} shards, {size(about.size_bytes)}")
    out.print(f"tokenizer {escape(about.tokenizer)}, {about.vocabulary_size:,} ids, end of text {about.end_of_text_id}")
    print_rows(out, dataset, num_rows, characters)
    if about.num_rows:
        speed = measure(dataset)
        rates = f"{speed.tokens_per_second:,.0f} tokens/s, {speed.rows_per_second:,.0f} rows/s"
        out.print(f"one reader, in this order: {rates}")


def print_rows(out: Console, dataset: TokenDataset, num_rows: int, characters: int = _DOCUMENT_CHARACTERS) -> None:
    """Print the next rows of the dataset's order, document by document."""
    for sample in peek(dataset, open_own_tokenizer(dataset.shards), num_samples=num_rows):
        out.print(f"[bold]sample {sample.position}[/] (row {sample.row:,}): {sample.num_tokens:,} tokens")
        for line in lines(sample, characters):
            out.print(line, markup=False)


def lines(sample: Sample, characters: int) -> list[str]:
    """A line for each of the first documents of a row, cut and with its control characters shown."""
    shown = []
    for document in sample.documents[:_DOCUMENTS]:
        text = " ".join(document.text.split())
        cut = text if len(text) <= characters else text[: characters - 1] + "…"
        visible = "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in cut)
        shown.append(f"  [{document.start:>5} + {document.num_tokens:>5}] {visible}")
    if len(sample.documents) > _DOCUMENTS:
        shown.append(f"  and {len(sample.documents) - _DOCUMENTS} documents more")
    return shown
