"""`regional-econ panel`: fit one regression, or print the reference table."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from regional_econ._base.errors import DataError, OptionError, UnknownNameError
from regional_econ.cli.options import DEFAULT_STUDY, JsonOption, StudyOption
from regional_econ.cli.output import emit

if TYPE_CHECKING:
    import pandas as pd

    from regional_econ.core.panel import Panel
    from regional_econ.core.spatial_weights import SpatialWeights
    from regional_econ.panel.methods import Effects

app = typer.Typer(help="Panel regressions.", no_args_is_help=True)


@app.command("fit")
def fit_formula(
    formula: Annotated[str, typer.Argument(help='such as "ln(y) ~ ln(x) + lag(z, 1:2)"')],
    effects: Annotated[
        str | None,
        typer.Option(help="none, region, year or region+year; left out: region+year for fe, region for re"),
    ] = None,
    inference: Annotated[
        str | None,
        typer.Option(
            help="left out: cluster:region. One of: iid, hc0 to hc3, cluster:region[:CR0|CR1|CR1S|CR2|CR3|CV3], "
            "cluster:region+year, dk, dk:3, conley:500km[:3|all][:bartlett], heterogeneous, own, "
            "wild:region[:webb:9999]; windmeijer or efficient (GMM), bootstrap[:100:normal] (lsdvc)"
        ),
    ] = None,
    estimator: Annotated[
        str,
        typer.Option(
            help="pooled, between, fe, re[:swamy-arora|wallace-hussain|amemiya|nerlove], mundlak, fd[:years], "
            "fama-macbeth, hausman-taylor:a+b, amemiya-macurdy:a+b (a, b the endogenous terms), "
            "fractional-logit[:100], cce, mean-group, cce-mean-group, dynamic-cce[:lags][:jackknife], swamy, pmg, "
            "interactive[:number or criterion][:corrected]; with lag(y, 1) among the terms: gmm-diff, "
            "gmm-system[:lags=2-4,collapse,steps=1,gmm(x)=2-3,iv(z)], lsdvc[:ab|ah|bb,order=1], hpj; with spatial "
            "weights: slx, sar, sem, sdm[:lee-yu]"
        ),
    ] = "fe",
    weights: Annotated[
        str | None,
        typer.Option(
            help="a column of weights, for pooled and fe; for slx, sar, sem and sdm one of: contiguity, distance, "
            "distance:1000km, nearest:5, flows, flows:bought, flows:sold"
        ),
    ] = None,
    hypothesis: Annotated[str | None, typer.Option("--test", help='such as "ln(x) = 0, a = b"')] = None,
    years: Annotated[str | None, typer.Option(help="first and last year, such as 2006-2022")] = None,
    breaks: Annotated[
        str | None,
        typer.Option(
            help="first years of new methods, such as 2017,2019: fd and gmm-diff take no difference into them"
        ),
    ] = None,
    data: Annotated[Path | None, typer.Option(help="a CSV or parquet file instead of the official figures")] = None,
    index: Annotated[str, typer.Option(help="its unit and year columns, such as firm,year")] = "region,year",
    as_json: JsonOption = False,
) -> None:
    """Fit a regression on the official figures, or on a file of your own."""
    from dataclasses import asdict

    from regional_econ.panel.fit import fit
    from regional_econ.panel.methods import SPATIAL, parse_estimator

    is_spatial = parse_estimator(estimator).kind in SPATIAL
    panel = _own_frame(data, index) if data is not None else _official()
    if weights is not None and not is_spatial:
        _refuse_spatial(weights, estimator, panel)
    estimate = fit(
        formula,
        panel,
        estimator=estimator,
        effects=cast("Effects | None", effects),
        inference=inference,
        years=None if years is None else _span(years),
        breaks=() if breaks is None else _breaks(breaks),
        weights=_spatial(weights, panel) if is_spatial and weights is not None else weights,
    )
    answer: dict[str, object] = {
        "glance": estimate.glance(),
        "tidy": estimate.tidy().to_dict("records"),
        "spec": {**asdict(estimate.spec), "panel_checksum": estimate.panel_checksum},
    }
    text = estimate.summary()
    if is_spatial:
        from regional_econ.panel.spatial.effects import spatial_effects

        effects_table = spatial_effects(estimate)
        answer["effects"] = effects_table.to_dict("records")
        text = f"{text}\n\n{effects_table.to_string(index=False, float_format=lambda x: f'{x: .6f}')}"
    if hypothesis is not None:
        found = estimate.test(hypothesis)
        answer["test"] = found.tidy().to_dict("records")[0]
        text = f"{text}\n\n{found}"
    emit("panel fit", answer, as_json=as_json, text=text)


@app.command("table")
def table(
    study: StudyOption = DEFAULT_STUDY,
    as_json: JsonOption = False,
) -> None:
    """Print the reference specification under each estimator and error, with Hausman tests."""
    from regional_econ.core.study import load_study
    from regional_econ.panel.tables import reference_table

    found = reference_table(_official(), load_study(study))
    answer = {
        "formula": found.formula,
        "glance": found.glance().to_dict("records"),
        "tidy": found.tidy().to_dict("records"),
        "tests": {name: test.tidy().to_dict("records")[0] for name, test in found.tests.items()},
        "within_share": dict(found.within_share),
        "within_share_newest": dict(found.within_share_newest),
    }
    emit("panel table", answer, as_json=as_json, text=found.summary())


def _official() -> Panel:
    from regional_econ.data.load import load_panel

    return load_panel()


def _spatial(text: str, panel: Panel | pd.DataFrame) -> SpatialWeights:
    """The weights that a text names, among those of their regions that the data have."""
    import pandas as pd

    from regional_econ.data.weights import load_weights

    found = load_weights(text)
    units = set(panel.index.get_level_values(0) if isinstance(panel, pd.DataFrame) else panel.region_ids)
    known = [unit for unit in found.units if unit in units]
    return found.among(known) if known else found


def _refuse_spatial(text: str, estimator: str, panel: Panel | pd.DataFrame) -> None:
    """Refuse the name of spatial weights where a column is meant, unless the data have such a column."""
    import pandas as pd

    from regional_econ.data.weights import KINDS

    columns = panel.columns if isinstance(panel, pd.DataFrame) else panel.frame.columns
    if text.partition(":")[0] in KINDS and text not in columns:
        raise OptionError(
            f"spatial weights {text!r} do not go with estimator {estimator!r}", advice="Use slx, sar, sem or sdm"
        )


def _breaks(text: str) -> tuple[int, ...]:
    parts = [part.strip() for part in text.split(",")]
    if not all(re.fullmatch(r"\d{4}", part) for part in parts):
        raise OptionError(f"breaks cannot be {text!r}", advice="Write years, such as 2017,2019")
    return tuple(int(part) for part in parts)


def _span(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"(\d{4})[-–:](\d{4})", text.strip())
    if match is None or int(match[1]) > int(match[2]):
        raise OptionError(f"years cannot be {text!r}", advice="Write the first and the last year, such as 2006-2022")
    return int(match[1]), int(match[2])


def _own_frame(path: Path, index: str) -> pd.DataFrame:
    import pandas as pd

    columns = [part.strip() for part in index.split(",")]
    if len(columns) != 2 or not all(columns):
        raise OptionError(f"index cannot be {index!r}", advice="Name the unit and the year column, such as firm,year")
    if not path.is_file():
        raise DataError("no such file", where=str(path), advice="Check the path")
    if path.suffix not in (".csv", ".parquet"):
        raise DataError(f"cannot read {path.suffix!r} files", where=str(path), advice="Give .csv or .parquet")
    try:
        frame = pd.read_csv(path) if path.suffix == ".csv" else pd.read_parquet(path)
    except (ValueError, OSError) as error:
        raise DataError(f"not a readable table: {error}", where=str(path), advice="Check the file") from error
    for column in columns:
        if column not in frame.columns:
            raise UnknownNameError.of("index column", column, map(str, frame.columns), where=str(path))
    return frame.set_index(columns)
