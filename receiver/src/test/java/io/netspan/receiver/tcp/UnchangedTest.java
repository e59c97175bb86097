package io.netspan.receiver.tcp;

import static io.netspan.receiver.net.TcpState.TCP_ESTABLISHED;
import static io.netspan.receiver.net.TcpState.TCP_FIN_WAIT2;
import static io.netspan.receiver.tcp.FakeProcess.CURL;
import static io.netspan.receiver.tcp.FakeProcess.NOBODY;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Passes that report connections that have not changed since the pass before as such. */
class UnchangedTest {
  private static final FakeProcess CHILD = new FakeProcess(1_009, 33_000_000_001L, "curl");

  private final TrackedHost host = new TrackedHost();
  private final Reconciler reconciler = host.tracker.reconciler();
  private final FakeSocket client = host.kernel.client(0xc);
  private long beganNs;

  @BeforeEach
  void isTracked() {
    assertThat(reconciler.needsEverything()).as("the first pass reads all").isTrue();
    client.open(CURL);
    client.established();
    pass(() -> read(300));
    pass(() -> read(300)); // the length of a jiffy is known now
    assertThat(reconciler.needsEverything()).isFalse();
  }

  private void begin() {
    host.kernel.passes(1_000_000_000);
    beganNs = host.kernel.nowNs();
    reconciler.begin(beganNs, Provenance.INFERRED);
  }

  private int pass(Runnable finds) {
    begin();
    finds.run();
    return reconciler.finish(host.kernel.nowNs());
  }

  private void read(long sent) {
    client.found(
        CURL,
        TCP_ESTABLISHED,
        r -> client.sent(r, sent).with("jiffies", host.kernel.nowNs() / 4_000_000));
  }

  private void unchanged(FakeProcess by, int state) {
    client.unchanged(by, state, beganNs);
  }

  private List<Long> missing() {
    List<Long> asked = new ArrayList<>();
    reconciler.forEachMissing(asked::add);
    return asked;
  }

  @Test
  void anUnchangedConnectionStaysAndKeepsItsNumbers() {
    for (int i = 0; i < 3; i++) {
      begin();
      unchanged(CURL, TCP_ESTABLISHED);
      assertThat(missing()).isEmpty();
      assertThat(reconciler.finish(host.kernel.nowNs())).isZero();
      assertThat(reconciler.needsEverything()).isFalse();
    }

    Connection c = host.seen.refreshed.getLast();
    assertThat(host.seen.refreshed).hasSize(5);
    assertThat(c.bytesSent()).isEqualTo(300);
    assertThat(TrackedHost.describe(c)).isEqualTo("client live connect:1001 unknown");
  }

  @Test
  void whatIsNotFoundAtAllHasEnded() {
    assertThat(pass(() -> {})).isEqualTo(1);

    assertThat(host.closed()).containsExactly("client inferred connect:1001 unknown");
  }

  @Test
  void theHolderOfAnUnchangedConnectionIsItsOwner() {
    pass(() -> unchanged(CHILD, TCP_ESTABLISHED));

    assertThat(TrackedHost.describe(host.seen.refreshed.getLast()))
        .isEqualTo("client live descriptor:1009 unknown");
  }

  @Test
  void anUnknownSocketMakesTheNextPassReadAll() {
    FakeSocket unknown = host.kernel.client(0xd).local("10.0.0.1", 40_003);
    pass(
        () -> {
          unchanged(CURL, TCP_ESTABLISHED);
          unknown.unchanged(CURL, TCP_ESTABLISHED, beganNs);
        });
    assertThat(host.tracker.tracked()).isEqualTo(1);
    assertThat(reconciler.needsEverything()).isTrue();
    pass(
        () -> {
          read(300);
          unknown.found(
              CURL, TCP_ESTABLISHED, r -> r.with("jiffies", host.kernel.nowNs() / 4_000_000));
        });

    assertThat(host.tracker.tracked()).isEqualTo(2);
    assertThat(reconciler.needsEverything()).isFalse();
  }

  @Test
  void aConnectionInAnotherStateIsAskedForAndReadAgain() {
    client.closesFirst(CURL); // and its socket was restored or is another one
    begin();
    unchanged(CURL, TCP_ESTABLISHED);
    assertThat(missing()).containsExactly(0xcL);
    client.found(NOBODY, TCP_FIN_WAIT2);

    assertThat(reconciler.finish(host.kernel.nowNs())).isZero();
    assertThat(reconciler.needsEverything()).isTrue();
  }

  @Test
  void aConnectionThatThePassBeforeDidNotFindIsAskedFor() {
    pass(this::replace); // ends and begins again during the pass
    begin();
    unchanged(CURL, TCP_ESTABLISHED);

    assertThat(missing()).containsExactly(0xcL);
    assertThat(reconciler.needsEverything()).isTrue();
  }

  private void replace() {
    client.close(TCP_ESTABLISHED, 104);
    client.open(CURL);
    client.established();
  }

  /** Its descriptor was found before the connection began that is on its address now. */
  @Test
  void anUnchangedSocketIsNotTheConnectionThatBeganThereSince() {
    begin();
    replace();
    unchanged(CHILD, TCP_ESTABLISHED);
    assertThat(missing()).isEmpty();
    assertThat(reconciler.finish(host.kernel.nowNs())).isZero();

    assertThat(host.tracker.tracked()).isEqualTo(1);
    assertThat(TrackedHost.describe(host.seen.opened.getLast()))
        .isEqualTo("client live connect:1001 unknown");
  }

  @Test
  void anotherIdentityIsReadInTwoPasses() {
    pass(() -> client.found(CURL, TCP_ESTABLISHED, r -> r.with("local_isn", 0x7777)));

    assertThat(reconciler.needsEverything()).isTrue();
  }

  @Test
  void afterAnAbandonedPassTheNextReadsAll() {
    begin();
    reconciler.abandon();

    assertThat(reconciler.needsEverything()).isTrue();
  }
}
