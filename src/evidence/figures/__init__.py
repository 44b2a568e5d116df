"""Figures that carry or refute the claims."""

from evidence.figures.bubble import bubble
from evidence.figures.catalogue import answer_forest, catalogue, draw
from evidence.figures.evidence_map import evidence_map
from evidence.figures.figure import EvidenceFigure
from evidence.figures.forest import forest
from evidence.figures.prisma import prisma
from evidence.figures.rob_summary import rob_summary
from evidence.figures.rob_traffic import rob_traffic
from evidence.figures.study_flow import study_flow
from evidence.figures.table import Table
from evidence.figures.verdict_chart import verdict_chart

__all__ = [
    "EvidenceFigure",
    "Table",
    "answer_forest",
    "bubble",
    "catalogue",
    "draw",
    "evidence_map",
    "forest",
    "prisma",
    "rob_summary",
    "rob_traffic",
    "study_flow",
    "verdict_chart",
]
