"""/docs: the OpenAPI document for people, with everything it needs from this house. No key is needed to read it, but to try it."""

from pathlib import Path

from flask import Blueprint, Response, send_from_directory
from werkzeug.exceptions import NotFound

docs_page = Blueprint("docs_page", __name__, url_prefix="/docs")

STATIC = Path(__file__).parent / "static"
# the only files that are served, and the folder of each
FILES = {"docs.js": STATIC, "swagger-ui-bundle.js": STATIC / "swagger-ui", "swagger-ui.css": STATIC / "swagger-ui"}
KEPT_S = 3_600
# Swagger UI writes styles and images into its own page; scripts come from here only, and nothing is sent elsewhere
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


@docs_page.get("")
def get_docs() -> Response:
    """The page."""
    answer = send_from_directory(STATIC, "docs.html", max_age=0)
    answer.headers["Content-Security-Policy"] = POLICY
    return answer


@docs_page.get("/<file>")
def get_file(file: str) -> Response:
    """A script or style of the page; 404 for any other file."""
    if file not in FILES:
        raise NotFound
    return send_from_directory(FILES[file], file, max_age=KEPT_S)
