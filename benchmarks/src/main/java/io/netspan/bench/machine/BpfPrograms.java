package io.netspan.bench.machine;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** The tracing programs that the kernel has, by their ids. */
public final class BpfPrograms {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int SECONDS = 10;

  private BpfPrograms() {}

  public static Map<Integer, BpfProgram> list() throws IOException, InterruptedException {
    return parse(Programs.run(SECONDS, List.of("bpftool", "-j", "prog", "show")));
  }

  static Map<Integer, BpfProgram> parse(String json) throws IOException {
    Map<Integer, BpfProgram> programs = new LinkedHashMap<>();
    for (JsonNode node : JSON.readTree(json)) {
      BpfProgram program =
          new BpfProgram(
              node.path("id").asInt(),
              node.path("type").asText(),
              node.path("name").asText(),
              node.path("run_time_ns").asLong(),
              node.path("run_cnt").asLong());
      if (program.isTracing()) {
        programs.put(program.id(), program);
      }
    }
    return programs;
  }

  /** Returns how many links the kernel has: what attaches programs. */
  public static int links() throws IOException, InterruptedException {
    return JSON.readTree(Programs.run(SECONDS, List.of("bpftool", "-j", "link", "show"))).size();
  }

  /** Names the programs that are not among the known ones. */
  public static List<String> others(Map<Integer, BpfProgram> programs, Collection<Integer> known) {
    return programs.values().stream()
        .filter(program -> !known.contains(program.id()))
        .map(program -> program.type() + " " + program.name() + " (" + program.id() + ")")
        .toList();
  }

  /** Returns these programs at two moments, those that were there at both. */
  public static List<BpfRuns> between(
      Map<Integer, BpfProgram> before, Map<Integer, BpfProgram> after, Set<Integer> which) {
    List<BpfRuns> runs = new ArrayList<>();
    for (int id : which.stream().sorted().collect(Collectors.toList())) {
      BpfProgram was = before.get(id);
      BpfProgram is = after.get(id);
      if (was != null && is != null) {
        runs.add(new BpfRuns(is.runs() - was.runs(), is.runNs() - was.runNs()));
      }
    }
    return runs;
  }
}
