package io.netspan.receiver.tcp;

import static io.netspan.receiver.net.TcpState.TCP_ESTABLISHED;
import static io.netspan.receiver.net.TcpState.TCP_FIN_WAIT2;
import static io.netspan.receiver.net.TcpState.TCP_LAST_ACK;
import static io.netspan.receiver.tcp.FakeProcess.CURL;
import static io.netspan.receiver.tcp.FakeProcess.NGINX;
import static io.netspan.receiver.tcp.FakeProcess.NGINX_WORKER;
import static org.assertj.core.api.Assertions.assertThat;

import io.netspan.enrich.ProcessKey;
import io.netspan.receiver.wire.EventType;
import io.netspan.receiver.workload.Workload;
import io.netspan.receiver.workload.WorkloadTable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Owners of connections: a process is identified by pid and start time, never by its pid alone. */
final class OwnersTest {
  private final TrackedHost host = new TrackedHost();
  private final FakeKernel kernel = host.kernel;

  private static String executable(Workload workload) {
    return workload.identity().facts().executableName();
  }

  private Workload ownerOfOne(FakeProcess process) {
    FakeSocket client = kernel.client(0xc);
    client.open(process);
    client.fails(111);
    return host.seen.closed.getLast().owner();
  }

  private void complete() {
    host.completions.forEach(WorkloadTable.Completion::run);
    host.completions.clear();
  }

  @Test
  void anAnnouncedProcessHasTheFactsOfItsProcessEvent() {
    kernel.announce(CURL);
    Workload owner = ownerOfOne(CURL);

    assertThat(owner.key()).isEqualTo(new ProcessKey(1_001, 11_000_000_001L));
    assertThat(executable(owner)).isEqualTo("curl");
    assertThat(owner.identity().facts().comm()).isEqualTo("curl");
    assertThat(owner.identity().facts().parentPid()).isEqualTo(1);
    assertThat(owner.identity().facts().uid()).isEqualTo(33);
    assertThat(owner.identity().facts().cgroupId()).isEqualTo(FakeKernel.cgroups(CURL));
    assertThat(owner.identity().facts().cgroup()).containsExactly("curl.service", "system.slice");
    assertThat(owner.service()).isEqualTo(ownerOfOne(CURL).service());
    assertThat(ownerOfOne(CURL)).as("one object per process").isSameAs(owner);
  }

  @Test
  void aProcessWhoseAnnouncementWasLostIsReadFromProc() {
    host.enricher.knows(1_001, 11_000_000_001L, "curl");
    kernel.losesNext(EventType.PROCESS);
    kernel.announce(CURL);
    Workload owner = ownerOfOne(CURL);

    assertThat(executable(owner)).isEmpty();
    assertThat(host.completions).hasSize(1);
    complete();
    assertThat(executable(owner)).isEqualTo("curl");
  }

  @Test
  void aLateAnnouncementIdentifiesTheConnectionsAfterIt() {
    FakeSocket before = kernel.client(0xc);
    before.open(CURL);
    kernel.announce(CURL);
    FakeSocket after = kernel.client(0xd);
    after.open(CURL);
    after.fails(111);
    before.fails(111);

    assertThat(executable(host.seen.closed.getFirst().owner())).isEqualTo("curl");
    // The key is that of the same process; its names can only come from /proc or a cache.
    assertThat(host.seen.closed.getLast().owner().key().pid()).isEqualTo(1_001);
    host.enricher.knows(1_001, 11_000_000_001L, "curl");
    complete();
    assertThat(executable(host.seen.closed.getLast().owner())).isEqualTo("curl");
  }

  @Test
  void anAnnouncementAfterAnExecIdentifiesNewConnectionsOnly() {
    FakeProcess shell = new FakeProcess(1_001, 11_000_000_001L, "sh");
    kernel.announce(shell);
    Workload before = ownerOfOne(shell);
    kernel.announce(CURL);

    assertThat(executable(ownerOfOne(CURL))).isEqualTo("curl");
    assertThat(executable(before))
        .as("owner of the connection that ended before the exec")
        .isEqualTo("sh");
  }

  @Test
  void aReusedPidIsNotTakenForItsFormerProcess() {
    kernel.announce(CURL);
    ownerOfOne(CURL);
    FakeProcess next = new FakeProcess(CURL.pid(), CURL.startTime() + 1, "wget");

    kernel.losesNext(EventType.PROCESS);
    kernel.announce(next);
    Workload owner = ownerOfOne(next);

    assertThat(owner.key()).isEqualTo(new ProcessKey(1_001, 11_000_000_002L));
    assertThat(executable(owner)).isNotEqualTo("curl");
  }

  @Test
  void anAnnouncedProcessWithAReusedPidHasItsOwnIdentity() {
    kernel.announce(CURL);
    FakeProcess next = new FakeProcess(CURL.pid(), CURL.startTime() + 1, "wget");
    FakeSocket older = kernel.client(0xd);
    older.open(CURL);
    kernel.announce(next);
    Workload newOwner = ownerOfOne(next);
    older.fails(111);

    assertThat(executable(newOwner)).isEqualTo("wget");
    assertThat(executable(host.seen.closed.getLast().owner())).isEqualTo("curl");
  }

