"""Sentences that are put together from phrases."""


def capitalised(phrase: str) -> str:
    """A phrase as the beginning of a sentence. Names and claims within it keep their letters.

    >>> capitalised("claims left out: C3, C26")
    'Claims left out: C3, C26'
    """
    return phrase[:1].upper() + phrase[1:]
