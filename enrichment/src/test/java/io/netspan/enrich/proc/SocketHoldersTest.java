package io.netspan.enrich.proc;

import static org.assertj.core.api.Assertions.assertThat;

import io.netspan.enrich.ProcessKey;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SocketHoldersTest {
  private static final ProcessKey NGINX = new ProcessKey(7, 42_420_000_000L);
  private static final ProcessKey CURL = new ProcessKey(11, 42_420_000_000L);

  @TempDir private Path directory;
  private FakeProc proc;
  private SocketHolders holders;
  private final List<String> found = new ArrayList<>();

  @BeforeEach
  void create() {
    proc = new FakeProc(directory);
    proc.process(7, "/usr/sbin/nginx")
        .link(7, "fd/0", "/dev/null")
        .link(7, "fd/3", "socket:[101]")
        .link(7, "fd/4", "socket:[103]")
        .link(7, "ns/net", "net:[4026531840]");
    proc.process(11, "/usr/bin/curl")
        .link(11, "fd/5", "socket:[107]")
        .link(11, "fd/6", "pipe:[101]")
        .link(11, "fd/7", "socket:[103]")
        .link(11, "ns/net", "net:[4026532999]");
    holders = new SocketHolders(directory);
    holders.scan();
  }

  private void found(long inode, ProcessKey holder) {
    found.add(inode + " " + holder.pid());
    assertThat(holder).isIn(NGINX, CURL);
  }

  @Test
  void anyHolderIsEnough() {
    holders.findAny(Set.of(101L, 103L, 107L, 109L), this::found);

    assertThat(found).hasSize(3).contains("101 7", "107 11").containsAnyOf("103 7", "103 11");
  }

  @Test
  void everyHolderIsFound() {
    holders.findEvery(Set.of(103L), this::found);

    assertThat(found).containsExactlyInAnyOrder("103 7", "103 11");
  }

  @Test
  void processesThatHeldSocketsAreSearchedFirst() {
    for (int pid = 100; pid < 201; pid++) {
      proc.file(pid, "stat", FakeProc.stat(pid, "sh", 1)).link(pid, "fd/0", "socket:[9]");
    }
    holders.scan();
    holders.findAny(Set.of(107L), this::found);
    // Process 7 would be found instead if it were searched first.
    proc.link(7, "fd/9", "socket:[113]").link(11, "fd/9", "socket:[113]");

    holders.findAny(Set.of(113L), this::found);

    assertThat(found).containsExactly("107 11", "113 11");
  }

  @Test
  void namespacesAreThoseOfProcesses() {
    assertThat(holders.namespaces()).containsOnlyKeys(4026531840L, 4026532999L);
    assertThat(holders.namespaces()).containsValues(7, 11);
  }

  @Test
  void processThatEndedHasNoSockets() {
    proc.delete(11, "stat");
    holders.findAny(Set.of(107L), this::found);
    assertThat(found).isEmpty();

    holders = new SocketHolders(directory.resolve("nowhere"));
    holders.scan();
    holders.findEvery(Set.of(107L), this::found);
    assertThat(found).isEmpty();
    assertThat(holders.namespaces()).isEmpty();
  }

  @Test
  void nonsenseIsNoSocket() {
    for (String target : List.of("socket:[]", "socket:[x]", "socket:[1", "socket:", "[107]")) {
      proc.link(11, "fd/5", target);
      holders.findEvery(Set.of(107L), this::found);
    }
    assertThat(found).isEmpty();
  }

  @Test
  void aLeaderThatHasEndedHasThemByItsThreads() throws Exception {
    proc.process(13, "/usr/bin/worker").file(13, "task/13/comm", "").file(13, "task/14/comm", "");
    Files.createDirectories(directory.resolve("13/fd"));
    proc.link(14, "fd/3", "socket:[211]");
    holders.scan();
    List<Integer> pids = new ArrayList<>();

    holders.findEvery(Set.of(211L), (_, holder) -> pids.add(holder.pid()));

    assertThat(pids).contains(13);
  }

  @Test
  void ownSocketIsFoundInTheRealProc() throws Exception {
    Path real = Path.of("/proc");
    holders = new SocketHolders(real);
    holders.scan();
    try (ServerSocket _ = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Path self = real.resolve(Long.toString(ProcessHandle.current().pid()));
      Set<Long> inodes = new java.util.HashSet<>();
      try (var descriptors = Files.newDirectoryStream(self.resolve("fd"))) {
        for (Path descriptor : descriptors) {
          String target = Files.readSymbolicLink(descriptor).toString();
          if (target.startsWith("socket:")) {
            inodes.add(Long.parseLong(target.replaceAll("\\D", "")));
          }
        }
      }
      List<Integer> pids = new ArrayList<>();

      holders.findAny(inodes, (_, holder) -> pids.add(holder.pid()));

      assertThat(inodes).isNotEmpty();
      assertThat(pids).contains(Math.toIntExact(ProcessHandle.current().pid()));
      assertThat(holders.namespaces())
          .containsKey((Long) Files.getAttribute(self.resolve("ns/net"), "unix:ino"));
    }
  }
}
