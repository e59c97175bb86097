package io.netspan.receiver.tcp;

import static io.netspan.receiver.net.TcpState.TCP_ESTABLISHED;
import static io.netspan.receiver.net.TcpState.TCP_LAST_ACK;
import static io.netspan.receiver.tcp.FakeProcess.CURL;
import static io.netspan.receiver.tcp.FakeProcess.NGINX;
import static org.assertj.core.api.Assertions.assertThat;

import io.netspan.receiver.workload.Workload;
import io.netspan.receiver.workload.WorkloadTable;
import org.junit.jupiter.api.Test;

/** Processes that become another program, or have another user, while they have connections. */
final class ChangedProcessesTest {
  private static final FakeProcess OTHER = new FakeProcess(NGINX.pid(), NGINX.startTime(), "other");

  private final TrackedHost host = new TrackedHost();
  private final FakeKernel kernel = host.kernel;

  private void announce(FakeProcess process, int execId) {
    kernel.announce(process, record -> record.with("exec_id", execId));
  }

  private static String executable(Workload workload) {
    return workload.identity().facts().executableName();
  }

  private Workload unaccepted() {
    FakeSocket server = kernel.server(0x5);
    server.established();
    server.close(TCP_ESTABLISHED, 104);
    return host.seen.closed.getLast().owner();
  }

  @Test
  void afterAnExecAListenerBelongsToTheNewProgram() {
    announce(NGINX, 7);
    kernel.listen(0x11, NGINX, "0.0.0.0", 80);
    assertThat(executable(unaccepted())).isEqualTo("nginx");

    announce(OTHER, 8);

    assertThat(executable(unaccepted())).isEqualTo("other");
  }

  @Test
  void aListenerHasTheCurrentUserOfItsProcess() {
    announce(NGINX, 7);
    kernel.listen(0x11, NGINX, "0.0.0.0", 80);
    kernel.announce(NGINX, record -> record.with("exec_id", 7).with("uid", 65_534));

    assertThat(unaccepted().identity().facts().uid()).isEqualTo(65_534);
  }

  @Test
  void aServerConnectionThatAnExecClosesBelongsToTheFormerProgram() {
    announce(NGINX, 7);
    FakeSocket server = kernel.server(0x5);
    server.established();
    announce(OTHER, 8);
    server.closesByExec(NGINX);
    server.close(TCP_LAST_ACK);

    assertThat(executable(host.onlyClosed().owner())).isEqualTo("nginx");
  }

  @Test
  void aClientConnectionThatAnExecClosesBelongsToTheFormerProgram() {
    announce(NGINX, 7);
    FakeSocket client = kernel.client(0xc);
    client.open(NGINX);
    client.established();
    announce(OTHER, 8);
    // The new program is announced again, with another user.
    kernel.announce(OTHER, record -> record.with("exec_id", 8).with("uid", 1));
    client.closesByExec(NGINX);
    client.close(TCP_LAST_ACK);

    assertThat(executable(host.onlyClosed().owner())).isEqualTo("nginx");
  }

  @Test
  void aConnectionThatIsClosedAfterAnExecBelongsToTheNewProgram() {
    announce(NGINX, 7);
    FakeSocket server = kernel.server(0x5);
    server.established();
    announce(OTHER, 8);
    server.closesLast(NGINX);
    server.close(TCP_LAST_ACK);

    assertThat(executable(host.onlyClosed().owner())).isEqualTo("other");
  }

  private void complete() {
    host.completions.forEach(WorkloadTable.Completion::run);
    host.completions.clear();
  }

  private void forked(FakeProcess child, int execId, FakeProcess origin, int originExecId) {
    kernel.announce(
        child,
        record ->
            record
                .with("exec_id", execId)
                .with("exe", new byte[64])
                .with("origin_tgid", origin.pid())
                .with("origin_start_time", origin.startTime())
                .with("origin_exec_id", originExecId));
    complete();
  }

  private Workload owner(FakeProcess process) {
    FakeSocket client = kernel.client(0xc);
    client.open(process);
    client.fails(111);
    return host.seen.closed.getLast().owner();
  }

  @Test
  void aForkedProcessTakesTheServiceOfTheProcessItWasForkedFrom() {
    FakeProcess child = new FakeProcess(77, 70, "");
    announce(NGINX, 7);
    forked(child, 7, NGINX, 7);

    assertThat(owner(child).identity().service().name()).isEqualTo("nginx");
  }

  @Test
  void aForkedProcessTakesTheServiceFromBeforeAnExecOfItsParent() {
    FakeProcess child = new FakeProcess(77, 70, "");
    announce(NGINX, 7);
    announce(OTHER, 8);
    forked(child, 7, NGINX, 7);
    assertThat(owner(child).identity().service().name()).isEqualTo("nginx");

    announce(OTHER, 9);
    announce(OTHER, 10);
    forked(child, 7, NGINX, 7);
    assertThat(owner(child).identity().service().name())
        .as("after the former program was forgotten")
        .isNotEqualTo("other");
  }

  @Test
  void theServiceOfAnUnknownParentIsReadFromProc() {
    FakeProcess child = new FakeProcess(77, 70, "");
    host.enricher.knows(CURL.pid(), CURL.startTime(), "curl");
    forked(child, 3, CURL, 3);

    assertThat(owner(child).identity().service().name()).isEqualTo("curl");
  }
}
