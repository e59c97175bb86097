package io.netspan.receiver.conntrack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netspan.linux.sockdiag.Conntrack;
import io.netspan.linux.sockdiag.SockDiagException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Process 7 is in network namespace 107, and so on. */
final class TrackedNamespacesTest {
  private static final int NAMESPACES = 100;

  private final List<String> log = new ArrayList<>();
  private long now;
  private final TrackedNamespaces namespaces =
      new TrackedNamespaces(this::open, /* own= */ 100, () -> now);

  private final class Fake implements TrackedNamespaces.Tracking {
    private final int netns;

    Fake(int netns) {
      this.netns = netns;
    }

    @Override
    public int netns() {
      return netns;
    }

    @Override
    public Conntrack.@Nullable Tuple reply(Conntrack.Tuple original) {
      return null;
    }

    @Override
    public void close() {
      log.add("close " + netns);
    }
  }

  private TrackedNamespaces.Tracking open(int pid) {
    log.add("open " + pid);
    return pid < 0 ? TrackedNamespaces.Opener.BY_PROC.open(Integer.MAX_VALUE) : new Fake(pid + 100);
  }

  @Test
  void aNamespaceStaysOpenWhileItIsUsed() {
    TrackedNamespaces.Tracking first = namespaces.of(107, 7);
    now = TrackedNamespaces.IDLE_NS;
    namespaces.closeIdle();
    assertThat(namespaces.of(107, 0)).isSameAs(first);
    now += TrackedNamespaces.IDLE_NS + 1;
    namespaces.closeIdle();
    assertThat(log).containsExactly("open 7", "close 107");
  }

  @Test
  void theAgentsOwnNamespaceIsOpenedWithoutAProcess() {
    assertThat(namespaces.of(100, 7)).isNotNull();
    assertThat(log).containsExactly("open 0");
  }

  @Test
  void aProcessThatIsElsewhereNowIsNotBelieved() {
    assertThat(namespaces.of(999, 7)).isNull();
    assertThat(log).containsExactly("open 7", "close 107");
  }

  @Test
  void aProcessThatHasEndedIsNoRefusal() {
    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(() -> namespaces.of(99, -1))
          .isInstanceOfSatisfying(
              SockDiagException.class,
              e -> assertThat(e.why()).isEqualTo(SockDiagException.Cause.GONE));
    }
    assertThat(log).containsExactly("open -1", "open -1");
  }

  @Test
  void theLeastRecentlyUsedIsClosedForAnother() {
    for (int pid = 1; pid <= NAMESPACES; pid++) {
      assertThat(namespaces.of(pid + 100, pid)).isNotNull();
    }
    assertThat(log.stream().filter(line -> line.startsWith("close")))
        .hasSize(NAMESPACES - TrackedNamespaces.MOST)
        .contains("close 101")
        .doesNotContain("close 200");
    namespaces.close();
    assertThat(log.stream().filter(line -> line.startsWith("close"))).hasSize(NAMESPACES);
  }
}
