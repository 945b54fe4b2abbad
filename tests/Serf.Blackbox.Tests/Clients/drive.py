"""Every command and stream of serf_rpc.py: drive.py HOST-OR-PATH PORT TOKEN. One line for each step."""

import sys
import threading

import serf_rpc

KEY = "5K9OtfP7efFrNKe5WCQvXvnaXJ5cWP0SvXiwe0kkjM4="
OF_THE_MOMENT = ("Addr", "LTime")


def show(value):
    if isinstance(value, dict):
        return "{" + ", ".join(
            f"{key}: {'*' if key in OF_THE_MOMENT else show(value[key])}" for key in sorted(value)) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(show, value)) + "]"
    return repr(value)


def step(title, call, *arguments, **named):
    try:
        print(title, show(call(*arguments, **named)))
    except serf_rpc.ServerError as error:
        print(title, "error:", str(error).strip().replace("\n\t", " "))


def run(host, port, token):
    client = serf_rpc.Client(host, port)
    step("members", client.members)
    step("auth", client.auth, "wrong")
    step("auth", client.auth, token)
    step("handshake", client.handshake)
    step("members", client.members)
    step("members-filtered", client.members_filtered, {"role": "w.*"}, "alive", "n1|x")
    step("members-filtered", client.members_filtered, status="failed")
    step("event", client.event, "e", b"p", True)
    step("event", client.event, "e", bytes(600))
    step("force-leave", client.force_leave, "nobody")
    step("force-leave", client.force_leave, "nobody", prune=True)
    step("join", client.join, [])
    step("join", client.join, ["127.0.0.1:9"])
    step("tags", client.tags, {"more": "1"}, ["role"])
    step("tags", client.tags, {"big": "x" * 600})
    step("stats", lambda: sorted(client.stats()))
    step("stats", lambda: client.stats()["tags"])
    step("get-coordinate", client.coordinate, "nobody")
    step("get-coordinate", lambda: len(client.coordinate("n1")["Vec"]))
    for command in ("install-key", "use-key", "list-keys", "remove-key"):
        step(command, client.keys, command, KEY)
    step("install-key", client.keys, "install-key", "badkey")
    step("respond", client.respond, 77, b"x")
    step("stop", client.call, "stop", {"Stop": 12345})
    streams(client)
    queries(client, host, port, token)
    step("leave", client.leave)
    try:
        client.members()
    except (serf_rpc.Closed, OSError):
        print("closed")


def streams(client):
    step("stream", client.stream, "user,bogus")
    all_events, some = client.stream("*"), client.stream("user:wanted,user")
    client.event("wanted", b"q")
    step("stream", lambda: next(record for record in all_events if record["Event"] == "user"))
    step("stream", next, some)
    step("stop", client.stop, some)
    step("stop", client.stop, all_events)
    step("monitor", client.monitor, "bogus")
    lines = client.monitor("INFO")
    step("monitor", lambda: next(lines)["Log"].split(" ", 2)[2])
    step("monitor", client.monitor, "INFO")
    step("stop", client.stop, lines)


def queries(client, host, port, token):
    answers = []

    def answer():
        with serf_rpc.Client(host, port, token) as responder:
            questions = responder.stream("query:ask")
            ready.set()
            question = next(questions)
            answers.append(show(question))
            responder.respond(question["ID"], b"because")
            try:
                responder.respond(question["ID"], b"again")
            except serf_rpc.ServerError as error:
                answers.append(str(error))

    ready = threading.Event()
    thread = threading.Thread(target=answer)
    thread.start()
    ready.wait()
    step("query", lambda: sorted(map(show, client.query("ask", b"why", ack=True, timeout=1_500_000_000))))
    thread.join()
    step("query seen", lambda: answers)
    step("query", lambda: list(client.query("ask", nodes=["nobody"], ack=True, timeout=1)))
    step("query", lambda: list(client.query("_serf_install-key")))


if __name__ == "__main__":
    run(sys.argv[1], int(sys.argv[2]), sys.argv[3])
