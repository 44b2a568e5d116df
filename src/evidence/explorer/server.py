"""A server of one page, for this machine only: Voilà, with everything else it could do switched off."""

from __future__ import annotations

import os
import socket
import tempfile
import threading
import webbrowser
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbformat import v4, writes

from evidence.errors import InputError
from evidence.explorer import TITLE
from evidence.explorer.extras import need

if TYPE_CHECKING:
    from collections.abc import Callable

HOST = "127.0.0.1"
TEMPLATE = "evidence"
IDLE = 600  # seconds after which the kernel of a page that was closed is ended
# The page makes its files and pictures itself; nothing may be fetched from, or sent to, another host.
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline';"
    " img-src 'self' data:; font-src 'self' data:; connect-src 'self' ws://{host}:{port} data:;"
    " object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'"
)
_WIDGETS = ["@jupyter-widgets/jupyterlab-manager", "@voila-dashboards/widgets-manager8"]


def free_port(wanted: int | None = None) -> int:
    """Return a port of this machine that nobody listens on.

    Parameters
    ----------
    wanted : int, optional
        Default any.

    Raises
    ------
    InputError
        If the wanted one is taken, or no port.

    Examples
    --------
    >>> free_port() > 0
    True
    """
    if wanted is not None and not 1024 <= wanted <= 65535:
        raise InputError(f"port={wanted!r} must lie between 1024 and 65535; leave it out for a free one.")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, wanted or 0))
        except OSError as error:
            raise InputError(
                f"Port {wanted} cannot be used ({error.strerror}); leave it out for a free one."
            ) from error
        return int(probe.getsockname()[1])


def notebook_of(folder: Path, question: str | None) -> str:
    """Return the notebook that is served: one call, no tags, nothing of the reader's.

    Parameters
    ----------
    folder : path
        Of the tables.
    question : str or None

    Returns
    -------
    str
    """
    call = f"import evidence as ev\n\nev.explore({question!r}, review=ev.load({str(folder)!r}))"
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    metadata = {"title": TITLE, "kernelspec": kernel, "language_info": {"name": "python"}}
    return writes(v4.new_notebook(cells=[v4.new_code_cell(call)], metadata=metadata))


def _hand_out_token(handler: Any, **_others: object) -> None:
    """Give the page the token without which it may not end its kernel when it is closed."""
    _ = handler.xsrf_token  # to ask for it sets the cookie


def settings(notebook: Path, port: int) -> dict[str, dict[str, Any]]:
    """Return the settings of Voilà, by its classes."""
    policy = POLICY.format(host=HOST, port=port)
    return {
        "Voila": {
            "ip": HOST,
            "port": port,
            "port_retries": 0,
            "notebook_path": str(notebook),
            "root_dir": str(notebook.parent),
            "connection_dir_root": str(notebook.parent),
            "config_file_paths": [],
            "log_level": "ERROR",
            "tornado_settings": {
                "allow_remote_access": False,
                "local_hostnames": [HOST, "localhost"],
                "headers": {"Content-Security-Policy": policy, "Referrer-Policy": "no-referrer"},
            },
        },
        "VoilaConfiguration": {
            "template": TEMPLATE,
            "allow_template_override": "NO",
            "allow_theme_override": "NO",
            "strip_sources": True,
            "show_tracebacks": False,
            "file_allowlist": [],
            "extension_allowlist": _WIDGETS,
            "prelaunch_hook": _hand_out_token,
        },
        "MappingKernelManager": {"cull_idle_timeout": IDLE, "cull_interval": 60, "cull_connected": False},
        "KernelManager": {"transport_encryption": "auto"},
        "VoilaExecutor": {"timeout": 120},
    }


def serve(
    folder: Path,
    *,
    question: str | None = None,
    port: int | None = None,
    browser: bool = True,
    ready: Callable[[str], None] = lambda _address: None,
) -> None:
    """Serve the exploration on this machine until it is interrupted.

    Parameters
    ----------
    folder : path
        Of the tables.
    question : str, optional
        The question that is shown first.
    port : int, optional
        Default a free one.
    browser : bool
        Open a browser.
    ready : callable
        Called with the address as soon as it answers.

    Raises
    ------
    InputError
        If Voilà or ipywidgets is not installed, or the port cannot be used.
    """
    need("voila", "ipywidgets")
    from traitlets.config import Config
    from voila.app import Voila

    class OnePage(Voila):
        """Voilà that says its address and opens the browser at it."""

        def launch_browser(self) -> None:
            ready(self.connection_url)
            if browser:
                threading.Thread(target=webbrowser.open, args=(self.connection_url,), daemon=True).start()

    port = free_port(port)
    templates = files("evidence.explorer").joinpath("jupyter")
    with as_file(templates) as shared, tempfile.TemporaryDirectory() as place:
        known = [str(shared), *filter(None, [os.environ.get("JUPYTER_PATH")])]
        os.environ["JUPYTER_PATH"] = os.pathsep.join(known)
        notebook = Path(place) / "explorer.ipynb"
        notebook.write_text(notebook_of(folder.resolve(), question), encoding="utf-8")
        server = OnePage(config=Config(settings(notebook, port)))
        server.initialize([])
        server.start()
