"""Which components each treatment is made of, and the columns that components and interactions make."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evidence.arguments import FloatArray, nearest
from evidence.errors import InputError, OptionError

TIMES = "*"


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """How names of treatments are read.

    Attributes
    ----------
    components : tuple of str
        Those with an effect, in alphabetical order.
    interactions : tuple of tuple of str
        Sets of components with an effect beyond the sum of theirs.
    inactive : str or None
        The component without an effect.
    sep : str
        What stands between the components of a treatment.
    """

    components: tuple[str, ...]
    interactions: tuple[tuple[str, ...], ...]
    inactive: str | None
    sep: str

    @property
    def terms(self) -> tuple[str, ...]:
        """Names of the columns: components, then interactions such as "mn*prp"."""
        return (*self.components, *(TIMES.join(each) for each in self.interactions))

    def columns(self, treatment: str) -> FloatArray:
        """Return which terms a treatment holds, shape (terms,).

        Raises
        ------
        OptionError
            If it names a component that nobody received; the nearest is named.
        """
        parts = parts_of(treatment, self.sep)
        known = (*self.components, *([] if self.inactive is None else [self.inactive]))
        for part in parts:
            if part not in known:
                raise OptionError(
                    f"Component {part!r} of {treatment!r} was given to nobody in this network; its components"
                    f" are {', '.join(known)}.{nearest(part, known)}"
                )
        own = [float(name in parts) for name in self.components]
        return np.array(own + [float(set(each) <= set(parts)) for each in self.interactions])


def parts_of(treatment: str, sep: str) -> tuple[str, ...]:
    """Split the name of a treatment into its components.

    Raises
    ------
    InputError
        If a component is empty or stands there twice.

    Examples
    --------
    >>> parts_of("mn + prp", "+")
    ('mn', 'prp')
    """
    parts = tuple(part.strip() for part in str(treatment).split(sep))
    if "" in parts:
        raise InputError(f"Treatment {treatment!r} has an empty component beside {sep!r}.")
    if len(set(parts)) < len(parts):
        raise InputError(f"Treatment {treatment!r} names a component twice.")
    return parts


def vocabulary(
    treatments: Sequence[str],
    inactive: str | None,
    sep: str,
    interactions: str | Sequence[str | Sequence[str]] | None,
) -> Vocabulary:
    """Read the components of all treatments.

    Parameters
    ----------
    treatments : sequence of str
    inactive : str or None
    sep : str
    interactions : str, sequence of str or of sequences of str, or None
        "mn*prp", or a list of such or of ("mn", "prp").

    Raises
    ------
    OptionError
        If `inactive` or a component of an interaction was given to nobody.
    InputError
        If `sep` is empty or no treatment holds it, an interaction has fewer than two components or no
        treatment holds it.

    Examples
    --------
    >>> vocabulary(["none", "mn", "mn + prp"], "none", "+", ["mn*prp"]).terms
    ('mn', 'prp', 'mn*prp')
    """
    if not isinstance(sep, str) or not sep.strip():
        raise InputError(f"sep={sep!r} must be the text between components, for instance '+'.")
    of = {treatment: parts_of(treatment, sep) for treatment in treatments}
    if max(map(len, of.values())) == 1:
        raise InputError(
            f"No treatment is a combination: none holds sep={sep!r}. Without combinations use ev.network."
        )
    _check_alike(of)
    names = sorted({part for parts in of.values() for part in parts}, key=lambda x: (x.casefold(), x))
    if inactive is not None and not (isinstance(inactive, str) and inactive in names):
        raise OptionError(
            f"inactive={inactive!r} was given to nobody in this network; its components are"
            f" {', '.join(names)}.{nearest(str(inactive), names)}"
        )
    active = tuple(name for name in names if name != inactive)
    wanted = [interactions] if isinstance(interactions, str) else interactions or []
    pairs = tuple(_interaction(each, active, of) for each in wanted)
    for each in pairs:
        if pairs.count(each) > 1:
            raise InputError(f"Interaction {TIMES.join(each)!r} is given twice.")
    return Vocabulary(active, pairs, inactive, sep)


def _check_alike(of: dict[str, tuple[str, ...]]) -> None:
    seen: dict[frozenset[str], str] = {}
    for treatment, parts in of.items():
        twin = seen.setdefault(frozenset(parts), treatment)
        if twin != treatment:
            raise InputError(
                f"Treatments {twin!r} and {treatment!r} have the same components; give them one name."
            )


def _interaction(
    given: str | Sequence[str], active: tuple[str, ...], of: dict[str, tuple[str, ...]]
) -> tuple[str, ...]:
    parts = given.split(TIMES) if isinstance(given, str) else list(given)
    named = tuple(sorted({str(part).strip() for part in parts}, key=lambda x: (x.casefold(), x)))
    label = TIMES.join(named)
    for part in named:
        if part not in active:
            raise OptionError(
                f"Component {part!r} of interaction {label!r} was given to nobody, or is inactive; active"
                f" ones are {', '.join(active)}.{nearest(part, active)}"
            )
    if len(named) < 2:
        raise InputError(f"Interaction {label!r} needs two components or more, as 'mn*prp'.")
    if not any(set(named) <= set(parts) for parts in of.values()):
        raise InputError(f"Interaction {label!r} cannot be estimated: no treatment holds all its components.")
    return named
