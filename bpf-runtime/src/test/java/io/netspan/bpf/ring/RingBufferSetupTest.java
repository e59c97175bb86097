package io.netspan.bpf.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import io.netspan.bpf.object.BpfException;
import io.netspan.bpf.object.BpfMap;
import io.netspan.bpf.object.BpfObject;
import io.netspan.bpf.object.FakeCalls;
import io.netspan.bpf.object.NetspanObject;
import io.netspan.linux.Errno;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Mapping and waiting, over a libc that fails on demand. */
final class RingBufferSetupTest {

  private final FakeCalls calls = new FakeCalls();

  private BpfMap events() {
    BpfObject object = BpfObject.open("netspan", NetspanObject.elf(), calls);
    object.load();
    calls.log.clear();
    return object.map("events");
  }

  @Test
  void mapsTheConsumerPageAloneAndTheDataTwice() {
    try (RingBuffer buffer = RingBuffer.of(events())) {
      assertThat(buffer.capacity()).isEqualTo(4096);
      assertThat(calls.log)
          .containsExactly(
              "mmap 4096 at 0",
              "mmap 12288 at 4096",
              "epoll_create1 100",
              "eventfd 101",
              "epoll_ctl 50",
              "epoll_ctl 101");
      calls.log.clear();
    }
    assertThat(calls.log)
        .containsExactly("write 101", "close 101", "close 100", "munmap 12288", "munmap 4096");
  }

  @Test
  void otherMapsAreRefused() {
    calls.mapType = FakeCalls.ARRAY;
    assertThatThrownBy(() -> RingBuffer.of(events()))
        .isInstanceOf(BpfException.class)
        .hasMessage("read map events: it is no BPF_MAP_TYPE_RINGBUF");
  }

  static List<Arguments> failures() {
    return List.of(
        argumentSet("first mapping", 0, "mmap", "map memory of map events: ENOMEM (12)", List.of()),
        argumentSet(
            "second mapping",
            1,
            "mmap",
            "map memory of map events: ENOMEM (12)",
            List.of("munmap 4096")),
        argumentSet(
            "epoll",
            0,
            "epoll_create1",
            "watch map events: epoll_create1: ENOMEM (12)",
            List.of("munmap 12288", "munmap 4096")),
        argumentSet(
            "eventfd",
            0,
            "eventfd",
            "watch map events: eventfd: ENOMEM (12)",
            List.of("close 100", "munmap 12288", "munmap 4096")),
        argumentSet(
            "the map in the epoll",
            0,
            "epoll_ctl",
            "watch map events: epoll_ctl: ENOMEM (12)",
            List.of("close 101", "close 100", "munmap 12288", "munmap 4096")),
        argumentSet(
            "the eventfd in the epoll",
            1,
            "epoll_ctl",
            "watch map events: epoll_ctl: ENOMEM (12)",
            List.of("close 101", "close 100", "munmap 12288", "munmap 4096")));
  }

  @ParameterizedTest
  @MethodSource("failures")
  void aHalfMadeReaderGivesAllBack(
      int successes, String function, String message, List<String> undone) {
    BpfMap events = events();
    calls.failAfter(successes, function, Errno.ENOMEM);
    assertThatThrownBy(() -> RingBuffer.of(events))
        .isInstanceOf(BpfException.class)
        .hasMessage(message);
    assertThat(calls.log.stream().filter(c -> c.startsWith("munmap") || c.startsWith("close")))
        .containsExactlyElementsOf(undone);
  }

  @Test
  void distinguishesTheKernelTheWakerAndTheTimeout() {
    try (RingBuffer buffer = RingBuffer.of(events())) {
      calls.log.clear();
      assertThat(buffer.await(5)).isFalse();
      calls.readyNext = new long[] {0};
      assertThat(buffer.await(5)).isTrue();
      assertThat(calls.log).containsExactly("epoll_wait 5", "epoll_wait 5");
      calls.readyNext = new long[] {0, 1};
      assertThat(buffer.await(-1)).isTrue();
      assertThat(calls.log).endsWith("epoll_wait -1", "read 101");
    }
  }

  @Test
  void aSignalDoesNotEndTheWait() {
    try (RingBuffer buffer = RingBuffer.of(events())) {
      calls.log.clear();
      calls.fail("epoll_wait", Errno.EINTR);
      assertThat(buffer.await(0)).isFalse();
      assertThat(calls.log).containsExactly("epoll_wait 0", "epoll_wait 0");
    }
  }

  @Test
  void anErrorOfTheWaitIsNamed() {
    try (RingBuffer buffer = RingBuffer.of(events())) {
      calls.fail("epoll_wait", 9);
      assertThatThrownBy(() -> buffer.await(0))
          .isInstanceOf(BpfException.class)
          .hasMessage("wait for a ring buffer: epoll_wait: EBADF (9)");
    }
  }

  @Test
  void wakingAClosedReaderTouchesNoDescriptor() {
    RingBuffer buffer = RingBuffer.of(events());
    buffer.close();
    calls.log.clear();
    buffer.wakeUp();
    buffer.close();
    assertThat(calls.log).isEmpty();
  }
}
