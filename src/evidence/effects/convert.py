"""Every conversion from what a paper reports to what a synthesis needs, under one roof."""

from evidence.effects.arms import Arm, change_sd, combine_arms, correlation_from_change_sd
from evidence.effects.five_numbers import mean_sd_from_five_numbers
from evidence.effects.smd_routes import or_to_smd, smd_from_p, smd_from_t, smd_to_or
from evidence.effects.spread import (
    sd_from_ci,
    sd_from_md_se,
    sd_from_se,
    se_from_ci,
    se_from_p,
    se_from_t,
    vi_from_ci,
    vi_from_p,
)

__all__ = [
    "Arm",
    "change_sd",
    "combine_arms",
    "correlation_from_change_sd",
    "mean_sd_from_five_numbers",
    "or_to_smd",
    "sd_from_ci",
    "sd_from_md_se",
    "sd_from_se",
    "se_from_ci",
    "se_from_p",
    "se_from_t",
    "smd_from_p",
    "smd_from_t",
    "smd_to_or",
    "vi_from_ci",
    "vi_from_p",
]
