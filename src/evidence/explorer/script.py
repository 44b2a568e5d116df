"""Python code that reproduces a state with public names only."""

from __future__ import annotations

from evidence.explorer.compute import LEFT_OUT, model_parts, row_options
from evidence.explorer.state import State
from evidence.explorer.trial import EFFECT, columns_of, effect_of, row_of
from evidence.review import Review
from evidence.tables.question import Question

_SHOWN = 'print(effects.included[["label", "yi", "vi"]])'
_TABLE = "table = effects.table.copy()"
_EFFECTS = (
    "effects = ev.Effects(\n"
    "    table, measure=effects.measure, scale=effects.scale, title=effects.title, favours=effects.favours\n"
    ")"
)


def script(review: Review, state: State) -> str:
    """Return code that gives the number of a state.

    Parameters
    ----------
    review : Review
    state : State
        As `checked` returns it.

    Returns
    -------
    str
        After it ran, `effects` holds the rows and `result`, where two or more are pooled, the answer.

    Examples
    --------
    >>> import evidence as ev
    >>> print(script(ev.load(), State("Q1b", r=0.9)))
    import evidence as ev
    <BLANKLINE>
    review = ev.load()
    effects = review.effects("Q1b", r=0.9)
    if effects.k > 1:
        result = ev.pool(effects, method="REML", test="adhoc", prediction="test")
        print(result.display())
    else:
        print(effects.included[["label", "yi", "vi"]])
    <BLANKLINE>
    """
    question = review.question(state.question)
    options = [
        _text(state.question),
        *(f"{name}={_text(v)}" for name, v in row_options(question, state).items()),
    ]
    imports = ["import pandas as pd", ""] if state.trial else []
    body = [f"effects = review.effects({', '.join(options)})"]
    if state.without or state.trial:
        body += [_TABLE, *_leave_out(state), *_add(question, state), _EFFECTS]
    return "\n".join(
        [*imports, "import evidence as ev", "", "review = ev.load()", *body, *_fit(question, state), ""]
    )


def _text(value: object) -> str:
    """Write a value as the house writes it; strings come from lists of what is allowed."""
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, tuple):
        inside = ", ".join(map(_text, value))
        return f"({inside},)" if len(value) == 1 else f"({inside})"
    if isinstance(value, float):
        return 'float("nan")' if value != value else repr(value)
    return repr(value)


def _leave_out(state: State) -> list[str]:
    if not state.without:
        return []
    ids = ", ".join(map(_text, state.without))
    return [
        f'left_out = table["included"] & table["study_id"].isin([{ids}])',
        f'table.loc[left_out, ["included", "reason"]] = [False, "{LEFT_OUT}"]',
    ]


def _add(question: Question, state: State) -> list[str]:
    trial = state.trial
    if trial is None:
        return []
    measure = (
        model_parts(state.model_of(question))[0]
        if question.kind == "proportion"
        else state.measure_of(question)
    )
    if trial.kind == EFFECT:
        yi, vi = effect_of(question, measure, trial, r=state.r)
        numbers = f'{{"yi": {_text(yi)}, "vi": {_text(vi)}}}'
    else:
        columns = columns_of(question, measure, trial, r=state.r)
        given = ", ".join(f"{name}={value!r}" for name, value in columns.items())
        numbers = f"ev.escalc({_text(measure)}, {given}).iloc[0].to_dict()"
    row = row_of(question, measure, trial, r=state.r)
    names = ("study_id", "label", "n", "route", "included", "xi", "ni")
    said = ", ".join(f'"{name}": {_text(row[name])}' for name in names if name in row)
    return [
        f"trial = {numbers}",
        f"trial |= {{{said}}}",
        "table = pd.concat([table, pd.DataFrame([trial])], ignore_index=True)",
    ]


def _fit(question: Question, state: State) -> list[str]:
    if question.model == "shown":
        return [_SHOWN]
    if question.kind == "proportion":
        measure, method = model_parts(state.model_of(question))
        call = [
            "    rows = effects.included",
            "    result = ev.proportion(",
            '        xi=rows["xi"].to_numpy(float), ni=rows["ni"].to_numpy(float),',
            '        labels=rows["label"].tolist(),',
            f"        measure={_text(measure)}, method={_text(method)},",
            "    )",
            "    print(result.summary())",
        ]
    else:
        options = ", ".join(
            f"{name}={_text(getattr(state, name))}" for name in ("method", "test", "prediction")
        )
        call = [f"    result = ev.pool(effects, {options})", "    print(result.display())"]
    return ["if effects.k > 1:", *call, "else:", f"    {_SHOWN}"]