  @Test
  void aLateEventOfAFormerProcessIsNotAttributedToItsSuccessor() {
    kernel.announce(CURL);
    FakeProcess next = new FakeProcess(CURL.pid(), CURL.startTime() + 1, "wget");
    kernel.announce(next);

    Workload old = ownerOfOne(CURL);
    Workload young = ownerOfOne(next);

    assertThat(old.key().startTimeNanos()).isEqualTo(CURL.startTime());
    assertThat(executable(old)).isNotEqualTo("wget");
    assertThat(young.key().startTimeNanos()).isEqualTo(next.startTime());
    assertThat(executable(young)).isNotEqualTo("curl");
  }

  @Test
  void pidZeroIsAnUnknownOwner() {
    Workload owner = ownerOfOne(FakeProcess.NOBODY);

    assertThat(owner.isKnown()).isFalse();
    assertThat(host.completions).isEmpty();
  }

  @Test
  void theProcessThatConnectedStaysTheOwnerWhicheverProcessCloses() {
    FakeSocket client = kernel.client(0xc);
    client.open(CURL);
    client.established();
    client.closesFirst(NGINX);
    client.close(TCP_FIN_WAIT2);

    assertThat(host.closed()).containsExactly("client live connect:1001 local_fin");
  }

  @Test
  void theWorkerThatClosesBecomesTheOwnerOfAServerConnection() {
    kernel.listen(0x11, NGINX, "::", 80);
    FakeSocket server = kernel.server(0x5);
    server.established();
    server.closesLast(NGINX_WORKER);
    server.close(TCP_LAST_ACK);

    assertThat(host.seen.opened.getFirst().owner().key().pid()).isEqualTo(2_001);
    assertThat(host.onlyClosed().owner().key().pid()).isEqualTo(2_003);
  }

  // Choice of the listener.

  private static final FakeProcess SSHD = new FakeProcess(7, 7, "sshd");

  @ParameterizedTest
  @CsvSource({
    // address of the listener, local address of the connection, whether the listener owns it
    "10.0.0.2, 10.0.0.2, true",
    "10.0.0.3, 10.0.0.2, false",
    "0.0.0.0, 10.0.0.2, true",
    "::, 10.0.0.2, true", // dual stack
    "::, 2001:db8::2, true",
    "2001:db8::2, 2001:db8::2, true",
    "2001:db8::3, 2001:db8::2, false",
    "::ffff:10.0.0.2, 10.0.0.2, true", // what a JVM binds when it is given an IPv4 address
    "::ffff:10.0.0.3, 10.0.0.2, false",
  })
  void aListenerOwnsConnectionsToItsAddress(String listening, String local, boolean owns) {
    kernel.listen(0x11, SSHD, listening, 22);
    FakeSocket server = kernel.server(0x5).local(local, 22);
    if (local.contains(":")) {
      server.peer("2001:db8::1", 40_001);
    }
    server.established();
    server.close(TCP_ESTABLISHED, 104);

    assertThat(host.onlyClosed().owner().key().pid()).isEqualTo(owns ? SSHD.pid() : 0);
  }

  @Test
  void anExactListenerTakesPrecedenceOverAWildcard() {
    kernel.listen(0x11, SSHD, "10.0.0.2", 80);
    kernel.listen(0x12, NGINX, "0.0.0.0", 80);
    assertListener(SSHD.pid());

    kernel.unlisten(0x11, SSHD);
    assertListener(NGINX.pid());

    kernel.unlisten(0x12, NGINX);
    assertListener(0);
  }

  @Test
  void listenersOfAnotherPortOrNamespaceDoNotOwnTheConnection() {
    kernel.listen(0x11, SSHD, "0.0.0.0", 81);
    kernel.listen(0x12, SSHD, "0.0.0.0", 80, /* netns= */ 9);

    assertListener(0);
  }

  @Test
  void theRemainingListenerOfASharedPortOwnsTheConnection() {
    kernel.listen(0x11, NGINX, "0.0.0.0", 80);
    kernel.listen(0x12, NGINX_WORKER, "0.0.0.0", 80);
    kernel.listen(0x13, SSHD, "0.0.0.0", 80);
    kernel.unlisten(0x12, NGINX_WORKER);
    kernel.unlisten(0x13, SSHD);
    assertListener(NGINX.pid());

    kernel.unlisten(0x11, NGINX);
    assertListener(0);
  }

  @Test
  void aListenerAtTheSocketAddressOfAnEarlierOneReplacesIt() {
    kernel.listen(0x11, SSHD, "0.0.0.0", 80);
    kernel.losesNext(EventType.TCP_LISTEN);
    kernel.unlisten(0x11, SSHD);
    kernel.listen(0x11, NGINX, "0.0.0.0", 80);

    assertListener(NGINX.pid());
  }

  @Test
  void theNewestListenerOwnsTheConnectionWhenTheEndOfAnotherWasLost() {
    kernel.listen(0x11, SSHD, "0.0.0.0", 80);
    kernel.losesNext(EventType.TCP_LISTEN);
    kernel.unlisten(0x11, SSHD);
    kernel.listen(0x12, NGINX, "0.0.0.0", 80);

    assertListener(NGINX.pid());
  }

  private void assertListener(int pid) {
    FakeSocket server = kernel.server(0x5);
    server.established();
    server.close(TCP_ESTABLISHED, 104);
    assertThat(host.seen.closed.getLast().owner().key().pid()).isEqualTo(pid);
  }
}
