package io.netspan.linux.sockdiag;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNoException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netspan.linux.Errno;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class SockDiagTest {

  private static final int ENETDOWN = 100;

  private final FakeNetlink kernel = new FakeNetlink();
  private final DiagCounters counters = new DiagCounters();
  private final List<DiagSocket> sockets = new ArrayList<>();

  private SockDiag open() {
    return SockDiag.open(kernel, counters);
  }

  private static boolean asksForIpv4(byte[] question) {
    return question[16] == DiagSocket.AF_INET;
  }

  private static byte[] connection(int port) {
    return Messages.connection(port, 443, 5_000_000_000L + port, Messages.INFO_NOW);
  }

  /** The response for IPv4 has these datagrams, that for IPv6 has none. */
  private void answer(java.util.function.IntFunction<List<Object>> ipv4) {
    kernel.answer(
        question ->
            asksForIpv4(question)
                ? ipv4.apply(Messages.sequence(question))
                : List.of(Messages.done(Messages.sequence(question))));
  }

  @Test
  void questionIsAskedInTheKernelsForm() {
    List<byte[]> asked = new ArrayList<>();
    kernel.answer(
        question -> {
          asked.add(question);
          return List.of(Messages.done(Messages.sequence(question)));
        });

    assertThat(open().dump(sockets::add)).isTrue();

    assertThat(asked).hasSize(2).allMatch(question -> question.length == 72);
    ByteBuffer first = ByteBuffer.wrap(asked.getFirst()).order(ByteOrder.nativeOrder());
    assertThat(first.getInt(0)).isEqualTo(72);
    assertThat(first.getShort(4)).isEqualTo((short) 20);
    assertThat(first.getShort(6)).isEqualTo((short) 0x301);
    assertThat(Arrays.copyOfRange(asked.getFirst(), 16, 20)).containsExactly(2, 6, 2, 0);
    assertThat(first.getInt(20)).isEqualTo(0b1111_0011_0110);
    assertThat(asked.getLast()[16]).isEqualTo((byte) 10);
    assertThat(kernel.log).contains("socket 16 4", "setsockopt 270 1 1", "setsockopt 270 1 3");
  }

  @Test
  void everyNumberIsTakenFromItsPlace() {
    answer(seq -> List.of(Messages.socket(seq, connection(10_007)), Messages.done(seq)));

    assertThat(open().dump(sockets::add)).isTrue();

    assertThat(sockets)
        .containsExactly(
            new DiagSocket(
                DiagSocket.AF_INET,
                /* ipv6= */ false,
                /* state= */ 1,
                /* timer= */ 0,
                5_000_010_007L,
                10_007,
                443,
                0x7f00_0001_0000_0000L,
                0,
                0x7f00_0001_0000_0000L,
                0,
                /* v6Only= */ false,
                /* device= */ 0,
                /* unread= */ 3,
                /* unacked= */ 5,
                0xf000_0001L,
                new TcpInfo(13, 11, 101, 97, 3, 10_008, 103, 17, 19, 7, 23, 10_107, 100),
                /* subflow= */ null));
    assertThat(counters.malformed()).isZero();
  }

  @Test
  void membersMissingFromAnOlderKernelAreUnknown() {
    answer(
        seq ->
            List.of(
                Messages.socket(seq, Messages.connection(1, 2, 3, Messages.INFO_4_9)),
                Messages.socket(seq, Messages.connection(1, 2, 3, 104)),
                Messages.socket(seq, Messages.connection(1, 2, 3, 0)),
                Messages.done(seq)));

    assertThat(open().dump(sockets::add)).isTrue();

    assertThat(sockets)
        .extracting(DiagSocket::info)
        .containsExactly(
            new TcpInfo(13, 11, 101, 97, 3, 10_008, 103, 17, 19, 7, 23, -1, -1),
            new TcpInfo(13, 11, 101, -1, 3, -1, -1, -1, -1, -1, -1, -1, -1),
            null);
  }

  @Test
  void mappedAddressesAreIpv4AndAskedForAsMapped() {
    byte[] mapped = new byte[72];
    mapped[0] = DiagSocket.AF_INET6;
    mapped[1] = 1;
    for (int address : new int[] {8, 24}) {
      mapped[address + 10] = -1;
      mapped[address + 11] = -1;
      mapped[address + 12] = 10;
      mapped[address + 15] = 7;
    }
    List<byte[]> asked = new ArrayList<>();
    kernel.answer(
        question -> {
          asked.add(question);
          int seq = Messages.sequence(question);
          return List.of(Messages.socket(seq, mapped), Messages.done(seq));
        });
    SockDiag diag = open();
    diag.dump(sockets::add);

    assertThat(sockets.getFirst().ipv6()).isFalse();
    assertThat(sockets.getFirst().localHigh()).isEqualTo(0x0a00_0007_0000_0000L);
    assertThat(sockets.getFirst().localLow()).isZero();
    assertThat(diag.find(sockets.getFirst(), sockets::add)).isEqualTo(SockDiag.Presence.OPEN);
    assertThat(Arrays.copyOfRange(asked.getLast(), 24 + 4, 24 + 36))
        .isEqualTo(Arrays.copyOfRange(mapped, 8, 40));
  }

  @Test
  void answerOfManyParts() {
    answer(
        seq -> {
          List<Object> all = new ArrayList<>();
          for (int i = 0; i < 101; i++) {
            all.add(
                Messages.joined(
                    Messages.socket(seq, connection(2 * i)),
                    Messages.socket(seq, connection(2 * i + 1))));
          }
          all.add(Messages.done(seq));
          return all;
        });

    assertThat(open().dump(sockets::add)).isTrue();

    assertThat(sockets).extracting(DiagSocket::localPort).hasSize(202).doesNotHaveDuplicates();
  }

  @Test
  void smallSocketsOfTimeWaitAreLeftOut() {
    answer(
        seq ->
            List.of(
                Messages.socket(seq, Messages.timeWait(connection(1))),
                Messages.socket(seq, connection(2)),
                Messages.done(seq)));
    SockDiag diag = open();
    assertThat(diag.dump(sockets::add)).isTrue();
    assertThat(sockets).extracting(DiagSocket::localPort).containsExactly(2);

    answer(seq -> List.of(Messages.socket(seq, Messages.timeWait(connection(2)))));
    assertThat(diag.find(sockets.getFirst(), sockets::add)).isEqualTo(SockDiag.Presence.GONE);
    answer(seq -> List.of(Messages.error(seq, Errno.ENOENT)));
    assertThat(diag.find(sockets.getFirst(), sockets::add)).isEqualTo(SockDiag.Presence.GONE);
    answer(seq -> List.of(Messages.error(seq, Errno.ESTALE)));
    assertThat(diag.find(sockets.getFirst(), sockets::add)).isEqualTo(SockDiag.Presence.GONE);
    assertThat(counters.findFailed()).isZero();
  }

  @Test
  void whatTheKernelDoesNotAnswerIsUnknownAndCounted() {
    answer(seq -> List.of(Messages.socket(seq, connection(1)), Messages.done(seq)));
    SockDiag diag = open();
    diag.dump(sockets::add);

    answer(seq -> List.of(Messages.error(seq, Errno.EPERM)));
    assertThat(diag.find(sockets.getFirst(), sockets::add)).isEqualTo(SockDiag.Presence.UNKNOWN);
    answer(_ -> List.of());
    assertThat(diag.find(sockets.getFirst(), sockets::add)).isEqualTo(SockDiag.Presence.UNKNOWN);
    assertThat(counters.findFailed()).isEqualTo(2);
  }

  @Test
  void leftOversOfAnEarlierAnswerArePassedOver() {
    answer(
        seq ->
            List.of(
                Messages.socket(seq - 1, connection(1)),
                Messages.done(seq - 1),
                Messages.socket(seq, connection(2)),
                Messages.done(seq)));

    assertThat(open().dump(sockets::add)).isTrue();

    assertThat(sockets).extracting(DiagSocket::localPort).containsExactly(2);
  }

  @Test
  void interruptedDumpIsRepeatedAndAtLastCounted() {
    List<Integer> asked = new ArrayList<>();
    answer(
        seq -> {
          asked.add(seq);
          boolean second = asked.size() == 2;
          return List.of(
              Messages.message(20, second ? 2 : 0x12, seq, connection(asked.size())),
              Messages.done(seq));
        });
    SockDiag diag = open();
    assertThat(diag.dump(sockets::add)).isTrue();
    assertThat(asked).hasSize(2);
    assertThat(counters.dumpInterrupted()).isZero();

    assertThat(diag.dump(sockets::add)).isFalse();
    assertThat(asked).hasSize(5);
    assertThat(counters.dumpInterrupted()).isOne();
  }

  @Test
  void dumpThatDoesNotEndIsCounted() {
    answer(seq -> List.of(Messages.socket(seq, connection(1))));
    assertThat(open().dump(sockets::add)).isFalse();
    answer(seq -> List.of(Messages.error(seq, ENETDOWN)));
    assertThat(open().dump(sockets::add)).isFalse();
    answer(_ -> List.of(-Errno.ENOBUFS));
    assertThat(open().dump(sockets::add)).isFalse();
    answer(
        seq -> List.of(Messages.message(Netlink.NLMSG_DONE, 2, seq, new byte[] {-1, -1, -1, -1})));
    assertThat(open().dump(sockets::add)).isFalse();
    assertThat(counters.dumpFailed()).isEqualTo(4);
  }

  @Test
  void kernelWithoutIpv6IsComplete() {
    kernel.answer(
        question -> {
          int seq = Messages.sequence(question);
          return List.of(asksForIpv4(question) ? Messages.done(seq) : Messages.error(seq, 2));
        });

    assertThat(open().dump(sockets::add)).isTrue();
    assertThat(counters.dumpFailed()).isZero();
  }

  @Test
  void kernelWithoutTheModuleIsReported() {
    answer(seq -> List.of(Messages.error(seq, Errno.ENOENT)));
    assertThatThrownBy(() -> open().requireListing())
        .isInstanceOf(SockDiagException.class)
        .hasMessageContaining("tcp_diag");
    answer(seq -> List.of(Messages.socket(seq, connection(1)), Messages.done(seq)));
    assertThatNoException().isThrownBy(() -> open().requireListing());
  }

  @Test
  void otherProcessesAreNotListenedTo() {
    kernel.from(4_711);
    answer(seq -> List.of(Messages.socket(seq, connection(1)), Messages.done(seq)));
    kernel.broadcast(Messages.socket(0, connection(1)));
    SockDiag diag = open();

    assertThat(diag.dump(sockets::add)).isFalse();
    diag.drainDestroyed(sockets::add);

    assertThat(sockets).isEmpty();
  }

  @Test
  void destroyedSocketsAndTheLossOfSome() {
    SockDiag diag = open();
    kernel
        .broadcast(Messages.socket(0, connection(1)))
        .broadcast(-Errno.ENOBUFS)
        .broadcast(Messages.socket(0, connection(2)))
        .broadcast(Messages.socket(0, new byte[71]));

    diag.drainDestroyed(sockets::add);

    assertThat(sockets).extracting(DiagSocket::localPort).containsExactly(1, 2);
    assertThat(counters.destroyOverflow()).isOne();
    assertThat(counters.malformed()).isOne();
  }

  @Test
  void whatWasCutOffIsCounted() {
    byte[] long1 = Messages.socket(1, connection(1));
    byte[][] many = new byte[300][];
    Arrays.fill(many, long1);
    answer(seq -> List.of(Messages.joined(many), Messages.done(seq)));

    assertThat(open().dump(sockets::add)).isTrue();

    assertThat(counters.malformed()).isOne();
    assertThat(sockets).hasSize((1 << 16) / long1.length);
  }

  @Test
  void lengthsThatLieAreCounted() {
    for (int length : new int[] {0, 1, 15, 17, 1_000, Integer.MAX_VALUE, -1, Integer.MIN_VALUE}) {
      byte[] lying = Messages.socket(0, connection(1));
      ByteBuffer.wrap(lying).order(ByteOrder.nativeOrder()).putInt(0, length);
      kernel.broadcast(lying);
    }
    kernel.broadcast(new byte[15]);

    open().drainDestroyed(sockets::add);

    assertThat(sockets).isEmpty();
    assertThat(counters.malformed()).isGreaterThanOrEqualTo(9);
  }

  /** Whatever the bytes are, reading them ends without an exception. */
  @Test
  void garbageIsNeverThrown() {
    Random random = new Random(20_011);
    for (int round = 0; round < 20_011; round++) {
      byte[] datagram = Messages.joined(Messages.socket(2, connection(1)), Messages.done(2));
      for (int flips = random.nextInt(1, 64); flips > 0; flips--) {
        datagram[random.nextInt(datagram.length)] = (byte) random.nextInt();
      }
      byte[] cut = Arrays.copyOf(datagram, random.nextInt(datagram.length + 1));
      kernel.broadcast(cut).broadcast(datagram);
      Answer answer = new Answer(2, counters, sockets::add);
      answer.take(java.lang.foreign.MemorySegment.ofArray(cut), cut.length);
      answer.take(java.lang.foreign.MemorySegment.ofArray(datagram), datagram.length);
      assertThat(answer.errno).isNotNegative();
    }

    open().drainDestroyed(sockets::add);

    assertThat(counters.malformed()).isPositive();
    assertThat(sockets).isNotEmpty();
  }

  @Test
  void noSocketIsExplained() {
    kernel.fail("socket", Errno.EACCES);
    assertThatThrownBy(this::open)
        .isInstanceOf(SockDiagException.class)
        .hasMessageContaining("EACCES (13); allow this process sockets of AF_NETLINK");
    kernel.fail("socket", 93);
    assertThatThrownBy(this::open)
        .hasMessageContaining("EPROTONOSUPPORT (93); needs a kernel with CONFIG_INET_DIAG");
  }

  @Test
  void nothingIsLeftOpen() {
    kernel.fail("bind", Errno.EPERM);
    assertThatThrownBy(this::open).hasMessageContaining("bind: EPERM");
    assertThat(kernel.log).contains("close 100");

    FakeNetlink other = new FakeNetlink();
    SockDiag.open(other, counters).close();
    assertThat(other.log).contains("close 100", "close 101");
  }

  @Test
  void kernelThatDoesNotReportDestroyedSocketsIsAsked() {
    kernel.fail("setsockopt", Errno.EINVAL);

    assertThat(open().reportsDestroyed()).isFalse();
  }

  @Test
  void namespaceIsEnteredByAnotherThread() {
    Thread here = Thread.currentThread();
    assertThat(NetNamespace.call(kernel, Path.of("/proc/7/ns/net"), Thread::currentThread))
        .isNotEqualTo(here);
    assertThat(kernel.log).containsExactly("open /proc/7/ns/net", "setns 100", "close 100");
  }

  @Test
  void namespaceThatCannotBeEnteredIsExplained() {
    Path namespace = Path.of("/proc/7/ns/net");
    kernel.fail("setns", Errno.EPERM);
    assertThatThrownBy(() -> NetNamespace.call(kernel, namespace, () -> 0))
        .isInstanceOfSatisfying(
            SockDiagException.class,
            e -> assertThat(e.why()).isEqualTo(SockDiagException.Cause.DENIED))
        .hasMessage(
            "enter network namespace /proc/7/ns/net: setns: EPERM (1);"
                + " needs CAP_SYS_ADMIN and CAP_SYS_PTRACE");
    assertThat(kernel.log).contains("close 100");
    kernel.fail("open", Errno.ENOENT);
    assertThatThrownBy(() -> NetNamespace.call(kernel, namespace, () -> 0))
        .isInstanceOfSatisfying(
            SockDiagException.class,
            e -> assertThat(e.why()).isEqualTo(SockDiagException.Cause.GONE));
  }
}
