"""``python -m regional_econ`` is the command ``regional-econ``."""

from regional_econ.cli.main import main

main()
