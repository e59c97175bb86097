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
 * The complete record of what a row of the workload program did.
 *
 * @param namespaces the network namespaces of the row, by inode, in which only the entries may be
 *     seen
 */
public record Ledger(
    String row,
    List<LedgerEntry> entries,
    Map<Long, Lifetime> namespaces,
    Map<String, String> notes) {

  /**
   * The lifetime of a network namespace, in wall-clock ns. Before and after it, the kernel uses the
   * inode for other namespaces.
   */
  public record Lifetime(long begin, long end) {}

  private static final ObjectMapper MAPPER = new ObjectMapper();

  /** Reads a complete ledger; without its last line, the row did not come to its end. */
  public static Ledger read(Path file) throws IOException {
    List<LedgerEntry> entries = new ArrayList<>();
    Map<Long, Long> made = new HashMap<>();
    Map<Long, Long> gone = new HashMap<>();
    Map<String, String> notes = new HashMap<>();
    String row = "";
    long end = 0;
    try (BufferedReader reader = Files.newBufferedReader(file)) {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        JsonNode json = MAPPER.readTree(line);
        switch (json.path("record").asText("")) {
          case "side" -> entries.add(new LedgerEntry(json));
          case "netns" -> made.put(json.path("netns").longValue(), json.path("real").longValue());
          case "gone" -> gone.put(json.path("netns").longValue(), json.path("real").longValue());
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
    Map<Long, Lifetime> namespaces = new HashMap<>();
    for (Map.Entry<Long, Long> one : made.entrySet()) {
      long until = gone.getOrDefault(one.getKey(), end);
      namespaces.put(one.getKey(), new Lifetime(one.getValue(), until));
    }
    return new Ledger(row, entries, namespaces, notes);
  }

  /**
   * Returns the ledger corrected for steps of the wall clock during the row: the times of an entry
   * are by the clock as it was set at the end of the entry.
   *
   * @param stepsNs the maximum deviation of the clock from its setting at the beginning
   */
  public Ledger byTheClockAtEachEnd(long stepsNs) {
    Map<Long, Lifetime> longer = new HashMap<>();
    namespaces.forEach(
        (inode, time) ->
            longer.put(inode, new Lifetime(time.begin() - stepsNs, time.end() + stepsNs)));
    List<LedgerEntry> moved = entries.stream().map(LedgerEntry::byTheClockAtItsEnd).toList();
    return new Ledger(row, moved, longer, notes);
  }

  /** Returns those of these sides that are in the namespaces of the row during their lifetimes. */
  public List<Observed> own(List<Observed> observed) {
    return observed.stream().filter(this::owns).toList();
  }

  private boolean owns(Observed one) {
    Lifetime lifetime = namespaces.get(one.number("netspan.netns"));
    return lifetime != null
        && one.start() >= lifetime.begin() - Comparison.CLOCKS_NS
        && one.start() <= lifetime.end() + Comparison.CLOCKS_NS;
  }
}
