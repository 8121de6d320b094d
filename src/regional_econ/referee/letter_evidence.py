"""Of which kind is the evidence that a claim lacks? A long letter asks for a kind at once; pages name each."""

from __future__ import annotations

from collections.abc import Mapping

_GAPS: Mapping[str, tuple[str, ...]] = {
    "statistics": (
        "city_population", "coal_output", "export_profits", "graduates_by_field", "growth_accounting",
        "innovation_by_source", "migration_by_education", "productivity_by_industry", "rd_by_industry", "rd_by_sector",
        "rd_by_source", "structure_before", "technology_imports", "territory",
    ),
    "registers": (
        "bibliometrics", "design_patents", "federal_rd_projects", "infrastructure_inventory", "joint_projects",
        "licence_agreements", "patent_locations", "procurement", "project_register", "trademarks", "zone_residents",
    ),
    "surveys": (
        "culture_survey", "dynamic_firms", "firm_accounts", "firm_innovation_survey", "firm_obstacles",
        "governance_measure", "institutions",
    ),
    "acts": ("centre_dates", "law_dates", "legal_acts", "programme_act", "ranking_editions", "strategy_texts"),
    "support": (
        "budget_execution", "centres_history", "infrastructure_results", "package_record", "patent_support",
        "programme_budgets", "programme_participants", "sector_support", "support_recipients",
    ),
}  # fmt: skip
KIND_OF: Mapping[str, str] = {gap: kind for kind, gaps in _GAPS.items() for gap in gaps}
