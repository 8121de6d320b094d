"""The command ``regional-econ``: groups of commands, and one message for each mistake."""

from __future__ import annotations

import sys

import typer

from regional_econ._base.errors import RegionalEconError
from regional_econ.cli import causal, data, elasticities, forecast, package, panel, pipeline, policy, referee, report

INTERRUPTED = 130
app = typer.Typer(
    name="regional-econ",
    help="Evidence for claims about regional innovation, from official figures to verdicts.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode=None,
)
app.command("reproduce")(pipeline.reproduce)
app.command("verify")(pipeline.verify)
app.command("package")(package.package)
for _group, _module in {
    "data": data,
    "panel": panel,
    "causal": causal,
    "forecast": forecast,
    "elasticities": elasticities,
    "policy": policy,
    "referee": referee,
    "report": report,
}.items():
    app.add_typer(_module.app, name=_group)


def main() -> None:
    """Run the command line; a user's mistake prints one message and exits 2, Ctrl-C exits 130."""
    try:
        app()
    except RegionalEconError as error:
        typer.echo(f"Error: {error}", err=True)
        sys.exit(2)
    except (KeyboardInterrupt, SystemExit) as stop:
        if isinstance(stop, SystemExit) and stop.code != INTERRUPTED:
            raise
        typer.echo("Stopped. What was finished is kept; run the same command again to go on.", err=True)
        sys.exit(INTERRUPTED)
