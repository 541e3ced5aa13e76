"""The one kind of trouble a reader of results can meet."""


class ResultsError(Exception):
    """Something is wrong with a result directory. Its text is one line: WHERE: WHAT; WHY; REMEDY."""

    def __init__(self, where: object, what: str, why: str = "", remedy: str = "") -> None:
        text = f"{where}: " + "; ".join(part for part in (what, why, remedy) if part)
        super().__init__(" ".join(text.split()))
