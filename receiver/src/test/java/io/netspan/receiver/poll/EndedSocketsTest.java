package io.netspan.receiver.poll;

import static org.assertj.core.api.Assertions.assertThat;

import io.netspan.linux.sockdiag.DiagSocket;
import org.junit.jupiter.api.Test;

final class EndedSocketsTest {
  private static final int NETNS = 0xf000_0001;
  private static final int LEAST = 5;

  private final EndedSockets ended = new EndedSockets(LEAST);

  private static DiagSocket socket(long cookie, int localPort, int peerPort) {
    return new DiagSocket(
        DiagSocket.AF_INET,
        /* ipv6= */ false,
        /* state= */ 7,
        /* timer= */ 0,
        cookie,
        localPort,
        peerPort,
        1,
        0,
        2,
        0,
        /* v6Only= */ false,
        /* device= */ 0,
        0,
        0,
        /* inode= */ 11,
        null,
        null);
  }

  private void add(long cookie) {
    ended.add(new PolledSocket(NETNS, socket(cookie, 65_535, 443)));
  }

  private boolean take(long cookie, int localPort, int peerPort) {
    return ended.take(PolledSocket.key(NETNS, cookie), socket(cookie, localPort, peerPort));
  }

  private boolean take(long cookie) {
    return take(cookie, 65_535, 443);
  }

  @Test
  void anEndIsKnownUntilTheSocketIsDestroyed() {
    add(7);

    assertThat(take(8)).isFalse();
    assertThat(take(7)).isTrue();
    assertThat(take(7)).as("taken out").isFalse();
  }

  @Test
  void aSocketThatWasDisconnectedHasNoFurtherConnection() {
    add(7);

    assertThat(take(7, 65_535, 0)).isTrue();
  }

  @Test
  void aSocketThatWasConnectedAgainHasAnotherConnection() {
    add(7);
    add(8);
    add(9);
    ended.remove(PolledSocket.key(NETNS, 9));

    assertThat(take(7, 65_534, 443)).isFalse();
    assertThat(take(8, 65_535, 80)).isFalse();
    assertThat(take(9)).as("found open again").isFalse();
  }

  @Test
  void theLatestAreKeptAndTheForgottenAreCounted() {
    for (int cookie = 1; cookie <= 2 * LEAST; cookie++) {
      add(cookie);
    }
    assertThat(ended.forgotten()).isZero();
    assertThat(take(2)).isTrue();

    add(2 * LEAST + 1);

    assertThat(ended.forgotten()).as("the first five but the one that was destroyed").isEqualTo(4);
    assertThat(take(LEAST)).isFalse();
    for (int cookie = LEAST + 1; cookie <= 2 * LEAST + 1; cookie++) {
      assertThat(take(cookie)).as("socket %s", cookie).isTrue();
    }
  }

  @Test
  void socketsThatAreDestroyedTakeNoRoom() {
    for (int cookie = 1; cookie <= 100 * LEAST; cookie++) {
      add(cookie);
      assertThat(take(cookie)).isTrue();
    }

    assertThat(ended.forgotten()).isZero();
  }
}
