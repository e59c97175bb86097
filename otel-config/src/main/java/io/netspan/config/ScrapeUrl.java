package io.netspan.config;

/** Where Prometheus finds the metrics. */
public record ScrapeUrl(String host, String port) {
  public static final String DEFAULT_HOST = "localhost";
  public static final String DEFAULT_PORT = "9464";

  @Override
  public String toString() {
    return "http://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + port + "/metrics";
  }
}
