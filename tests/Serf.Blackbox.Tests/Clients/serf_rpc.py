"""A client of the agent's control port, written from the protocol's description; standard library only.

    with Client("127.0.0.1", 7373, token="secret") as client:
        print(client.members())
        for record in client.stream("user:deploy"):
            ...

Addresses that begin with a slash are sockets that are files.
"""

import collections
import socket
import struct


class ServerError(Exception):
    """What stood in the Error of a reply."""


class Closed(Exception):
    """The agent has ended the connection."""


def pack(value):
    """MessagePack of None, bool, int, str, bytes, list and dict."""
    if value is None:
        return b"\xc0"
    if value is True or value is False:
        return b"\xc3" if value else b"\xc2"
    if isinstance(value, int):
        return _pack_int(value)
    if isinstance(value, str):
        raw = value.encode()
        return _head(len(raw), 0xA0, 31, (0xD9, 0xDA, 0xDB)) + raw
    if isinstance(value, bytes):
        return _head(len(value), None, -1, (0xC4, 0xC5, 0xC6)) + value
    if isinstance(value, (list, tuple)):
        return _head(len(value), 0x90, 15, (None, 0xDC, 0xDD)) + b"".join(map(pack, value))
    pairs = b"".join(pack(key) + pack(item) for key, item in value.items())
    return _head(len(value), 0x80, 15, (None, 0xDE, 0xDF)) + pairs


def _pack_int(value):
    if -32 <= value < 128:
        return struct.pack("b" if value < 0 else "B", value)
    for code, form, low, high in (
        (0xCC, ">B", 0, 1 << 8), (0xCD, ">H", 0, 1 << 16), (0xCE, ">I", 0, 1 << 32), (0xCF, ">Q", 0, 1 << 64),
        (0xD0, ">b", -1 << 7, 0), (0xD1, ">h", -1 << 15, 0), (0xD2, ">i", -1 << 31, 0), (0xD3, ">q", -1 << 63, 0),
    ):
        if low <= value < high:
            return bytes([code]) + struct.pack(form, value)
    raise OverflowError(value)


def _head(size, fix, fix_max, codes):
    if size <= fix_max:
        return bytes([fix | size])
    for code, form, limit in zip(codes, (">B", ">H", ">I"), (1 << 8, 1 << 16, 1 << 32)):
        if code is not None and size < limit:
            return bytes([code]) + struct.pack(form, size)
    raise OverflowError(size)


def unpack(read):
    """One value; read(n) gives exactly n bytes."""
    code = read(1)[0]
    if code < 0x80:
        return code
    if code < 0x90:
        return _map(read, code & 15)
    if code < 0xA0:
        return [unpack(read) for _ in range(code & 15)]
    if code < 0xC0:
        return read(code & 31).decode(errors="surrogateescape")
    if code >= 0xE0:
        return code - 256
    simple = {0xC0: None, 0xC2: False, 0xC3: True}
    if code in simple:
        return simple[code]
    numbers = {
        0xCA: ">f", 0xCB: ">d", 0xCC: ">B", 0xCD: ">H", 0xCE: ">I", 0xCF: ">Q",
        0xD0: ">b", 0xD1: ">h", 0xD2: ">i", 0xD3: ">q",
    }
    if code in numbers:
        return _number(read, numbers[code])
    sizes = {0xC4: ">B", 0xC5: ">H", 0xC6: ">I", 0xD9: ">B", 0xDA: ">H", 0xDB: ">I",
             0xDC: ">H", 0xDD: ">I", 0xDE: ">H", 0xDF: ">I"}
    size = _number(read, sizes[code])
    if code <= 0xC6:
        return read(size)
    if code <= 0xDB:
        return read(size).decode(errors="surrogateescape")
    return [unpack(read) for _ in range(size)] if code <= 0xDD else _map(read, size)


def _map(read, size):
    return {unpack(read): unpack(read) for _ in range(size)}


def _number(read, form):
    return struct.unpack(form, read(struct.calcsize(form)))[0]


