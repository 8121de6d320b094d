"""A step that writes down in which processes its cases ran."""

from pathlib import Path
from typing import Annotated

from pytask import Product


def task_where(out: Annotated[Path, Product] = Path(__file__).parents[1] / "where.txt") -> None:
    """Run some cases."""
    import cluster_cases

    from regional_econ._base.parallel import map_cases

    found = map_cases(cluster_cases.process, {str(number): 0.05 for number in range(12)}, seed=0)
    out.write_text("\n".join(str(one) for one in found.values()), encoding="utf-8")
