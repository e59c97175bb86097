package io.netspan.it.truth;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * All that a row of the workload program did. Times are wall-clock ns.
 *
 * @param namespaces the network namespaces that were its own, by inode, and when it made them:
 *     nothing but the entries may be seen in them. The kernel gives a free inode to the next
 *     namespace, so it is the row's only until its end.
 */
public record Ledger(
    String row,
    List<LedgerEntry> entries,
    Map<Long, Long> namespaces,
    long end,
    Map<String, String> notes) {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  /** Reads a whole one: a ledger without its last line is of a row that did not come to its end. */
  public static Ledger read(Path file) throws IOException {
    List<LedgerEntry> entries = new ArrayList<>();
    Map<Long, Long> namespaces = new HashMap<>();
    Map<String, String> notes = new HashMap<>();
    String row = "";
    long end = 0;
    try (BufferedReader reader = Files.newBufferedReader(file)) {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        JsonNode json = MAPPER.readTree(line);
        switch (json.path("record").asText("")) {
          case "side" -> entries.add(new LedgerEntry(json));
          case "netns" ->
              namespaces.put(json.path("netns").longValue(), json.path("real").longValue());
          case "note" -> notes.put(json.path("key").asText(), json.path("value").asText());
          case "end" -> {
            row = json.path("row").asText();
            end = json.path("real").longValue();
          }
          default -> throw new IOException(file + ": no line of a ledger: " + line);
        }
      }
    }
    if (row.isEmpty()) {
      throw new IOException(file + " has no last line: the workload did not come to its end");
    }
    return new Ledger(row, entries, namespaces, end, notes);
  }

  /** How many of these are of its namespaces, in its time. */
  public long count(List<Observed> observed) {
    return observed.stream().filter(one -> owns(one, Comparison.CLOCKS_NS)).count();
  }

  /** Whether this is of one of its namespaces, in its time. */
  boolean owns(Observed one, long toleranceNs) {
    Long made = namespaces.get(one.number("netspan.netns"));
    return made != null && one.start() >= made - toleranceNs && one.start() <= end + toleranceNs;
  }
}
