package io.netspan.it.backend;

/** Who connects to whom, by the names of services. */
public record Edge(String client, String server) implements Comparable<Edge> {
  @Override
  public int compareTo(Edge other) {
    int byClient = client.compareTo(other.client);
    return byClient != 0 ? byClient : server.compareTo(other.server);
  }

  @Override
  public String toString() {
    return client + " -> " + server;
  }
}
