"""How hard a text is to read: the school grade of Flesch and Kincaid, with syllables counted by rule."""

from __future__ import annotations

import re

from evidence.errors import InputError

_ENDS = re.compile(r"(?<=[.!?:;])\s+")
_WORD = re.compile(r"[^\W_]+(?:['’][^\W\d_]+)*")
_NUMBER = re.compile(r"\d[\d,.]*")
_VOWELS = re.compile(r"[aeiouy]+")
# Two vowels that stand side by side and are both spoken: area, idea, created, science, video.
_SPLIT = re.compile(
    r"(?<=[rd])eas?$|creat(?!ur)|(?<!t)ie(?=t$|n[ct])|(?<![csxt])io|(?<![cst])ia|uo|eo(?!p)|ua(?!l)|yi"
)
# An e that is not spoken: scale, scales, used; but needle, needles, treated, prices.
_SILENT = re.compile(r"[^aeiouy]e$|[^aeiouydt]ed$|[^aeiouyscxzgh]es$")
_SPOKEN = re.compile(r"[^aeiouy]les?$")


def syllables(word: str) -> int:
    """Count the syllables of an English word by its groups of vowels; a number counts as one.

    Examples
    --------
    >>> [syllables(word) for word in ("scars", "people", "treated", "microneedling", "30")]
    [1, 2, 2, 4, 1]
    """
    word = word.lower()
    if not _VOWELS.search(word):
        return 1
    count = len(_VOWELS.findall(word)) + len(_SPLIT.findall(word))
    if _SILENT.search(word) and not _SPOKEN.search(word):
        count -= 1
    return max(count, 1)


def sentences(text: str) -> list[str]:
    """Break a text where a thought ends: after stops, question and exclamation marks, colons and semicolons.

    Examples
    --------
    >>> sentences("Scars fade. Do they go? No: 3.5 points.")
    ['Scars fade.', 'Do they go?', 'No:', '3.5 points.']
    """
    return [part for part in _ENDS.split(text.strip()) if _words(part)]


def reading_grade(text: str) -> float:
    """Return the years of school that a text asks for.

    0.39 words a sentence + 11.8 syllables a word - 15.59 (Kincaid, Fishburne, Rogers and Chissom 1975, Naval
    Technical Training Command, Research Branch Report 8-75).

    Parameters
    ----------
    text : str
        English; figures count as words of one syllable.

    Returns
    -------
    float

    Raises
    ------
    InputError
        If there are no words.

    Examples
    --------
    >>> round(reading_grade("The cat sat on the mat."), 2)
    -1.45
    """
    words = _words(text)
    if not words:
        raise InputError(f"text={text!r} has no words whose reading grade could be found.")
    spoken = sum(syllables(word) for word in words)
    return 0.39 * len(words) / len(sentences(text)) + 11.8 * spoken / len(words) - 15.59


def _words(text: str) -> list[str]:
    return _WORD.findall(_NUMBER.sub("1", text))
