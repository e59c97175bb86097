package io.netspan.it;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Ids of loaded BPF programs and links. */
record KernelObjects(Set<Integer> programs, Set<Integer> links) {

  /** Returns the objects that this process holds by file descriptors. */
  static KernelObjects of(long pid) throws IOException {
    Set<Integer> programs = new TreeSet<>();
    Set<Integer> links = new TreeSet<>();
    try (DirectoryStream<Path> descriptors =
        Files.newDirectoryStream(Path.of("/proc", Long.toString(pid), "fdinfo"))) {
      for (Path descriptor : descriptors) {
        String text = read(descriptor);
        programs.addAll(ids("^prog_id:\\s*(\\d+)", text));
        links.addAll(ids("^link_id:\\s*(\\d+)", text));
      }
    }
    return new KernelObjects(programs, links);
  }

  /** Returns the links by which this process has programs attached to a cgroup. */
  static Set<Integer> cgroupLinks(long pid) throws IOException {
    Set<Integer> links = new TreeSet<>();
    try (DirectoryStream<Path> descriptors =
        Files.newDirectoryStream(Path.of("/proc", Long.toString(pid), "fdinfo"))) {
      for (Path descriptor : descriptors) {
        String text = read(descriptor);
        if (text.matches("(?ms).*^link_type:\\s+cgroup$.*")) {
          links.addAll(ids("^link_id:\\s*(\\d+)", text));
        }
      }
    }
    return links;
  }

  private static String read(Path descriptor) throws IOException {
    try {
      return Files.readString(descriptor);
    } catch (NoSuchFileException _) {
      return ""; // closed since it was listed, as the agent's socket iterators are
    }
  }

  /** Returns the objects that {@code bpftool} lists. */
  static KernelObjects all() {
    return new KernelObjects(
        ids("\"id\":\\s*(\\d+)", Command.run("bpftool", "-j", "prog").output()),
        ids("\"id\":\\s*(\\d+)", Command.run("bpftool", "-j", "link").output()));
  }

  /**
   * Returns how often the kernel skipped a program of this process because the program was already
   * running on the same CPU, for the programs with skipped runs.
   */
  static Map<Integer, Long> skippedRuns(long pid) throws IOException {
    Map<Integer, Long> skipped = new TreeMap<>();
    for (int program : of(pid).programs) {
      String text = Command.run("bpftool", "-j", "prog", "show", "id", "" + program).output();
      Matcher matcher = Pattern.compile("\"recursion_misses\":\\s*(\\d+)").matcher(text);
      if (matcher.find()) {
        skipped.put(program, Long.valueOf(matcher.group(1)));
      }
    }
    return skipped;
  }

  boolean containsAll(KernelObjects other) {
    return programs.containsAll(other.programs) && links.containsAll(other.links);
  }

  boolean containsNoneOf(KernelObjects other) {
    return other.programs.stream().noneMatch(programs::contains)
        && other.links.stream().noneMatch(links::contains);
  }

  private static Set<Integer> ids(String form, String text) {
    return Pattern.compile(form, Pattern.MULTILINE)
        .matcher(text)
        .results()
        .map((MatchResult match) -> Integer.valueOf(match.group(1)))
        .collect(Collectors.toCollection(TreeSet::new));
  }
}
