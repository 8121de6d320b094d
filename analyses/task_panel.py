"""How does innovation activity go with research, people, investment and wear, under each estimator and each error?"""

from pathlib import Path
from typing import Annotated

from pytask import Product

from regional_econ.core.script import run_alone
from regional_econ.core.workspace import Workspace

WORK = Workspace.current()
PAGES = ("panel", "panel_robustness", "panel_errors", "panel_diagnostics", "panel_power")


def task_panel(
    code: list[Path] = WORK.code(
        "regional_econ.data.load",
        "regional_econ.data.editions",
        "regional_econ.causal.declaration",
        "regional_econ.panel.pages.models",
        "regional_econ.panel.pages.robustness",
        "regional_econ.panel.pages.errors",
        "regional_econ.panel.pages.diagnostics",
        "regional_econ.panel.pages.power",
    ),
    data: list[Path] = WORK.data("vintages.csv.gz", "vintages.yml", "rules.yml"),
    multiverse: Path = WORK.root / "analyses" / "multiverse.yml",
    size: Path = WORK.root / "reports" / "record" / "calibrate.size.json",
    results: Annotated[Path, Product] = WORK.index_path("panel"),
    sections: Annotated[list[Path], Product] = [WORK.section_path(page) for page in PAGES],
) -> None:
    """Fit the reference specification every way, test it, and write its pages."""
    from regional_econ._base.files import read_json
    from regional_econ.causal.declaration import load_multiverse
    from regional_econ.core.results import Result
    from regional_econ.data.editions import load_editions
    from regional_econ.data.load import load_panel
    from regional_econ.data.regions import load_regions
    from regional_econ.panel import robustness, tables
    from regional_econ.panel.pages import diagnostics, errors, models, power
    from regional_econ.panel.pages import robustness as page

    panel, study, editions = load_panel(), WORK.study, load_editions()
    rule = load_multiverse(multiverse).rule
    interest = robustness.Interest(rule.smallest_effect_pp, rule.change_quantile, rule.change_window_years)
    table = tables.reference_table(panel, study)
    found = robustness.robustness(
        panel,
        study,
        older={name: load_panel(vintage=name) for name in editions},
        districts={region.id: region.district for region in load_regions().values() if region.kind == "region"},
        interest=interest,
    )
    recorded = Result.from_dict(read_json(size))
    WORK.write_results(
        "panel",
        [
            models.reference_result(table),
            *page.results(found),
            *errors.results(found, recorded),
            *diagnostics.results(found),
            power.result(found, interest),
        ],
        code,
    )
    for section in (
        models.section(table),
        page.section(found, study.focal_region, {name: one.label for name, one in editions.items()}),
        errors.section(found, recorded),
        diagnostics.section(found),
        power.section(found),
    ):
        WORK.write_section(section)


if __name__ == "__main__":
    run_alone(task_panel)
