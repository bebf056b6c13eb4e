"""Standard output and terminal of ./tessera run."""
import os
import queue
import re
import select
import signal
import sys
import termios
import threading

CTRL_C = b"\x03"
DISABLED = b"\0"  # POSIX's _POSIX_VDISABLE on Linux
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
BEGUN = re.compile(r"\x1b(\[[0-9;]*)?\Z")


def shows_colours():
    """Whether standard output goes to who sees them, and wants to."""
    return sys.stdout.isatty() and os.environ.get("TERM", "dumb") != "dumb" and "NO_COLOR" not in os.environ


class OutputError(Exception):
    """Standard output takes nothing any more; `error` is the OSError."""

    def __init__(self, error):
        super().__init__(f"cannot write the output: {error.strerror}")
        self.error = error


class Output:
    """Standard output, written by a thread of its own: however slowly it is read, the machine does not wait for it, and
    nothing is lost but the colours where they would not be seen. When it cannot be written, OutputError is raised in the main
    thread, whatever that is doing."""

    def __init__(self):
        self.pieces = queue.SimpleQueue()
        self.failure = None
        self.plain = not shows_colours()
        self.begun = ""  # of a colour, whose end is in the next piece
        signal.signal(signal.SIGUSR1, self._fail)
        self.thread = threading.Thread(target=self._write, daemon=True)
        self.thread.start()

    def put(self, text):
        self.pieces.put((self._without_colours(text) if self.plain else text).encode())

    def _without_colours(self, text):
        text = COLOUR.sub("", self.begun + text)
        begun = BEGUN.search(text)
        self.begun = begun[0] if begun else ""
        return text.removesuffix(self.begun)

    def close(self):
        """Returns when all is written."""
        self.pieces.put(self.begun.encode())
        self.pieces.put(None)
        self.thread.join()

    def _write(self):
        try:
            for piece in iter(self.pieces.get, None):
                while piece:
                    try:
                        piece = piece[os.write(1, piece) :]
                    except BlockingIOError:  # a descriptor that another program has set so
                        select.select([], [1], [])
        except OSError as error:
            self.failure = error
            signal.pthread_kill(threading.main_thread().ident, signal.SIGUSR1)

    def _fail(self, *_):
        if self.failure:
            raise OutputError(self.failure)


class RawTerminal:
    """Standard input's terminal with every key going through but Ctrl-C, which is SIGINT. Restored at the end."""

    def __enter__(self):
        self.before = termios.tcgetattr(sys.stdin)
        settings = termios.tcgetattr(sys.stdin)
        settings[0] &= ~(termios.IGNBRK | termios.BRKINT | termios.PARMRK | termios.ISTRIP)
        settings[0] &= ~(termios.INLCR | termios.IGNCR | termios.ICRNL | termios.IXON)
        settings[1] |= termios.OPOST
        settings[3] &= ~(termios.ECHO | termios.ECHONL | termios.ICANON | termios.IEXTEN)
        settings[3] |= termios.ISIG
        keys = settings[6]
        keys[termios.VINTR] = CTRL_C
        keys[termios.VQUIT] = keys[termios.VSUSP] = DISABLED
        keys[termios.VMIN], keys[termios.VTIME] = 1, 0
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, settings)
        return self

    def __exit__(self, *exception):
        try:
            termios.tcsetattr(sys.stdin, termios.TCSADRAIN, self.before)
        except termios.error:  # the terminal is gone
            pass
