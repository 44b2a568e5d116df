"""Figures that carry or refute the claims."""

from evidence.figures.albatross import albatross
from evidence.figures.baujat import baujat
from evidence.figures.before_after import before_after_distributions
from evidence.figures.bubble import bubble
from evidence.figures.catalogue import answer_forest, catalogue, draw
from evidence.figures.certainty_scale import certainty_scale
from evidence.figures.component_forest import component_forest
from evidence.figures.copas import copas
from evidence.figures.cost import cost_ranges
from evidence.figures.cost_ladder import cost_ladder
from evidence.figures.cumulative import cumulative
from evidence.figures.drapery import drapery
from evidence.figures.effect_direction import effect_direction
from evidence.figures.evidence_map import evidence_map
from evidence.figures.figure import EvidenceFigure
from evidence.figures.forest import forest
from evidence.figures.funnel import funnel
from evidence.figures.gosh import gosh
from evidence.figures.harvest import harvest
from evidence.figures.icon_array import icon_array
from evidence.figures.improvement_timeline import improvement_timeline
from evidence.figures.influence_plot import influence_plot
from evidence.figures.labbe import labbe
from evidence.figures.league_heat import league_heat
from evidence.figures.leave_one_out import leave_one_out
from evidence.figures.network_graph import network_graph
from evidence.figures.next_studies import next_studies
from evidence.figures.p_curve import p_curve
from evidence.figures.p_score_plot import p_score_plot
from evidence.figures.prisma import prisma
from evidence.figures.radial import radial
from evidence.figures.rainforest import rainforest
from evidence.figures.registry import register, register_from, registered
from evidence.figures.rob_summary import rob_summary
from evidence.figures.rob_traffic import rob_traffic
from evidence.figures.selection_weights import selection_weights
from evidence.figures.sequential import sequential
from evidence.figures.sessions import session_histogram
from evidence.figures.slides import pages
from evidence.figures.specification_curve import specification_curve
from evidence.figures.study_flow import study_flow
from evidence.figures.sunset import sunset
from evidence.figures.table import Table
from evidence.figures.time_course import time_course
from evidence.figures.umbrella_forest import umbrella_forest
from evidence.figures.verdict_chart import verdict_chart

__all__ = [
    "EvidenceFigure",
    "Table",
    "albatross",
    "answer_forest",
    "baujat",
    "before_after_distributions",
    "bubble",
    "catalogue",
    "certainty_scale",
    "component_forest",
    "copas",
    "cost_ladder",
    "cost_ranges",
    "cumulative",
    "drapery",
    "draw",
    "effect_direction",
    "evidence_map",
    "forest",
    "funnel",
    "gosh",
    "harvest",
    "icon_array",
    "improvement_timeline",
    "influence_plot",
    "labbe",
    "league_heat",
    "leave_one_out",
    "network_graph",
    "next_studies",
    "p_curve",
    "p_score_plot",
    "pages",
    "prisma",
    "radial",
    "rainforest",
    "register",
    "register_from",
    "registered",
    "rob_summary",
    "rob_traffic",
    "selection_weights",
    "sequential",
    "session_histogram",
    "specification_curve",
    "study_flow",
    "sunset",
    "time_course",
    "umbrella_forest",
    "verdict_chart",
]
