"""Answers without what changes from one run to the next."""

CHANGING = ("date", "etag", "last-modified", "set-cookie")
FRAMING = ("content-length", "transfer-encoding")
"""Which of them is sent depends, for content that a program makes, on how soon it comes; the body is compared whole."""


def plain(answer):
    """(status, headers, body) of an answer."""
    kept = {key: answer.headers[key] for key in answer.headers if key not in CHANGING + FRAMING}
    return answer.status, kept, answer.body


def conversation(server, *requests, **options):
    """The plain answers to some requests, each a dict for Client.ask with its "path", on one kept-alive connection."""
    with server.client(**options) as client:
        answers = []
        for request in requests:
            client.ask(**request)
            answers.append(plain(client.answer(request.get("method", "GET"))))
        return answers
