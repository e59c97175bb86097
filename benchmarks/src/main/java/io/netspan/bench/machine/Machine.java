package io.netspan.bench.machine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Describes this machine, and what runs. */
public final class Machine {
  private Machine() {}

  /**
   * Describes this machine, and which netspan is measured.
   *
   * @param repository whose commit is named
   */
  public static Map<String, String> describe(Path repository) throws InterruptedException {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("netspan", commit(repository));
    facts.put("CPUs", Integer.toString(Runtime.getRuntime().availableProcessors()));
    facts.put("CPU", value("/proc/cpuinfo", "model name"));
    facts.put("memory", value("/proc/meminfo", "MemTotal"));
    facts.put("Linux", System.getProperty("os.version", "unknown"));
    facts.put("Java", System.getProperty("java.runtime.version", "unknown"));
    return facts;
  }

  private static String commit(Path repository) throws InterruptedException {
    try {
      return Programs.run(
              10, List.of("git", "-C", repository.toString(), "describe", "--always", "--dirty"))
          .strip();
    } catch (IOException e) {
      return "unknown commit";
    }
  }

  private static String value(String file, String key) {
    try {
      return Files.readAllLines(Path.of(file)).stream()
          .filter(line -> line.startsWith(key))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst()
          .orElse("unknown");
    } catch (IOException e) {
      return "unknown";
    }
  }
}
