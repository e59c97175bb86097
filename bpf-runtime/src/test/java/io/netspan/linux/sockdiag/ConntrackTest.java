package io.netspan.linux.sockdiag;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netspan.linux.Errno;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The bytes are those of little-endian machines. */
final class ConntrackTest {
  private static final Conntrack.Tuple IPV4 =
      new Conntrack.Tuple(false, 0x0a00_0002_0000_0000L, 0, 40_000, 0x0a60_0001_0000_0000L, 0, 80);
  private static final Conntrack.Tuple IPV6 =
      new Conntrack.Tuple(true, 0xfd00_0000_0000_0000L, 2, 40_000, 0xfd00_0000_0000_0000L, 1, 80);

  private final FakeNetlink kernel = new FakeNetlink();
  private final List<byte[]> asked = new ArrayList<>();

  private static byte[] bytes(String hex) {
    return HexFormat.of().parseHex(hex.replaceAll("\\s", ""));
  }

  private void answer(byte[] datagram) {
    assumeTrue(ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN, "big-endian machine");
    kernel.answer(
        question -> {
          asked.add(question);
          return List.of(datagram);
        });
  }

  private static byte[] error(int errno) {
    return ByteBuffer.allocate(36)
        .order(ByteOrder.nativeOrder())
        .putInt(0, 36)
        .putShort(4, (short) 2)
        .putInt(8, 1)
        .putInt(16, -errno)
        .array();
  }

  @Test
  void aQuestionForIpv4HasTheKernelsForm() {
    answer(error(Errno.ENOENT));
    try (Conntrack conntrack = Conntrack.open(kernel)) {
      assertThat(conntrack.reply(IPV4)).isNull();
    }
    assertThat(asked)
        .containsExactly(
            bytes(
                """
                48000000 0101 0100 01000000 00000000  02 00 0000
                3400 0180
                1400 0180  0800 0100 0a000002  0800 0200 0a600001
                1c00 0280  0500 0100 06000000  0600 0200 9c400000  0600 0300 00500000
                """));
  }

  @Test
  void aQuestionForIpv6HasTheKernelsForm() {
    answer(error(Errno.ENOENT));
    try (Conntrack conntrack = Conntrack.open(kernel)) {
      assertThat(conntrack.reply(IPV6)).isNull();
    }
    assertThat(asked)
        .containsExactly(
            bytes(
                """
                60000000 0101 0100 01000000 00000000  0a 00 0000
                4c00 0180
                2c00 0180  1400 0300 fd000000000000000000000000000002
                           1400 0400 fd000000000000000000000000000001
                1c00 0280  0500 0100 06000000  0600 0200 9c400000  0600 0300 00500000
                """));
  }

  @Test
  void theSourceOfTheAnswersIsTheActualServer() {
    answer(
        bytes(
            """
            7c000000 0001 0000 01000000 00000000  02 00 0000
            3400 0180
            1400 0180  0800 0100 0a000002  0800 0200 0a600001
            1c00 0280  0500 0100 06000000  0600 0200 9c400000  0600 0300 00500000
            3400 0280
            1400 0180  0800 0100 0a090909  0800 0200 0a000002
            1c00 0280  0500 0100 06000000  0600 0200 1f900000  0600 0300 9c400000
            """));
    try (Conntrack conntrack = Conntrack.open(kernel)) {
      assertThat(conntrack.reply(IPV4))
          .isEqualTo(
              new Conntrack.Tuple(
                  false, 0x0a09_0909_0000_0000L, 0, 8080, 0x0a00_0002_0000_0000L, 0, 40_000));
    }
  }

  @Test
  void aRefusalSaysWhatIsMissing() {
    answer(error(Errno.EPERM));
    try (Conntrack conntrack = Conntrack.open(kernel)) {
      assertThatThrownBy(() -> conntrack.reply(IPV4))
          .isInstanceOfSatisfying(
              SockDiagException.class,
              e -> assertThat(e.why()).isEqualTo(SockDiagException.Cause.DENIED))
          .hasMessageContaining("CAP_NET_ADMIN");
      kernel.answer(_ -> List.of(withSequence(error(Errno.EINVAL), 2)));
      assertThatThrownBy(() -> conntrack.reply(IPV4))
          .isInstanceOfSatisfying(
              SockDiagException.class,
              e -> assertThat(e.why()).isEqualTo(SockDiagException.Cause.UNSUPPORTED))
          .hasMessageContaining("nf_conntrack_netlink");
    }
  }

  private static byte[] withSequence(byte[] message, int sequence) {
    ByteBuffer.wrap(message).order(ByteOrder.nativeOrder()).putInt(8, sequence);
    return message;
  }

  @Test
  void noAnswerIsAFailure() {
    try (Conntrack conntrack = Conntrack.open(kernel)) {
      assertThatThrownBy(() -> conntrack.reply(IPV4))
          .isInstanceOf(SockDiagException.class)
          .hasMessageContaining("EAGAIN");
    }
  }

  @Test
  void anyBytesGiveAnAnswerOrAFailure() {
    Random random = new Random(3);
    int failures = 0;
    for (int i = 0; i < 20_000; i++) {
      byte[] message = new byte[20 + random.nextInt(120)];
      random.nextBytes(message);
      ByteBuffer.wrap(message)
          .order(ByteOrder.nativeOrder())
          .putInt(0, message.length)
          .putShort(4, (short) 0x100)
          .putInt(8, 1);
      kernel.answer(_ -> List.of(message));
      try (Conntrack conntrack = Conntrack.open(kernel)) {
        assertThat(conntrack.reply(IPV4)).isNotNull();
      } catch (SockDiagException e) {
        failures++;
      }
    }
    assertThat(failures).isPositive();
  }
}
