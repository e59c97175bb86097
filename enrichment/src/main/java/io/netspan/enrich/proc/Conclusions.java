package io.netspan.enrich.proc;

import io.netspan.enrich.PartialIdentity;
import io.netspan.enrich.ProcessFacts;
import io.netspan.enrich.RecordedName;
import io.netspan.enrich.ServiceName;
import io.netspan.enrich.ServiceName.Source;
import io.netspan.enrich.cgroup.ContainerCgroup;
import io.netspan.enrich.name.CalledName;
import io.netspan.enrich.name.CommandArguments;
import io.netspan.enrich.name.JavaCommand;
import io.netspan.enrich.name.OtelEnvironment;
import io.netspan.enrich.name.OtelSettings;
import io.netspan.enrich.name.ScriptCommand;
import io.netspan.enrich.name.ServiceNaming;
import io.netspan.enrich.name.SystemdUnit;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Draws conclusions from what the kernel recorded and what procfs says. No I/O. */
final class Conclusions {
  private Conclusions() {}

  /** From the kernel's facts alone. */
  static PartialIdentity of(ProcessFacts facts) {
    String unit = unit(facts.cgroup());
    ServiceName service =
        new ServiceNaming(OtelSettings.NONE)
            .candidate(Source.SYSTEMD, unit == null ? null : SystemdUnit.serviceName(unit))
            .candidate(Source.EXECUTABLE, CalledName.of(facts.executableName(), facts.comm()))
            .candidate(Source.EXECUTABLE, facts.executableName())
            .candidate(Source.EXECUTABLE, facts.comm())
            .chosen();
    return new PartialIdentity(
        null, List.of(), null, ContainerCgroup.find(facts.cgroup()), unit, service, Map.of());
  }

  /** From a snapshot of the process that the facts are of. */
  static PartialIdentity of(ProcessFacts facts, ProcSnapshot snapshot) {
    List<String> cgroup = wholePath(facts.cgroup(), snapshot.cgroup());
    String unit = unit(cgroup);
    String executable =
        facts.executableName().isEmpty()
            ? snapshot.facts().executableName()
            : facts.executableName();
    JavaCommand java =
        executable.equals("java") ? JavaCommand.parse(snapshot.expandedArguments()) : null;
    ServiceNaming naming =
        new ServiceNaming(settings(snapshot.environment(), java))
            .candidate(Source.SYSTEMD, unit == null ? null : SystemdUnit.serviceName(unit))
            .candidate(Source.JVM, java == null ? null : java.serviceName())
            .candidate(Source.SCRIPT, ScriptCommand.name(executable, snapshot.arguments()))
            .candidate(
                Source.EXECUTABLE, CalledName.of(executable, facts.comm(), snapshot.arguments()))
            .candidate(Source.EXECUTABLE, executable)
            .candidate(Source.EXECUTABLE, facts.comm());
    return new PartialIdentity(
        snapshot.executablePath(),
        CommandArguments.presentable(snapshot.arguments()),
        java == null ? null : java.main(),
        ContainerCgroup.find(cgroup),
        unit,
        naming.chosen(),
        naming.attributes());
  }

  /**
   * The nearest unit in the process's container. One around it counts if it is the container's, as
   * it may be with podman, but not if it is that of a runtime that keeps its containers in its own
   * cgroup.
   */
  private static @Nullable String unit(List<String> cgroup) {
    List<String> inside = ContainerCgroup.inside(cgroup);
    String unit = SystemdUnit.find(inside);
    if (unit != null || inside.size() == cgroup.size()) {
      return unit;
    }
    String around = SystemdUnit.find(cgroup);
    return around == null || SystemdUnit.serviceName(around) == null ? null : around;
  }

  private static OtelSettings settings(OtelEnvironment environment, @Nullable JavaCommand java) {
    return java == null
        ? OtelSettings.of(environment)
        : OtelSettings.ofJvm(environment, java.options());
  }

  /**
   * What the kernel recorded is whole unless it is very long, or was lost. The path that procfs has
   * is the present one; it counts only if it continues the recorded one. An agent in its own cgroup
   * namespace sees a shorter path than the kernel did.
   */
  private static List<String> wholePath(List<String> recorded, List<String> read) {
    if (recorded.size() > read.size()) {
      return recorded;
    }
    for (int i = 0; i < recorded.size(); i++) {
      if (!RecordedName.matches(recorded.get(i), read.get(i))) {
        return recorded;
      }
    }
    return read;
  }
}
