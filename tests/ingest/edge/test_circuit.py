"""When requests are refused at once, as a pure decision."""

from ingest.edge.circuit import CLOSED, OPEN_S, PROBE_S, Circuit, admit, failed


def test_it_lets_everything_pass_while_closed() -> None:
    assert admit(CLOSED, now=5.0) is CLOSED


def test_it_refuses_for_a_while_after_a_failure() -> None:
    circuit = failed(now=100.0)

    assert admit(circuit, now=100.0) is None
    assert admit(circuit, now=100.0 + OPEN_S - 0.01) is None


def test_it_lets_one_probe_pass_after_that() -> None:
    now = 100.0 + OPEN_S

    probing = admit(failed(now=100.0), now)

    assert probing == Circuit(opened=100.0, probing=now)
    assert admit(probing, now + 1.0) is None


def test_it_opens_again_when_the_probe_fails() -> None:
    assert admit(failed(now=112.0), now=112.5) is None


def test_it_does_not_wait_for_ever_for_a_lost_probe() -> None:
    lost = Circuit(opened=100.0, probing=103.0)

    assert admit(lost, now=103.0 + PROBE_S) is not None
