"""The desk as a Datasette plugin: only the hooks that Datasette 0.65 and the 1.0 line share.

Plugins are registered for the whole process, so each hook first looks whether this Datasette is a desk. Its routes come
before Datasette's own and end with one that matches everything: no page of Datasette itself can be reached.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from datasette import Response, hookimpl
from msgspec import Struct

from curation.add_page import add_view, keep_added, look, set_link, suggest, suggest_view
from curation.assets import PREFIX, content_type, static_content, static_files, static_version
from curation.card_links import card_link_view
from curation.compare_page import compare_view, post_comparison
from curation.coverage import coverage_view
from curation.decide import post_decision, post_decisions, post_undo
from curation.guard import App, guarded
from curation.history_page import export_view, history_view
from curation.in_work_post import tell_in_work
from curation.item_page import item
from curation.kept_page import kept
from curation.keys_page import keys_view, save_keys
from curation.language_page import choose_language
from curation.languages import gettext, in_page, language, ngettext
from curation.nominate import nominate
from curation.openid_page import begin_openid, end_openid
from curation.picture_file import PREFIX as PICTURES
from curation.picture_file import picture
from curation.queue_page import queue
from curation.report_page import report_view
from curation.report_post import begin_report, download_report, publish, save_report
from curation.search_page import search
from curation.sign_in import sign_in, sign_in_page, sign_out
from curation.sources_page import add_pasted, doubtful_view, paste_view, preview_pasted, settle_held, sources_view, tend
from curation.tags import vocabulary_title
from curation.tags_page import tags_view
from curation.templating import straight
from curation.told import noted, told
from curation.watch import health_view, metrics_view
from curation.web import MissingError, View, Visit, answer
from curation.wording import actor_name, in_a_row, language_told, source_and_institution, source_name
from curation.you_page import choose_letters, end_open_sessions, you_view
from db.connect import prepare

NAME = "convenor-desk"
DATABASE = "convenor-desk-working"  # of the private handle; no Datasette lists it
Hook = TypeVar("Hook", bound=Callable[..., Any])


def hook(function: Hook) -> Hook:
    """The function, marked as this plugin's answer to Datasette's hook of the same name, before other plugins."""
    hookimpl(tryfirst=True)(function)
    return function


async def static_file(visit: Visit) -> Any:
    """The stylesheet, the icon or one of the scripts."""
    name, version = visit.request.url_vars["name"], visit.request.url_vars["version"]
    if name not in static_files() or version != static_version():
        raise MissingError(gettext("There is no such file."))
    return Response(static_content(name), content_type=content_type(name))


async def missing(visit: Visit) -> Any:
    """Whatever is not a page of the desk."""
    raise MissingError(gettext("There is no such page on the desk."))


class Route(Struct, frozen=True):
    """One address of the desk. Without a session it answers only where `signed_in` is False."""

    pattern: str
    get: View | None = None
    post: View | None = None
    signed_in: bool = True


ROUTES = (
    Route(r"/$", get=queue),
    Route(r"/-/search$", get=search),
    Route(r"/-/item/(?P<item>[0-9]{1,15})$", get=item),
    Route(r"/-/kept/(?P<item>[0-9]{1,15})$", get=kept),
    Route(PICTURES + r"(?P<item>[0-9]{1,15})/(?P<mark>[0-9a-f]{16})$", get=picture),
    Route(r"/-/decide$", post=post_decision),
    Route(r"/-/decide-many$", post=post_decisions),
    Route(r"/-/undo$", post=post_undo),
    Route(r"/-/in-work$", post=tell_in_work),
    Route(r"/-/nominate$", post=nominate),
    Route(r"/-/history$", get=history_view),
    Route(r"/-/history\.csv$", get=export_view),
    Route(r"/-/language$", post=choose_language, signed_in=False),
    Route(r"/-/tags$", get=tags_view),
    Route(r"/-/coverage$", get=coverage_view),
    Route(r"/-/compare$", get=compare_view, post=post_comparison),
    Route(r"/-/you$", get=you_view),
    Route(r"/-/letters$", post=choose_letters),
    Route(r"/-/card/(?P<token>[\w.=-]{20,300})$", get=card_link_view, signed_in=False),
    Route(r"/-/sessions/end$", post=end_open_sessions),
    Route(r"/-/keys$", get=keys_view, post=save_keys),
    Route(r"/-/report$", get=report_view),
    Route(r"/-/report/begin$", post=begin_report),
    Route(r"/-/report/save$", post=save_report),
    Route(r"/-/report/download$", get=download_report),
    Route(r"/-/publish$", post=publish),
    Route(r"/-/sources$", get=sources_view, post=tend),
    Route(r"/-/sources/page$", get=doubtful_view),
    Route(r"/-/sources/held$", post=settle_held),
    Route(r"/-/sources/paste$", get=paste_view, post=preview_pasted),
    Route(r"/-/sources/add$", post=add_pasted),
    Route(r"/-/add$", get=add_view, post=look),
    Route(r"/-/add/keep$", post=keep_added),
    Route(r"/-/add/link$", post=set_link),
    Route(r"/-/suggest/(?P<token>[\w-]{10,60})$", get=suggest_view, post=suggest, signed_in=False),
    Route(r"/-/health$", get=health_view, signed_in=False),
    Route(r"/-/metrics$", get=metrics_view, signed_in=False),
    Route(r"/-/login$", get=sign_in_page, post=sign_in, signed_in=False),
    Route(r"/-/openid$", get=begin_openid, signed_in=False),
    Route(r"/-/openid/back$", get=end_openid, signed_in=False),
    Route(r"/-/logout$", post=sign_out),
    Route(PREFIX + r"(?P<version>[0-9a-f]+)/(?P<name>[a-z.]+)$", get=static_file, signed_in=False),
    Route(r"[\s\S]*$", get=missing, post=missing, signed_in=False),
)


def is_desk(datasette: Any) -> bool:
    """Whether this Datasette serves a desk."""
    return bool(datasette.plugin_config(NAME))


@hook
def register_routes(datasette: Any) -> list[tuple[str, Any]]:
    return [(route.pattern, _serve(route)) for route in ROUTES] if is_desk(datasette) else []


def _serve(route: Route) -> Any:
    async def view(request: Any, datasette: Any) -> Any:
        method = {"GET": route.get, "HEAD": route.get, "POST": route.post}.get(request.method)
        visit = Visit(datasette.convenor_desk, request, None)
        return await answer(visit, method, signed_in=route.signed_in)

    return view


@hook
def prepare_jinja2_environment(env: Any, datasette: Any) -> None:
    if is_desk(datasette):
        env.add_extension("jinja2.ext.i18n")
        env.policies["ext.i18n.trimmed"] = True
        env.install_gettext_callables(gettext, ngettext, newstyle=True)
        env.globals["_"] = env.globals["gettext"] = in_page  # Jinja's own takes three calls for each of hundreds
        env.globals["language"] = language
        env.globals |= {"told": told, "noted": noted, "actor_name": actor_name, "source_name": source_name}
        env.filters |= {"in_a_row": in_a_row, "language_told": language_told}
        env.globals |= {"source_and_institution": source_and_institution, "vocabulary_title": vocabulary_title}
        datasette.desk_templates = straight(env)


@hook
def prepare_connection(conn: Any, database: str, datasette: Any) -> None:
    if database == DATABASE and is_desk(datasette):
        prepare(conn)


@hook
def asgi_wrapper(datasette: Any) -> Callable[[App], App]:
    return guarded if is_desk(datasette) else lambda app: app
