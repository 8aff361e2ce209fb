from service.processes.orders import Message, OrderKind, take_messages


def test_messages_come_out_as_they_went_in_however_they_are_cut() -> None:
    sent = [
        Message(OrderKind.FORK, 7),
        Message(OrderKind.FORKED, 7, 4_321),
        Message(OrderKind.ENDED, 7, -9),
    ]
    buffer, received = bytearray(), []

    for byte in b"".join(message.encode() for message in sent):
        buffer.append(byte)
        received += take_messages(buffer)

    assert received == sent
    assert buffer == b""
