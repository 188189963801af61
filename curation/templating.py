"""How the desk draws its templates: straight through, where Datasette's own environment stops at each expression."""

from __future__ import annotations

from typing import Any

from jinja2 import Environment, Template


class StraightTemplate(Template):
    """A template without anything to wait for, which Datasette may await like its own."""

    async def render_async(self, *args: Any, **kwargs: Any) -> str:
        """The template as text."""
        return self.render(*args, **kwargs)


def straight(env: Environment) -> Environment:
    """The same environment for templates that wait for nothing: drawing a page costs about half."""
    straight_env = env.overlay(enable_async=False, auto_reload=False)
    straight_env.template_class = StraightTemplate
    return straight_env
