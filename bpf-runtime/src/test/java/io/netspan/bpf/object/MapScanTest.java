package io.netspan.bpf.object;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netspan.linux.Errno;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Scans, removals and sharing of maps, and cgroups; no kernel, no libbpf. */
final class MapScanTest {
  private static final String PROGRAM = "release";

  private final FakeCalls calls = new FakeCalls();
  private final BpfObject object = BpfObject.open("udp", NetspanObject.elf(), calls);

  private BpfMap map() {
    object.load();
    calls.keySize = 2;
    calls.valueSize = 3;
    return object.map("udp_flows");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 100, 127})
  void everyEntryComesOnceWithItsValue(int entries) {
    calls.entries = entries;
    Set<Integer> keys = new TreeSet<>();
    try (MapScan scan = new MapScan(map())) {
      int found =
          scan.scan(
              (keySegment, key, values, value) -> {
                int number = keySegment.get(ValueLayout.JAVA_BYTE, key);
                assertThat(key % 2).isZero();
                assertThat(values.get(ValueLayout.JAVA_BYTE, value + 2)).isEqualTo((byte) number);
                keys.add(number);
              });

      assertThat(found).isEqualTo(entries);
      assertThat(keys).hasSize(entries);
    }
  }

  @Test
  void moreThanABatchTakesSeveral() {
    calls.entries = 1_300;
    try (MapScan scan = new MapScan(map())) {
      assertThat(scan.scan((keys, key, values, value) -> {})).isEqualTo(1_300);
    }
    assertThat(calls.log).filteredOn(call -> call.contains("batch")).hasSize(3);
  }

  @Test
  void aBucketThatDoesNotFitGetsMoreRoom() {
    calls.entries = 5;
    calls.failOnce("bpf_map_lookup_batch", Errno.ENOSPC);
    try (MapScan scan = new MapScan(map())) {
      assertThat(scan.scan((keys, key, values, value) -> {})).isEqualTo(5);
    }
    assertThat(calls.log).contains("bpf_map_lookup_batch 512", "bpf_map_lookup_batch 1024");
  }

  @Test
  void whatTheKernelRefusesIsNamed() {
    calls.fail("bpf_map_lookup_batch", 524);
    try (MapScan scan = new MapScan(map())) {
      assertThatThrownBy(() -> scan.scan((keys, key, values, value) -> {}))
          .isInstanceOf(BpfException.class)
          .hasMessage("scan map udp_flows: ENOTSUPP (524)");
    }
  }

  @Test
  void findAndRemoveReturnWhetherTheKeyExisted() {
    BpfMap map = map();
    MemorySegment segment = Arena.ofAuto().allocate(8);
    assertThat(map.find(segment, segment)).isTrue();
    assertThat(map.remove(segment)).isTrue();
    calls.fail("bpf_map_lookup_elem", Errno.ENOENT).fail("bpf_map_delete_elem", Errno.ENOENT);
    assertThat(map.find(segment, segment)).isFalse();
    assertThat(map.remove(segment)).isFalse();
    calls.fail("bpf_map_lookup_elem", Errno.EPERM).fail("bpf_map_delete_elem", Errno.EPERM);
    assertThatThrownBy(() -> map.find(segment, segment))
        .hasMessage("read map udp_flows: EPERM (1)");
    assertThatThrownBy(() -> map.remove(segment))
        .hasMessage("delete from map udp_flows: EPERM (1)");
  }

  @Test
  void whatIsTakenIsReadOrIsNotThere() {
    BpfMap map = map();
    MemorySegment segment = Arena.ofAuto().allocate(8);
    assertThat(map.take(segment, segment)).isTrue();
    assertThat(segment.get(ValueLayout.JAVA_BYTE, 7)).isEqualTo(calls.fill);
    calls.fail("bpf_map_lookup_and_delete_elem", Errno.ENOENT);
    assertThat(map.take(segment, segment)).isFalse();
    calls.fail("bpf_map_lookup_and_delete_elem", 524);
    assertThatThrownBy(() -> map.take(segment, segment))
        .hasMessage("take from map udp_flows: ENOTSUPP (524)");
  }

  @Test
  void aMapIsSharedBeforeLoad() {
    BpfMap events = object.map("events");
    BpfObject other = BpfObject.open("other", NetspanObject.elf(), calls);
    assertThatIllegalStateException().isThrownBy(() -> other.map("events").share(events));
    object.load();
    other.map("events").share(events);
    assertThat(calls.log).contains("bpf_map__reuse_fd events 50");

    calls.fail("bpf_map__reuse_fd", Errno.EINVAL);
    assertThatThrownBy(() -> other.map("events").share(events))
        .hasMessage("share map events: EINVAL (22)");
    other.load();
    assertThatThrownBy(() -> other.map("events").share(events))
        .hasMessageContaining("has been loaded before");
  }

  @Test
  void aCgroupIsOpenedAttachedToAndClosed() {
    object.load();
    calls.log.clear();
    object.program(PROGRAM).attach(Path.of("/cgroup"));
    object.close();
    assertThat(calls.log)
        .containsExactly(
            "open /cgroup",
            "bpf_program__attach_cgroup release 100",
            "close 100",
            "bpf_link__destroy link of release",
            "bpf_object__close udp");
  }

  @Test
  void aCgroupThatCannotBeUsedIsNamed() {
    object.load();
    calls.failOnce("open", Errno.ENOENT);
    assertThatThrownBy(() -> object.program(PROGRAM).attach(Path.of("/cgroup")))
        .hasMessage("attach program release to /cgroup: open: ENOENT (2)");
    calls.fail("bpf_program__attach_cgroup", Errno.EPERM);
    calls.log.clear();
    assertThatThrownBy(() -> object.program(PROGRAM).attach(Path.of("/cgroup")))
        .hasMessageStartingWith("attach program release to /cgroup: EPERM (1)");
    assertThat(calls.log).as("the directory is closed").endsWith("close 101");
    assertThat(List.of(calls.log.getFirst())).containsExactly("open /cgroup");
  }
}
