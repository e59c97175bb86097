package io.netspan.enrich.proc;

import io.netspan.enrich.ProcessFacts;
import io.netspan.enrich.ProcessIdentity;
import io.netspan.enrich.ServiceName;
import io.netspan.enrich.ServiceName.Source;
import io.netspan.enrich.name.CommandArguments;
import io.netspan.enrich.name.JavaCommand;
import io.netspan.enrich.name.OtelEnvironment;
import io.netspan.enrich.name.OtelSettings;
import io.netspan.enrich.name.ScriptCommand;
import io.netspan.enrich.name.ServiceNaming;
import io.netspan.enrich.name.SystemdUnit;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Draws the conclusions: from facts, and from what procfs told, to an identity. No I/O. */
final class Identities {
  /** In bytes: the kernel programs keep so many of an executable's name, and more of a cgroup's. */
  private static final int KERNEL_CUT = 63;

  private static final char UNDECODED = '\uFFFD';

  private Identities() {}

  static ProcessIdentity of(ProcessFacts facts) {
    String unit = SystemdUnit.find(facts.cgroup());
    ServiceName service =
        new ServiceNaming(OtelSettings.NONE)
            .candidate(Source.SYSTEMD, unit == null ? null : SystemdUnit.serviceName(unit))
            .candidate(Source.EXECUTABLE, facts.executableName())
            .candidate(Source.EXECUTABLE, facts.comm())
            .chosen();
    return new ProcessIdentity(
        facts, null, List.of(), null, ContainerCgroup.find(facts.cgroup()), unit, service);
  }

  static ProcessIdentity of(ProcessFacts facts, ProcSnapshot snapshot) {
    List<String> cgroup = wholePath(facts.cgroup(), snapshot.cgroup());
    String unit = SystemdUnit.find(cgroup);
    String executable =
        facts.executableName().isEmpty()
            ? snapshot.facts().executableName()
            : facts.executableName();
    JavaCommand java = executable.equals("java") ? JavaCommand.parse(snapshot.arguments()) : null;
    ServiceName service =
        new ServiceNaming(settings(snapshot.environment(), java))
            .candidate(Source.SYSTEMD, unit == null ? null : SystemdUnit.serviceName(unit))
            .candidate(Source.JVM, java == null ? null : java.serviceName())
            .candidate(Source.SCRIPT, ScriptCommand.name(executable, snapshot.arguments()))
            .candidate(Source.EXECUTABLE, executable)
            .candidate(Source.EXECUTABLE, facts.comm())
            .chosen();
    return new ProcessIdentity(
        facts,
        snapshot.executablePath(),
        CommandArguments.presentable(snapshot.arguments()),
        java == null ? null : java.main(),
        ContainerCgroup.find(cgroup),
        unit,
        service);
  }

  /**
   * Of a process that runs the program of another: the path, arguments and environment are the
   * same, its container and unit are its own.
   */
  static ProcessIdentity of(ProcessFacts facts, ProcessIdentity kin) {
    ProcessFacts known =
        facts.executableName().isEmpty() ? facts.named(kin.facts().executableName()) : facts;
    ProcessIdentity own = of(known);
    boolean together = facts.cgroup().equals(kin.facts().cgroup());
    boolean namedByUnit = kin.service().source() == Source.SYSTEMD;
    boolean named = own.service().source() == Source.SYSTEMD || namedByUnit;
    boolean itself = kin.service().source() == Source.OTEL_SETTINGS;
    return new ProcessIdentity(
        known,
        kin.executablePath(),
        kin.commandArgs(),
        kin.jvmMainClass(),
        together ? kin.container() : own.container(),
        together ? kin.systemdUnit() : own.systemdUnit(),
        together || itself || !named ? kin.service() : own.service());
  }

  private static OtelSettings settings(OtelEnvironment environment, @Nullable JavaCommand java) {
    return java == null
        ? OtelSettings.of(environment)
        : OtelSettings.ofJvm(environment, java.options());
  }

  /**
   * False if the process has executed another program since the facts were recorded: then its
   * command line and environment are not those of the program that made the connection.
   */
  static boolean sameProgram(ProcessFacts facts, ProcSnapshot snapshot) {
    return sameProgram(facts, snapshot.facts());
  }

  static boolean sameProgram(ProcessFacts facts, ProcessFacts other) {
    String then = facts.executableName();
    String now = other.executableName();
    return then.isEmpty() || now.isEmpty() || sameName(then, now);
  }

  /**
   * The path that procfs has is whole, but is that of now; it counts only if it continues what the
   * kernel recorded. In a cgroup namespace of its own the agent sees less than the kernel told.
   */
  private static List<String> wholePath(List<String> recorded, List<String> read) {
    if (recorded.size() > read.size()) {
      return recorded;
    }
    for (int i = 0; i < recorded.size(); i++) {
      if (!sameName(recorded.get(i), read.get(i))) {
        return recorded;
      }
    }
    return read;
  }

  /**
   * The start of a name is enough where the kernel programs cut it, perhaps within a character.
   * What could not be decoded (procfs's links, where the locale is C and the name is not ASCII) is
   * given the benefit of the doubt.
   */
  private static boolean sameName(String recorded, String read) {
    if (recorded.equals(read) || read.indexOf(UNDECODED) >= 0) {
      return true;
    }
    int half = recorded.endsWith(String.valueOf(UNDECODED)) ? 1 : 0;
    return recorded.getBytes(StandardCharsets.UTF_8).length >= KERNEL_CUT
        && read.startsWith(recorded.substring(0, recorded.length() - half));
  }
}
