"""The replica as a transport of an httpx client: `httpx.Client(transport=ReplicaTransport())` then reaches the real
addresses of the shipped sources without opening a socket."""

from __future__ import annotations

import httpx

from replica.web import ReplicaWeb, UnknownHost


class ReplicaTransport(httpx.BaseTransport):
    """Answers from the replica; httpx.ConnectError for every other host."""

    def __init__(self, web: ReplicaWeb | None = None) -> None:
        self._web = web or ReplicaWeb()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        try:
            answer = self._web.answer(request.method, str(request.url), request.headers)
        except UnknownHost as error:
            raise httpx.ConnectError(str(error), request=request) from error
        body = httpx.ByteStream(answer.body)
        return httpx.Response(answer.status, headers=dict(answer.headers), stream=body, request=request)
