"""The functions of the page as tools of an MCP server (Model Context Protocol), for any assistant."""

from zhizao.web.mcp.desk import Desk, open_desk
from zhizao.web.mcp.server import serve_stdio

__all__ = ["Desk", "open_desk", "serve_stdio"]
