package report;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Results as text for a terminal. */
final class Page {
  private static final int WIDTH = 60;

  /** Rows of 0 that are printed beside others; more are only counted. */
  private static final int MOST_ZEROS = 10;

  private static final String EDGE = "%-14s %-14s %11s %8s %6s %8s %12s%n";

  private final StringBuilder text = new StringBuilder();
  private final Results results;
  private final Set<String> names;
  private final boolean colours;

  private Page(Results results, Set<String> names, boolean colours) {
    this.results = results;
    this.names = names;
    this.colours = colours;
  }

  /**
   * The questions with their queries and answers as text.
   *
   * @param names of the shop's services; rows of other services are only counted
   */
  static String answers(Results results, Set<String> names, boolean colours) {
    Page page = new Page(results, names, colours);
    String title = "";
    for (Map.Entry<Question, List<Backends.Sample>> one : results.answers().entrySet()) {
      page.answer(one.getKey(), one.getValue(), title);
      title = one.getKey().title();
    }
    return page.text.toString();
  }

  /** The map of services as text. */
  static String map(Results results, Set<String> names, boolean colours) {
    Page page = new Page(results, names, colours);
    page.map();
    return page.text.toString();
  }

  private void map() {
    heading("Who connects to whom, after " + results.seconds() + " s");
    text.append(
        String.format(
            EDGE, "client", "server", "ended", "failed", "open", "Jaeger", "shop's count"));
    Set<Backends.Edge> edges = new TreeSet<>(results.ledger().keySet());
    results.netspan().keySet().stream()
        .filter(edge -> names.contains(edge.client()) || names.contains(edge.server()))
        .forEach(edges::add);
    for (Backends.Edge edge : edges) {
      text.append(
          String.format(
              EDGE,
              edge.client(),
              edge.server().isEmpty() ? "(unknown)" : edge.server(),
              results.netspan(edge, "ended"),
              results.netspan(edge, "failed"),
              results.netspan(edge, "open"),
              results.jaeger().getOrDefault(edge, 0L),
              results.counted(edge)));
    }
  }

  private void answer(Question question, List<Backends.Sample> samples, String previous) {
    if (!question.title().equals(previous)) {
      heading(question.title());
    }
    text.append(dim("  " + question.line(results.seconds()))).append('\n');
    List<Backends.Sample> ours = samples.stream().filter(this::isOurs).toList();
    List<Backends.Sample> notZero = ours.stream().filter(sample -> sample.value() != 0).toList();
    int zeros = ours.size() - notZero.size();
    boolean few = zeros <= (notZero.isEmpty() ? 1 : MOST_ZEROS);
    Map<String, String> rows = new TreeMap<>();
    for (Backends.Sample sample : few ? ours : notZero) {
      rows.put(row(sample), value(sample.value(), question.promql()));
    }
    rows.forEach(
        (row, value) -> text.append(String.format("    %-" + WIDTH + "s %12s%n", row, value)));
    if (!few) {
      text.append(notZero.isEmpty() ? "    all " : "    the other ").append(zeros);
      text.append(" are 0\n");
    }
    if (ours.size() < samples.size()) {
      text.append("    and ").append(samples.size() - ours.size()).append(" of other programs\n");
    } else if (samples.isEmpty()) {
      text.append("    none\n");
    }
  }

  private boolean isOurs(Backends.Sample sample) {
    String service = sample.label("service_name");
    return service.isEmpty()
        || names.contains(service)
        || names.contains(sample.label("service_peer_name"))
        || names.contains(sample.label("peer_service"));
  }

  private static String row(Backends.Sample sample) {
    Map<String, String> rest = new TreeMap<>(sample.labels());
    rest.remove("__name__");
    String service = rest.remove("service_name");
    String peer = rest.remove("service_peer_name");
    peer = peer == null ? rest.remove("peer_service") : peer;
    String labels =
        rest.entrySet().stream()
            .map(label -> label.getKey() + "=" + label.getValue())
            .collect(Collectors.joining(" "));
    String edge = service == null ? "" : peer == null ? service : service + " -> " + peer;
    return edge.isEmpty() ? labels : labels.isEmpty() ? edge : edge + "  " + labels;
  }

  private static String value(double value, String promql) {
    boolean rate = promql.contains("rate(");
    if (promql.startsWith("histogram_")) {
      return duration(value);
    } else if (promql.contains("/ sum by")) {
      return String.format(Locale.ROOT, "%.1f %%", 100 * value);
    } else if (promql.contains("_bytes_")) {
      return String.format(Locale.ROOT, "%,.0f B/s", value);
    } else if (rate) {
      return String.format(Locale.ROOT, "%.2f /s", value);
    }
    return value == Math.rint(value)
        ? String.format(Locale.ROOT, "%.0f", value)
        : String.format(Locale.ROOT, "%.1f", value);
  }

  private static String duration(double seconds) {
    return seconds < 0.001
        ? String.format(Locale.ROOT, "%.0f us", seconds * 1e6)
        : seconds < 1
            ? String.format(Locale.ROOT, "%.1f ms", seconds * 1e3)
            : String.format(Locale.ROOT, "%.1f s", seconds);
  }

  private void heading(String words) {
    text.append('\n').append(colours ? "\033[1m" + words + "\033[0m" : words).append('\n');
  }

  private String dim(String words) {
    return colours ? "\033[2m" + words + "\033[0m" : words;
  }
}
