"""What we read of a message is what asyncua reads of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from struct import pack

from asyncua import ua
from asyncua.common.utils import Buffer
from asyncua.ua.ua_binary import struct_from_binary, struct_to_binary
from hypothesis import given
from hypothesis import strategies as st

from zhizao.connect.opcua.decode import Change, message, read_changes

TYPE = ua.VariantType
CONTENT = st.one_of(
    st.floats().map(lambda x: ua.Variant(x, TYPE.Double)),
    st.floats(width=32).map(lambda x: ua.Variant(x, TYPE.Float)),
    st.booleans().map(lambda x: ua.Variant(x, TYPE.Boolean)),
    st.integers(-(2**31), 2**31 - 1).map(lambda x: ua.Variant(x, TYPE.Int32)),
    st.integers(0, 2**64 - 1).map(lambda x: ua.Variant(x, TYPE.UInt64)),
    st.integers(0, 255).map(lambda x: ua.Variant(x, TYPE.Byte)),
    st.text(max_size=8).map(lambda x: ua.Variant(x, TYPE.String)),
    st.lists(st.integers(-9, 9), max_size=4).map(lambda x: ua.Variant(x, TYPE.Int16, is_array=True)),
    st.text(max_size=4).map(lambda x: ua.Variant(ua.LocalizedText(x), TYPE.LocalizedText)),
    st.just(ua.Variant(None, TYPE.Null)),
)
MOMENT = st.integers(0, 10**15).map(lambda us: datetime(2000, 1, 1, tzinfo=UTC) + timedelta(microseconds=us))


@st.composite
def data_values(draw: st.DrawFn) -> ua.DataValue:
    return ua.DataValue(
        draw(CONTENT),
        ua.StatusCode(draw(st.sampled_from([0, 0x480, 0x80310000]))) if draw(st.booleans()) else None,
        SourceTimestamp=draw(st.none() | MOMENT),
        ServerTimestamp=draw(st.none() | MOMENT),
    )


@given(st.lists(st.tuples(st.integers(0, 2**32 - 1), data_values()), max_size=6), st.booleans())
def test_our_reading_equals_that_of_asyncua(items: list[tuple[int, ua.DataValue]], more: bool) -> None:
    changes = ua.DataChangeNotification(
        MonitoredItems=[ua.MonitoredItemNotification(ClientHandle=handle, Value=one) for handle, one in items]
    )
    sent = ua.PublishResult(7, [1, 2, 3], more)
    sent.NotificationMessage.SequenceNumber = 42
    sent.NotificationMessage.NotificationData = [changes]
    data = struct_to_binary(sent)
    theirs = struct_from_binary(ua.PublishResult, Buffer(data)).NotificationMessage
    ours = message(data, 0)
    assert (ours.subscription, ours.sequence, ours.more, ours.keep_alive) == (7, 42, more, False)
    assert ours.published == theirs.PublishTime
    for mine, read in zip(ours.changes, theirs.NotificationData[0].MonitoredItems, strict=True):
        value = read.Value
        expected = value.Value.Value if value.Value is not None else None
        assert mine.handle == read.ClientHandle
        assert mine.value == expected or (mine.value != mine.value and expected != expected)
        assert mine.status == (value.StatusCode.value if value.StatusCode else 0)
        assert (mine.source, mine.server) == (value.SourceTimestamp, value.ServerTimestamp)


def test_picoseconds_follow_their_timestamps_as_the_standard_has_it() -> None:
    ticks = (116_444_736_000_000_000, 116_444_736_000_000_010)  # 1970-01-01, and a microsecond later
    item = pack("<IBBdIqHqH", 5, 0b11_1111, 11, 2.5, 0x480, ticks[0], 77, ticks[1], 88)
    start = datetime(1970, 1, 1, tzinfo=UTC)
    expected = [Change(5, 2.5, 0x480, start, start + timedelta(microseconds=1))]
    assert read_changes(pack("<i", 1) + item, 0) == expected


def test_the_end_of_a_subscription_is_read() -> None:
    sent = ua.PublishResult(7)
    sent.NotificationMessage.NotificationData = [
        ua.StatusChangeNotification(ua.StatusCode(ua.StatusCodes.BadTimeout))
    ]
    assert message(struct_to_binary(sent), 0).ended == ua.StatusCodes.BadTimeout