class Client:
    """One connection. Not for several threads."""

    # Commands whose replies have a body, also when they failed.
    BODIES = frozenset((
        "join", "members", "members-filtered", "stats", "get-coordinate",
        "install-key", "use-key", "remove-key", "list-keys",
    ))

    # Errors that stand alone whatever the command.
    ALONE = frozenset(("Handshake required", "Authentication required", "Unsupported command"))

    def __init__(self, host, port=7373, token="", timeout=30):
        if host.startswith("/"):
            self._socket = socket.socket(socket.AF_UNIX)
            self._socket.connect(host)
        else:
            self._socket = socket.create_connection((host, port), 10)
        self._socket.settimeout(timeout)
        self._file = self._socket.makefile("rb")
        self._last = 0
        self._records = collections.defaultdict(collections.deque)
        self.handshake()
        if token:
            self.auth(token)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self._file.close()
        self._socket.close()

    def handshake(self):
        self.call("handshake", {"Version": 1})

    def auth(self, token):
        self.call("auth", {"AuthKey": token})

    def event(self, name, payload=None, coalesce=False):
        self.call("event", {"Name": name, "Payload": payload, "Coalesce": coalesce})

    def force_leave(self, node, prune=False):
        self.call("force-leave", {"Node": node, "Prune": prune})

    def join(self, addresses, replay=False):
        return self.call("join", {"Existing": addresses, "Replay": replay})["Num"]

    def members(self):
        return self.call("members")["Members"]

    def members_filtered(self, tags=None, status="", name=""):
        return self.call("members-filtered", {"Tags": tags, "Status": status, "Name": name})["Members"]

    def tags(self, tags=None, delete=None):
        self.call("tags", {"Tags": tags, "DeleteTags": delete})

    def leave(self):
        self.call("leave")

    def stats(self):
        return self.call("stats")

    def coordinate(self, node):
        body = self.call("get-coordinate", {"Node": node})
        return body["Coord"] if body["Ok"] else None

    def keys(self, command, key=None):
        return self.call(command, None if command == "list-keys" else {"Key": key})

    def respond(self, query, payload):
        self.call("respond", {"ID": query, "Payload": payload})

    def stop(self, stream):
        self.call("stop", {"Stop": stream.number})

    def stream(self, filters="*"):
        return Records(self, self._open("stream", {"Type": filters}))

    def monitor(self, level="INFO"):
        return Records(self, self._open("monitor", {"LogLevel": level}))

    def query(self, name, payload=None, nodes=None, tags=None, ack=False, relay=0, timeout=0):
        """Records until the end; an ack or a response that comes from nobody is none."""
        body = {
            "FilterNodes": nodes, "FilterTags": tags, "RequestAck": ack, "RelayFactor": relay,
            "Timeout": timeout, "Name": name, "Payload": payload,
        }
        for record in Records(self, self._open("query", body)):
            if record["Type"] == "done":
                return
            if record["From"]:
                yield record

    def call(self, command, body=None):
        """The body of the reply, where it has one."""
        number = self._send(command, body)
        while True:
            header = unpack(self._read)
            if header["Seq"] != number:
                self._records[header["Seq"]].append(unpack(self._read))
                continue
            error = header["Error"]
            reply = unpack(self._read) if command in self.BODIES and error not in self.ALONE else None
            if error:
                raise ServerError(error)
            return reply

    def next_record(self, number):
        while not self._records[number]:
            header = unpack(self._read)
            self._records[header["Seq"]].append(unpack(self._read))
        return self._records[number].popleft()

    def _open(self, command, body):
        self.call(command, body)
        return self._last

    def _send(self, command, body):
        self._last += 1
        request = pack({"Command": command, "Seq": self._last})
        self._socket.sendall(request if body is None else request + pack(body))
        return self._last

    def _read(self, size):
        data = self._file.read(size)
        if len(data) < size:
            raise Closed("client closed")
        return data


class Records:
    """What comes under the number of a command, for ever."""

    def __init__(self, client, number):
        self._client = client
        self.number = number

    def __iter__(self):
        return self

    def __next__(self):
        return self._client.next_record(self.number)
