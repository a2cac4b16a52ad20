"""The HTTP API: all that the page does, with an OpenAPI description."""

from zhizao.web.api.app import Settings, make_app

__all__ = ["Settings", "make_app"]
