package io.netspan.bench.workload;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.netspan.bench.machine.NetworkNamespace;
import io.netspan.bench.machine.Programs;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A network namespace with a server, and the load generators, which run in it. */
public final class Lab implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int GRACE_SECONDS = 120;
  private static final Pattern WRK = Pattern.compile("(\\d+) requests in ([\\d.]+)(m?s|m)");
  private static final Pattern WRK_ERRORS = Pattern.compile("Socket errors: .*");

  private final Tools tools;
  private final NetworkNamespace namespace;
  private final Server server;

  private Lab(Tools tools, NetworkNamespace namespace, Server server) {
    this.tools = tools;
    this.namespace = namespace;
    this.server = server;
  }

  public static Lab open(Tools tools) throws IOException, InterruptedException {
    NetworkNamespace namespace = NetworkNamespace.create();
    try {
      return new Lab(tools, namespace, Server.start(tools.folder(), namespace));
    } catch (IOException | RuntimeException e) {
      namespace.close();
      throw e;
    }
  }

  Tools tools() {
    return tools;
  }

  /**
   * What a load did.
   *
   * @param count of connections or requests that succeeded
   */
  record Done(long count, double seconds, JsonNode json) {
    /** Says what failed, if something did. */
    Optional<String> failure() {
      String errors = json.path("errors").asText();
      long failed = json.path("failed").asLong();
      return failed == 0
          ? Optional.of(errors).filter(text -> !text.isEmpty())
          : Optional.of(failed + " connections of the load failed");
    }

    double perSecond() {
      return count / seconds;
    }

    double number(String name) {
      return json.path(name).asDouble();
    }
  }

  /** Short connections, as many as this machine can make. */
  Done fullRate(int seconds) throws IOException, InterruptedException {
    String url = "http://127.0.0.1:" + Server.PORT + "/";
    String output =
        Programs.run(
            seconds + GRACE_SECONDS,
            namespace.running(
                "wrk", "-t1", "-c50", "-d" + seconds + "s", "-H", "Connection: close", url));
    return parseWrk(output);
  }

  static Done parseWrk(String output) throws IOException {
    Matcher requests = WRK.matcher(output);
    if (!requests.find()) {
      throw new IOException("wrk did not say how many requests it made: " + output);
    }
    Matcher failed = WRK_ERRORS.matcher(output);
    ObjectNode json = JSON.createObjectNode();
    if (failed.find()) {
      json.put("errors", "wrk: " + failed.group());
    }
    double unit =
        switch (requests.group(3)) {
          case "ms" -> 1e-3;
          case "m" -> 60;
          default -> 1;
        };
    return new Done(
        Long.parseLong(requests.group(1)), Double.parseDouble(requests.group(2)) * unit, json);
  }

  /** Short connections at a fixed rate; counts are exact. */
  Done paced(int rate, int seconds) throws IOException, InterruptedException {
    return load("made", seconds, "paced", rate, seconds, Server.PORT);
  }

  Done requests(int connections, int seconds) throws IOException, InterruptedException {
    return load("requests", seconds, "requests", connections, seconds);
  }

  Done datagrams(int sockets, int seconds) throws IOException, InterruptedException {
    return load("requests", seconds, "datagrams", sockets, seconds);
  }

  Done bulk(int seconds) throws IOException, InterruptedException {
    return load("bytes", seconds, "bulk", seconds);
  }

  Done processes(int count) throws IOException, InterruptedException {
    return load("made", count / 100, "processes", count, Server.PORT);
  }

  private Done load(String count, int seconds, String command, long... arguments)
      throws IOException, InterruptedException {
    JsonNode json =
        JSON.readTree(Programs.run(seconds + GRACE_SECONDS, command(command, arguments)));
    return new Done(
        json.path(count).asLong(), Math.max(1e-3, json.path("seconds").asDouble()), json);
  }

  private List<String> command(String command, long... arguments) {
    String[] words = new String[arguments.length + 2];
    words[0] = tools.load().toString();
    words[1] = command;
    for (int i = 0; i < arguments.length; i++) {
      words[i + 2] = Long.toString(arguments[i]);
    }
    return namespace.running(words);
  }

  /** Opens connections, which stay open until close(). */
  OpenConnections open(int count) throws IOException {
    return OpenConnections.start(command("idle", count));
  }

  @Override
  public void close() throws IOException {
    server.close();
    namespace.close();
  }
}
