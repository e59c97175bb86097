package io.netspan.receiver.workload;

import io.netspan.enrich.EnrichmentStats;
import io.netspan.enrich.ProcessEnricher;
import io.netspan.enrich.ProcessFacts;
import io.netspan.enrich.ProcessIdentity;
import io.netspan.enrich.ProcessKey;
import io.netspan.enrich.ServiceName;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Knows the processes that a test defines, and names services after their executables. */
public final class FakeEnricher implements ProcessEnricher {
  private final Map<ProcessKey, String> services = new HashMap<>();

  /** Defines the service name that {@code /proc} yields once the identity is completed. */
  public FakeEnricher knows(int pid, long startTime, String service) {
    services.put(new ProcessKey(pid, startTime), service);
    return this;
  }

  /** Ends the process, so that {@code /proc} no longer has it. */
  public void forgets(int pid, long startTime) {
    services.remove(new ProcessKey(pid, startTime));
  }

  @Override
  public ProcessIdentity fromKernel(ProcessFacts facts) {
    return identity(facts, facts.executableName());
  }

  @Override
  public ProcessIdentity enrich(ProcessFacts facts) {
    return identity(facts, services.getOrDefault(facts.key(), facts.executableName()));
  }

  /** A process without a known executable takes the service of the process it was forked from. */
  @Override
  public ProcessIdentity enrich(ProcessFacts facts, @Nullable ProcessIdentity kin) {
    boolean known = services.containsKey(facts.key()) || !facts.executableName().isEmpty();
    return known || kin == null ? enrich(facts) : identity(facts, kin.service(), null);
  }

  @Override
  public ProcessIdentity identify(ProcessKey key) {
    String service = services.getOrDefault(key, "");
    return identity(
        new ProcessFacts(key, 0, 0, service, service, 0, List.of(), 0, 0), /* service= */ service);
  }

  private static ProcessIdentity identity(ProcessFacts facts, String service) {
    return identity(
        facts,
        service.isEmpty()
            ? new ServiceName(ServiceName.UNKNOWN, ServiceName.Source.UNKNOWN)
            : new ServiceName(service, ServiceName.Source.EXECUTABLE),
        null);
  }

  static ProcessIdentity identity(
      ProcessFacts facts, ServiceName service, @Nullable String executablePath) {
    return new ProcessIdentity(
        facts, executablePath, List.of(), null, null, null, service, Map.of());
  }

  @Override
  public EnrichmentStats stats() {
    throw new UnsupportedOperationException();
  }
}
