"""Tests of L{arvgate.runner.docker.output_frames}."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from arvgate.runner.docker.output_frames import FrameReader, LineEnds, Message, Position

SECOND = 1_000_000_000
#: 2026-11-24T19:00:00Z in nanoseconds.
BEGINNING = 1_795_546_800 * SECOND


def frame(stream: int, text: bytes) -> bytes:
    """As the daemon sends it."""
    return bytes([stream, 0, 0, 0]) + len(text).to_bytes(4, "big") + text


def timed(nanoseconds: int) -> bytes:
    """A time after the beginning, within its minute."""
    seconds, fraction = divmod(nanoseconds, SECOND)
    return f"2026-11-24T19:00:{seconds:02}.{fraction:09}Z".encode()


def read(reader: FrameReader, pieces: Iterable[bytes]) -> list[Message]:
    """All messages of some pieces."""
    return [message for piece in pieces for message in reader.feed(piece)]


class FrameReaderTests(SynchronousTestCase):
    """Cutting messages out of a stream."""

    def test_timed(self) -> None:
        """A message of a log is what comes behind its time, blanks and all."""
        text = timed(1) + b"  a b \n"
        self.assertEqual([Message(1, timed(1), b" a b \n")], read(FrameReader(True), [frame(1, text)]))

    def test_empty(self) -> None:
        """Messages may be empty."""
        self.assertEqual([Message(2, timed(0), b"")], read(FrameReader(True), [frame(2, timed(0) + b" ")]))
        self.assertEqual([Message(2, b"", b"")], read(FrameReader(False), [frame(2, b"")]))

    def test_zones(self) -> None:
        """A daemon in another time zone writes longer times."""
        time = b"2026-11-25T00:30:00.000000001+05:30"
        self.assertEqual([Message(1, time, b"x\n")], read(FrameReader(True), [frame(1, time + b" x\n")]))

    def test_byte_by_byte(self) -> None:
        """It does not matter where the pieces end."""
        data = frame(1, timed(1) + b" one\n") + frame(2, timed(2) + b" ") + frame(1, timed(3) + b" \0\n")
        whole = read(FrameReader(True), [data])
        self.assertEqual(3, len(whole))
        self.assertEqual(whole, read(FrameReader(True), (bytes([byte]) for byte in data)))

    def test_at_once(self) -> None:
        """A message is there with its last byte, not later."""
        reader = FrameReader(False)
        data = frame(1, b"abc")
        self.assertEqual([], list(reader.feed(data[:-1])))
        self.assertEqual([Message(1, b"", b"abc")], list(reader.feed(data[-1:])))

    def test_no_frames(self) -> None:
        """What is no stream of frames is refused at its first header, and what came before it is kept."""
        for broken in (b"HTTP/1.1 400", bytes([0, 0, 0, 0, 0, 0, 0, 1]), bytes([3, 0, 0, 0, 0, 0, 0, 1])):
            found: list[Message] = []
            with self.assertRaises(ValueError):
                found.extend(FrameReader(False).feed(broken))
        reader, found = FrameReader(False), []
        with self.assertRaises(ValueError):
            for message in reader.feed(frame(1, b"good") + b"HTTP/1.1 400"):
                found.append(message)
        self.assertEqual([b"good"], [message.data for message in found])

    def test_too_long(self) -> None:
        """A length that no daemon sends is refused before there is any of it."""
        with self.assertRaises(ValueError):
            list(FrameReader(False).feed(b"\1\0\0\0\xff\0\0\0"))

    def test_no_time(self) -> None:
        """A message without a time in front is refused where there must be one."""
        for text in (b"", b"x", timed(0), b"x" * 40 + b" y"):
            with self.assertRaises(ValueError):
                list(FrameReader(True).feed(frame(1, text)))

    @given(
        st.lists(st.tuples(st.sampled_from([1, 2]), st.binary(max_size=40))),
        st.lists(st.integers(min_value=1, max_value=30), min_size=1),
    )
    def test_any_pieces(self, messages: Sequence[tuple[int, bytes]], sizes: Sequence[int]) -> None:
        """Whatever was written comes out again, however it was cut."""
        data = b"".join(frame(stream, text) for stream, text in messages)
        pieces, turn = [], 0
        while data:
            size = sizes[turn % len(sizes)]
            pieces.append(data[:size])
            data, turn = data[size:], turn + 1
        self.assertEqual([Message(stream, b"", text) for stream, text in messages], read(FrameReader(False), pieces))

    @given(st.binary(max_size=200))
    def test_anything(self, data: bytes) -> None:
        """Any bytes are messages, or refused, or wait for more."""
        for timed_messages in (True, False):
            try:
                read(FrameReader(timed_messages), [data])
            except ValueError:
                continue


class PositionTests(SynchronousTestCase):
    """Taking a log up again."""

    def setUp(self) -> None:
        """At the beginning."""
        self.position = Position()

    def taken(self, *messages: Message) -> list[bytes]:
        """What of the messages is new."""
        return [message.data for message in messages if self.position.advance(message)]

    def test_since(self) -> None:
        """Reading begins with everything, and goes on a little before the last message."""
        self.assertEqual("0.000000000", self.position.since)
        self.taken(Message(1, timed(5 * SECOND + 7), b"a"))
        self.assertEqual(f"{BEGINNING // SECOND + 4}.000000007", self.position.since)

    def test_zone(self) -> None:
        """The zone of a time counts."""
        self.taken(Message(1, b"2026-11-25T00:30:05.000000007+05:30", b"a"))
        self.assertEqual(f"{BEGINNING // SECOND + 4}.000000007", self.position.since)
        self.position.rewind()
        self.assertEqual(
            [b"b"], self.taken(Message(1, timed(5 * SECOND + 6), b"a"), Message(1, timed(6 * SECOND), b"b"))
        )

    def test_no_time(self) -> None:
        """A time that is none is refused where it must be compared."""
        self.taken(Message(1, timed(1), b"a"))
        self.position.rewind()
        with self.assertRaises(ValueError):
            self.position.advance(Message(1, b"yesterday", b"b"))

    def test_equal_times(self) -> None:
        """Messages of one time are all taken, and after a break just those that were not."""
        same = [Message(1, timed(1), text) for text in (b"a", b"b", b"c", b"d")]
        self.assertEqual([b"a", b"b"], self.taken(*same[:2]))
        self.position.rewind()
        self.assertEqual([b"c", b"d"], self.taken(*same))
        self.position.rewind()
        self.assertEqual([], self.taken(*same))

    def test_break_after_break(self) -> None:
        """A break before anything new came changes nothing."""
        messages = [Message(1, timed(at), b"%d" % at) for at in (1, 1, 2)]
        self.taken(*messages[:2])
        self.position.rewind()
        self.taken(messages[0])
        self.position.rewind()
        self.assertEqual([b"2"], self.taken(*messages))

    def test_clock_set_back(self) -> None:
        """A clock that is set back makes no message old."""
        self.assertEqual([b"a", b"b"], self.taken(Message(1, timed(9), b"a"), Message(1, timed(3), b"b")))

    def test_streams_in_disorder(self) -> None:
        """A message written behind a later one of the other stream survives a break, and none comes twice."""
        log = [Message(1, timed(6), b"out"), Message(2, timed(5), b"err"), Message(1, timed(7), b"more")]
        self.assertEqual([b"out"], self.taken(log[0]))
        self.position.rewind()
        self.assertEqual([b"err"], self.taken(*log[:2]))
        self.position.rewind()
        self.assertEqual([b"more"], self.taken(*log))

    @given(
        st.lists(st.tuples(st.sampled_from([1, 2]), st.integers(min_value=0, max_value=3)), max_size=30),
        st.lists(st.integers(min_value=0, max_value=30), max_size=6),
    )
    def test_any_breaks(self, steps: Sequence[tuple[int, int]], breaks: Sequence[int]) -> None:
        """Wherever reading breaks off, each message is taken exactly once."""
        times, log = {1: 0, 2: 0}, []
        for number, (stream, step) in enumerate(steps):
            times[stream] += step
            log.append(Message(stream, timed(times[stream]), b"%d" % number))
        self.position, found = Position(), []
        for end in [*sorted(breaks), len(log)]:
            self.position.rewind()
            found += self.taken(*log[:end])
        self.assertEqual([message.data for message in log], found)


class LineEndsTests(SynchronousTestCase):
    """L{LineEnds}."""

    def restored(self, *messages: tuple[int, int, bytes]) -> dict[int, bytes]:
        """All data of each stream."""
        ends, found = LineEnds(), {1: b"", 2: b""}
        for stream, at, data in messages:
            found[stream] += ends.restored(Message(stream, timed(at), data))
        return found

    def test_whole_lines(self) -> None:
        """Lines that end are left alone, as is a last one that does not."""
        self.assertEqual(b"a\nb\n\nc", self.restored((1, 1, b"a\n"), (1, 2, b"b\n"), (1, 3, b"\n"), (1, 4, b"c"))[1])

    def test_pieces(self) -> None:
        """Pieces of a line are of one time; what comes later is another line, even if no end of line was told."""
        self.assertEqual(b"abc\nd\n", self.restored((1, 1, b"a"), (1, 1, b"b"), (1, 1, b"c"), (1, 2, b"d\n"))[1])
        self.assertEqual(b"abc\nd\n", self.restored((1, 1, b"a"), (1, 1, b"b"), (1, 1, b"c\n"), (1, 2, b"d\n"))[1])

    def test_empty_last_piece(self) -> None:
        """A line that ends with a piece has an empty one behind it."""
        self.assertEqual(b"ab\nc\n", self.restored((1, 1, b"ab"), (1, 1, b""), (1, 2, b"c\n"))[1])

    def test_streams(self) -> None:
        """A line of one stream does not end by what is on the other."""
        found = self.restored((1, 1, b"a"), (2, 2, b"x\n"), (1, 1, b"b"), (2, 3, b"y\n"))
        self.assertEqual({1: b"ab", 2: b"x\ny\n"}, found)
