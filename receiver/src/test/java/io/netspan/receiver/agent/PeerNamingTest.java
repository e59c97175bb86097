package io.netspan.receiver.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netspan.config.AddressRange;
import io.netspan.config.AgentSettings;
import io.netspan.config.HostsFile;
import io.netspan.config.NamedRange;
import io.netspan.config.PeerSettings;
import io.netspan.enrich.Contributors;
import io.netspan.enrich.kube.PeerService;
import io.netspan.receiver.pair.Pairing;
import io.netspan.receiver.pair.Translations;
import io.netspan.receiver.tcp.Connection;
import io.netspan.receiver.tcp.ConnectionListener;
import io.netspan.receiver.tcp.ConnectionTracker;
import io.netspan.receiver.tcp.FakeKernel;
import io.netspan.receiver.tcp.FakeProcess;
import io.netspan.receiver.tcp.FakeSocket;
import io.netspan.receiver.telemetry.Resources;
import io.netspan.receiver.wire.EventDecoder;
import io.netspan.receiver.workload.FakeEnricher;
import io.netspan.receiver.workload.PeerName;
import io.netspan.receiver.workload.WorkloadTable;
import io.opentelemetry.api.common.Attributes;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The names of other ends, as connections get them. */
final class PeerNamingTest {
  @TempDir private Path root;
  private final AtomicInteger sockets = new AtomicInteger(0xc);

  private PeerNaming start(NamedRange... names) {
    AgentSettings usual = AgentSettings.DEFAULTS;
    return PeerNaming.start(
        new AgentSettings(
            usual.output(),
            usual.tracer(),
            usual.udp(),
            usual.spans(),
            usual.export(),
            new PeerSettings(List.of(names), new HostsFile.OfMachine(), /* conntrack= */ false),
            usual.containers(),
            usual.kubernetes(),
            Optional.of(root)),
        Duration.ofMillis(5));
  }

  private void hosts(String content) throws IOException {
    Path file = Files.createDirectories(root.resolve("etc")).resolve("hosts");
    Path next = Files.writeString(root.resolve("etc/hosts.next"), content);
    Files.move(next, file, StandardCopyOption.REPLACE_EXISTING);
  }

  /** Connects to the address, and returns what the other end is called. */
  private String nameOf(PeerNaming naming, String address) {
    StringBuilder name = new StringBuilder();
    ConnectionListener ends =
        new ConnectionListener() {
          @Override
          public void opened(Connection connection) {}

          @Override
          public void changed(Connection connection) {}

          @Override
          public void refreshed(Connection connection) {}

          @Override
          public void ended(Connection connection) {}

          @Override
          public void closed(Connection connection) {
            PeerName named = connection.paired().named();
            name.append(
                named == null ? "nobody" : named.name() + " by " + named.provenance().value());
          }
        };
    Pairing pairing = new Pairing(ends, naming.names(), Translations.NONE);
    ConnectionTracker tracker =
        new ConnectionTracker(
            new WorkloadTable(
                new FakeEnricher(),
                Contributors.NONE,
                new Resources(Attributes.empty()),
                WorkloadTable.Completion::run),
            pairing,
            new SplittableRandom(1),
            100);
    pairing.releaseTo(tracker::release);
    FakeKernel kernel = new FakeKernel(new EventDecoder(tracker));
    kernel.announce(FakeProcess.CURL);
    FakeSocket client = kernel.client(sockets.incrementAndGet()).peer(address, 80);
    client.open(FakeProcess.CURL);
    client.established();
    client.closesFirst(FakeProcess.CURL);
    client.close(5);
    return name.toString();
  }

  @Test
  void rangesAndTheHostsFileNameOtherEnds() throws IOException {
    hosts("10.1.2.3 db\n10.1.2.4 cache\n");
    try (PeerNaming naming =
        start(
            new NamedRange(AddressRange.parse("10.0.0.0/8"), "corp"),
            new NamedRange(AddressRange.parse("10.1.2.4"), "mine"))) {
      assertThat(nameOf(naming, "10.1.2.3")).isEqualTo("db by hosts");
      assertThat(nameOf(naming, "10.1.2.4")).isEqualTo("mine by cidr");
      assertThat(nameOf(naming, "10.9.9.9")).isEqualTo("corp by cidr");
      assertThat(nameOf(naming, "11.0.0.1")).isEqualTo("nobody");
    }
  }

  @Test
  @Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void aNamedPipeIsNoHostsFile() throws IOException, InterruptedException {
    Path pipe = Files.createDirectories(root.resolve("etc")).resolve("hosts");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
    try (PeerNaming naming = start()) {
      hosts("10.1.2.3 db\n");
      await().untilAsserted(() -> assertThat(nameOf(naming, "10.1.2.3")).isEqualTo("db by hosts"));
    }
  }

  @Test
  void theAddressesOfAClusterComeAfterTheSettingsAndBeforeTheHostsFile() throws IOException {
    hosts("10.1.2.3 db\n10.1.2.4 cache\n10.1.2.5 queue\n");
    InetAddress first = InetAddress.ofLiteral("10.1.2.3");
    InetAddress second = InetAddress.ofLiteral("10.1.2.4");
    PeerService bills = new PeerService("bills", "shop");
    try (PeerNaming naming = start(new NamedRange(AddressRange.parse("10.1.2.4"), "mine"))) {
      naming.cluster(Map.of(first, bills, second, bills));
      assertThat(nameOf(naming, "10.1.2.3")).isEqualTo("bills by kubernetes");
      assertThat(nameOf(naming, "10.1.2.4")).isEqualTo("mine by cidr");
      assertThat(nameOf(naming, "10.1.2.5")).isEqualTo("queue by hosts");
      hosts("10.1.2.5 other\n");
      await()
          .untilAsserted(() -> assertThat(nameOf(naming, "10.1.2.5")).isEqualTo("other by hosts"));
      assertThat(nameOf(naming, "10.1.2.3")).isEqualTo("bills by kubernetes");

      naming.cluster(Map.of(second, bills));
      assertThat(nameOf(naming, "10.1.2.3")).isEqualTo("nobody");
    }
  }

  @Test
  void theHostsFileIsReadAgainWhenItChanges() throws IOException {
    try (PeerNaming naming = start()) {
      assertThat(nameOf(naming, "10.1.2.3")).isEqualTo("nobody");
      hosts("10.1.2.3 db\n");
      await().untilAsserted(() -> assertThat(nameOf(naming, "10.1.2.3")).isEqualTo("db by hosts"));
      hosts("10.1.2.3 other\n");
      await()
          .untilAsserted(() -> assertThat(nameOf(naming, "10.1.2.3")).isEqualTo("other by hosts"));
      Files.delete(root.resolve("etc/hosts"));
      await().untilAsserted(() -> assertThat(nameOf(naming, "10.1.2.3")).isEqualTo("nobody"));
    }
  }
}
