"""The built site on this machine: its own files and nothing else."""

from __future__ import annotations

from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import override

from regional_econ._base.errors import OptionError, StoreError


def site_server(folder: Path, port: int) -> ThreadingHTTPServer:
    """Return a server of a built site at a port of this machine; it lists no folder and follows no link out of it.

    Parameters
    ----------
    folder : folder of the report.
    port : 0 takes any free port.

    Raises
    ------
    StoreError : there is no site.
    OptionError : the port cannot be used.
    """
    if not (folder / "index.html").is_file():
        raise StoreError("there is no site", where=str(folder), advice="Run: regional-econ report build")
    root = folder.resolve()

    class Handler(SimpleHTTPRequestHandler):
        @override
        def translate_path(self, path: str) -> str:
            found = Path(super().translate_path(path))
            if found.is_dir():
                found = found / "index.html"
            inside = found.is_file() and found.resolve().is_relative_to(root)
            return str(found) if inside else str(root / "absent")

    try:
        return ThreadingHTTPServer(("127.0.0.1", port), partial(Handler, directory=str(root)))
    except OSError as error:
        raise OptionError(f"port {port} cannot be used: {error}", advice="Choose another with --port") from error
