"""Everything that is fuzzed, by its name."""

from __future__ import annotations

from fuzz import commands, effect_sizes, networks, pooling, questions, tables, wrong_types

ALONE = (tables.TARGET, questions.TARGET, effect_sizes.TARGET)
TARGETS = {
    each.name: each
    for each in (*ALONE, *pooling.TARGETS, networks.TARGET, wrong_types.TARGET, commands.TARGET)
}
