package io.netspan.enrich.proc;

import io.netspan.enrich.Container;
import io.netspan.enrich.EnrichmentStats;
import io.netspan.enrich.ProcessEnricher;
import io.netspan.enrich.ProcessIdentity;
import io.netspan.enrich.ProcessKey;
import io.netspan.enrich.ServiceName;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A process whose files in /proc have arbitrary contents. The input consists of the files,
 * separated by lines {@code --}: comm, executable, cmdline, environ, cgroup, status, and optionally
 * the whole of stat.
 */
public final class ProcTarget {
  private static final byte[] SEPARATOR = "\n--\n".getBytes(StandardCharsets.US_ASCII);
  private static final List<String> FILES =
      List.of("comm", "exe", "cmdline", "environ", "cgroup", "status", "stat");
  private static final ProcessKey KEY = new ProcessKey(666, 42_420_000_123L);
  private static final Pattern HARMFUL = Pattern.compile("[\\p{Cc}\\p{Cf}\\p{Cs}\\u2028\\u2029]");
  private static final int LONGEST = 1024;
  private static final int MOST_ARGUMENTS = 4096 + 1024;

  private ProcTarget() {}

  private record Files(List<byte[]> contents) implements ProcFiles {
    byte[] content(String file) {
      int index = FILES.indexOf(file);
      return index >= 0 && index < contents.size() ? contents.get(index) : new byte[0];
    }

    @Override
    public boolean exists(int pid) {
      return true;
    }

    @Override
    public byte[] read(int pid, String file, int limit) throws IOException {
      byte[] content = file.equals("stat") ? stat() : content(file);
      return Arrays.copyOf(content, Math.min(limit, content.length));
    }

    @Override
    public byte[] readNamed(int pid, int uid, String path, int limit) throws IOException {
      return read(pid, "cmdline", limit);
    }

    private byte[] stat() {
      if (contents.size() >= FILES.size()) {
        return content("stat");
      }
      // ISO 8859-1 maps each byte to one char, so no byte is lost.
      String comm = new String(content("comm"), StandardCharsets.ISO_8859_1);
      return ("666 ("
              + comm
              + ") S 7 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 4242 1000 200 1 0\n")
          .getBytes(StandardCharsets.ISO_8859_1);
    }

    @Override
    public List<Integer> threads(int pid) {
      return List.of(pid, pid + 1);
    }

    @Override
    public String link(int pid, String name) {
      return name.startsWith("ns/")
          ? name.substring(3) + ":[4026531836]"
          : new String(content(name), StandardCharsets.UTF_8);
    }
  }

  /** Called by Jazzer. */
  public static void fuzzerTestOneInput(byte[] input) {
    ProcessEnricher enricher = Processes.create(new Files(split(input)), 10);
    ProcessIdentity read = enricher.identify(KEY);
    check(read);
    check(enricher.fromKernel(read.facts()));
    enricher.forget(KEY);
    check(enricher.enrich(read.facts()));
    long counted = enricher.stats().counts().stream().mapToLong(EnrichmentStats.Count::value).sum();
    if (counted != 3) {
      throw new AssertionError("three calls counted as " + counted);
    }
  }

  private static List<byte[]> split(byte[] input) {
    List<byte[]> parts = new ArrayList<>();
    int start = 0;
    for (int i = start; i < input.length && parts.size() < FILES.size() - 1; i++) {
      int end = i + SEPARATOR.length;
      if (end <= input.length && Arrays.equals(input, i, end, SEPARATOR, 0, SEPARATOR.length)) {
        parts.add(Arrays.copyOfRange(input, start, i));
        start = end;
        i = end - 1;
      }
    }
    parts.add(Arrays.copyOfRange(input, start, input.length));
    return parts;
  }

  private static void check(ProcessIdentity identity) {
    ServiceName service = identity.service();
    Container container = identity.container();
    Stream.of(
            identity.facts().cgroup().stream(),
            identity.commandArgs().stream(),
            Stream.of(identity.facts().comm(), identity.facts().executableName(), service.name()),
            identity.attributes().keySet().stream(),
            identity.attributes().values().stream(),
            Stream.ofNullable(identity.executablePath()),
            Stream.ofNullable(identity.systemdUnit()),
            Stream.ofNullable(identity.jvmMainClass()),
            Stream.ofNullable(service.namespace()),
            Stream.ofNullable(service.instanceId()),
            Stream.ofNullable(service.version()),
            Stream.ofNullable(container).map(Container::id),
            Stream.ofNullable(container).flatMap(one -> Stream.ofNullable(one.runtime())))
        .flatMap(texts -> texts)
        .forEach(ProcTarget::check);
    int arguments = identity.commandArgs().stream().mapToInt(one -> one.length() + 1).sum();
    if (arguments > MOST_ARGUMENTS || service.name().isBlank()) {
      throw new AssertionError(arguments + " characters of arguments, service " + service);
    }
  }

  private static void check(String text) {
    if (text.length() > LONGEST || HARMFUL.matcher(text).find()) {
      throw new AssertionError("harmful: " + text.length() + " characters, " + text);
    }
  }
}
