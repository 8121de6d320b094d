"""Did the world-class centre of 2019 move research, people and patents in Kuzbass?"""

from pathlib import Path
from typing import Annotated

from pytask import Product

from regional_econ.core.script import run_alone
from regional_econ.core.workspace import Workspace

WORK = Workspace.current()


def task_events(
    code: list[Path] = WORK.code("regional_econ.data.load", "regional_econ.causal.pages.events"),
    data: list[Path] = WORK.data("events.yml"),
    results: Annotated[Path, Product] = WORK.index_path("events"),
    section: Annotated[Path, Product] = WORK.section_path("causal_events"),
) -> None:
    """Hold each outcome of the declared event against its synthetic twin."""
    from regional_econ.causal.event_table import load_events
    from regional_econ.causal.events import study_event
    from regional_econ.causal.pages import events
    from regional_econ.data.load import load_panel

    found = study_event(load_panel(), load_events()["centre_kuzbass_2019"])
    WORK.write_results("events", [events.result(found)], code)
    WORK.write_section(events.section(found))


if __name__ == "__main__":
    run_alone(task_events)
