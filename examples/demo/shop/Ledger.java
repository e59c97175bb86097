package shop;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * A program's own count of its connections: a line of client, server, what was counted, and the
 * number.
 */
public final class Ledger {
  private final Path file;
  private final Map<String, Long> counts = new TreeMap<>();

  public Ledger(Path folder, String program) {
    file = folder.resolve(program + ".ledger");
  }

  public synchronized void add(String client, String server, String what, long number) {
    counts.merge(String.join("\t", client, server, what), number, Long::sum);
  }

  public synchronized void set(String client, String server, String what, long number) {
    counts.put(String.join("\t", client, server, what), number);
  }

  /** Keeps the smallest and the largest of such durations. */
  public synchronized void time(String client, String server, String what, long ns) {
    counts.merge(String.join("\t", client, server, what + "_least_ns"), ns, Math::min);
    counts.merge(String.join("\t", client, server, what + "_most_ns"), ns, Math::max);
  }

  /** Replaces the file as a whole, so that no reader sees half of it. */
  public synchronized void save() {
    String text =
        counts.entrySet().stream()
            .map(entry -> entry.getKey() + "\t" + entry.getValue() + "\n")
            .collect(Collectors.joining());
    try {
      Path part = Path.of(file + ".part");
      Files.writeString(part, text);
      Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
