"""Listeners of the live board: WebSockets of the standard library's sockets, each keeping its own board from snapshot and deltas."""
import base64, json, os, socket, struct, threading, time


def merged(target, patch):
    """JSON merge patch (RFC 7386)."""
    if not isinstance(patch, dict):
        return patch
    target = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            target.pop(name, None)
        else:
            target[name] = merged(target.get(name), value)
    return target


class Listener(threading.Thread):
    def __init__(self, port, token):
        super().__init__(daemon=True)
        self.port, self.token, self.board, self.position, self.snapshots, self.deltas, self.ended = port, token, None, 0, 0, 0, False

    def run(self):
        while not self.ended:
            try:
                self.listen()
            except (OSError, ValueError, EOFError, struct.error):
                pass
            time.sleep(0.3)

    def listen(self):
        with socket.create_connection(("127.0.0.1", self.port), timeout=30) as line:
            key = base64.b64encode(os.urandom(16)).decode()
            line.sendall((f"GET /api/call-center/live?access_token={self.token()} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
                          f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n").encode())
            file = line.makefile("rb")
            if b" 101 " not in file.readline():
                raise OSError("no WebSocket")
            while file.readline() not in (b"\r\n", b""):
                pass
            while not self.ended:
                kind, text = self.frame(file)
                if kind == 9:
                    line.sendall(bytes([0x8A, 0x80 | len(text)]) + b"\0\0\0\0" + text)
                elif kind == 8:
                    return
                elif kind == 1:
                    self.hear(json.loads(text))

    @staticmethod
    def frame(file):
        text = b""
        kind = None
        while True:
            first, second = file.read(2)
            length = second & 0x7F
            if length == 126:
                length, = struct.unpack(">H", file.read(2))
            elif length == 127:
                length, = struct.unpack(">Q", file.read(8))
            text += file.read(length)
            kind = kind or first & 0x0F
            if first & 0x80:
                return kind, text

    def hear(self, message):
        if message["type"] == "snapshot":
            self.board, self.snapshots = message["board"], self.snapshots + 1
        elif message["type"] == "delta":
            self.board, self.deltas = merged(self.board, message["patch"]), self.deltas + 1
        if "position" in message:
            self.position = max(self.position, message["position"])


class Listeners:
    """So many of them, as so many people: one person may listen twenty times at once."""

    def __init__(self, port, tokens, count):
        self.all = [Listener(port, tokens(n)) for n in range(count)]

    def begin(self):
        for listener in self.all:
            listener.start()

    def compare(self, board, position):
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            shown = board()
            wrong = [n for n, one in enumerate(self.all) if one.board != shown]
            if not wrong:
                break
            time.sleep(1)
        for one in self.all:
            one.ended = True
        snapshots, deltas = sum(one.snapshots for one in self.all), sum(one.deltas for one in self.all)
        print(f"listeners                              {len(self.all)}; {snapshots} snapshots, {deltas} deltas; {len(wrong)} boards differ")
        return [f"listener {n}: its board is not the one that is shown" for n in wrong]
