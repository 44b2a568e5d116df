"""`r_twin`: answers, estimates and networks as R scripts, to be shown, saved and run."""

from __future__ import annotations

import html
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from evidence.arguments import instance
from evidence.errors import InputError
from evidence.publish.r_twin.agreement import agreement, write_twins
from evidence.publish.r_twin.network_script import network_twin
from evidence.publish.r_twin.script import Twin, pooled_twin, twin
from evidence.synthesis.answer import Answer
from evidence.synthesis.network_answer import NetworkAnswer
from evidence.synthesis.network_result import Network
from evidence.synthesis.pooled import Pooled

Estimate = Answer | Pooled | Network | NetworkAnswer


@dataclass(frozen=True, slots=True, repr=False)
class RTwin:
    """R scripts that repeat estimates of this package; a notebook shows them folded.

    Attributes
    ----------
    scripts : tuple of Twin
        Each with its `name`, its `script` and the `files` it reads.
    without : tuple of str
        Of what there is no script, and why.
    """

    scripts: tuple[Twin, ...]
    without: tuple[str, ...] = ()

    def write(self, folder: str | Path) -> list[Path]:
        """Write the scripts, what they read, and `all.R`, which runs them all.

        Parameters
        ----------
        folder : path
            Made if it does not exist.

        Returns
        -------
        list of Path

        Raises
        ------
        InputError
            If the folder cannot be written to.
        """
        return write_twins(self.scripts, Path(folder))

    def agreement(self) -> pd.DataFrame:
        """Run the scripts in R, and compare what it finds with what was computed here.

        Returns
        -------
        DataFrame
            One row a quantity: question, quantity, here, in_r, difference (relative for numbers beyond 1),
            tolerance, agrees and limited_by.

        Raises
        ------
        InputError
            If there is no R with metafor, or a script does not run to its end.
        """
        return agreement(self.scripts)

    def __repr__(self) -> str:
        return "\n".join([*(_reads(each) for each in self.scripts), *self.without])

    def _repr_html_(self) -> str:
        folded = [
            f"<details><summary>{html.escape(_reads(each))}</summary>"
            f'<pre style="white-space:pre-wrap">{html.escape(each.script)}</pre></details>'
            for each in self.scripts
        ]
        return "".join([*folded, *(f"<p>{html.escape(reason)}</p>" for reason in self.without)])


def _reads(made: Twin) -> str:
    return f"{made.name}.R (reads {', '.join(made.files)}): {made.title}"


def r_twin(found: Estimate, *others: Estimate) -> RTwin:
    """Return the R scripts that repeat estimates from the effect sizes they rest on.

    Parameters
    ----------
    found, *others : Answer, Pooled, Network or NetworkAnswer
        As `answer`, `pool`, `network` and `network_answer` give them, each once.

    Returns
    -------
    RTwin

    Raises
    ------
    InputError
        If something else is given, or two scripts would have one name.

    Examples
    --------
    >>> import evidence as ev
    >>> review = ev.load()
    >>> ev.r_twin(ev.answer(review, "Q1b"), ev.answer(review, "Q1a"))
    Q1b.R (reads effects_Q1b.csv): Microneedling alone, scar severity before and after
    Q1a: nothing was pooled, so that there is no estimate to repeat.
    """
    scripts: dict[str, Twin] = {}
    without = []
    for each in (found, *others):
        instance("found", each, Estimate, "an answer, a pooled estimate or a network")
        try:
            made = _made(each)
        except InputError as error:
            without.append(str(error))
            continue
        if made.name in scripts:
            raise InputError(f"Two scripts would be called {made.name}.R; ask for them one after the other.")
        scripts[made.name] = made
    return RTwin(tuple(scripts.values()), tuple(without))


def _made(given: Estimate) -> Twin:
    if isinstance(given, Pooled):
        return pooled_twin(given)
    if isinstance(given, Answer):
        return twin(given)
    return network_twin(given.network if isinstance(given, NetworkAnswer) else given)
