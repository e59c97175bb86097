package io.netspan.config;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * An attribute that a metric has only where it is asked for, since it multiplies the series.
 *
 * @param metric one of {@link #METRICS}
 * @param attribute one of {@link #OF_SOCKETS}, or of the Resource of the workload's spans
 */
public record MetricAttribute(String metric, String attribute) {
  /** The metrics that can have more attributes. */
  public static final List<String> METRICS =
      List.of(
          "netspan.connections",
          "netspan.connection.active",
          "netspan.connection.duration",
          "netspan.connection.handshake.duration",
          "netspan.connection.rtt",
          "netspan.connection.io",
          "netspan.connection.retransmits",
          "netspan.flow.io",
          "netspan.flow.datagrams");

  /** The attributes of spans that metrics can have. */
  public static final List<String> OF_SOCKETS =
      List.of(
          "server.address",
          "client.address",
          "network.local.address",
          "network.peer.address",
          "network.type");

  public static final Form<List<MetricAttribute>> FORM =
      Form.of(MetricAttribute::parse, _ -> true, "");

  private static final String REMEDY =
      "write METRIC=ATTRIBUTE, such as netspan.connections=server.address or"
          + " netspan.connection.*=container.id";

  private static final String ATTRIBUTE_REMEDY =
      "of what is an attribute of spans, metrics can have "
          + String.join(", ", OF_SOCKETS)
          + "; anything else is an attribute of the Resource of spans, such as container.id";

  /** The names of attributes that are those of spans or of metrics, but not of Resources. */
  private static final Pattern NOT_OF_RESOURCES =
      Pattern.compile("(netspan|network|server|client|source|destination|peer|error|otel)\\..*");

  private static final Pattern NAME = Pattern.compile("[a-zA-Z][a-zA-Z0-9_.-]*");

  /**
   * Reads {@code netspan.connection.*=server.address}.
   *
   * @return one for each metric that is meant
   * @throws ConfigException if no metric is meant, or the attribute cannot be one of metrics
   */
  public static List<MetricAttribute> parse(String text) {
    int equals = text.indexOf('=');
    if (equals < 0) {
      throw ConfigException.unreadable(text, REMEDY);
    }
    List<String> metrics = matching(text.substring(0, equals).strip());
    String attribute = text.substring(equals + 1).strip();
    if (metrics.isEmpty()) {
      throw ConfigException.unreadable(
          text, "no such metric; write one of " + String.join(", ", METRICS) + ", or a part and *");
    }
    if (!isPossible(attribute)) {
      throw ConfigException.unreadable(text, ATTRIBUTE_REMEDY);
    }
    return metrics.stream().map(metric -> new MetricAttribute(metric, attribute)).toList();
  }

  /** Whether a metric could have this attribute. */
  public static boolean isPossible(String attribute) {
    return OF_SOCKETS.contains(attribute)
        || (NAME.matcher(attribute).matches()
            && !NOT_OF_RESOURCES.matcher(attribute).matches()
            && !attribute.startsWith("service."));
  }

  private static List<String> matching(String pattern) {
    List<String> all = new ArrayList<>();
    for (String metric : METRICS) {
      if (pattern.endsWith("*")
          ? metric.startsWith(pattern.substring(0, pattern.length() - 1))
          : metric.equals(pattern)) {
        all.add(metric);
      }
    }
    return all;
  }
}
