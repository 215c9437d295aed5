"""HTTP for one-route functions: a declaration, a Chalice app that serves it, and one error format."""

from kernel.http.app import App
from kernel.http.caller import Caller
from kernel.http.deprecation import Deprecation
from kernel.http.request import Content, Reply, Request
from kernel.http.route import Route, Throttle

__all__ = ["App", "Caller", "Content", "Deprecation", "Reply", "Request", "Route", "Throttle"]
