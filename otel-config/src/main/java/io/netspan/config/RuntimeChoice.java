package io.netspan.config;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;

/** Which container runtimes are asked about containers. */
public sealed interface RuntimeChoice {
  Form<RuntimeChoice> FORM = Form.of(RuntimeChoice::parse, _ -> true, "");

  /** Those that have a socket at its usual place. */
  record Auto() implements RuntimeChoice {}

  /** None. */
  record None() implements RuntimeChoice {}

  /** The one behind this socket. */
  record At(Kind kind, Path socket) implements RuntimeChoice {}

  /** The runtimes that can be asked. */
  enum Kind {
    DOCKER,
    PODMAN,
    CONTAINERD,
    CRIO;

    /** How it is written. */
    public String value() {
      return Form.written(this);
    }
  }

  /**
   * Reads {@code auto}, {@code none} or {@code docker=/run/docker.sock}.
   *
   * @throws ConfigException if the text is none of them
   */
  static RuntimeChoice parse(String text) {
    String given = text.strip();
    int equals = given.indexOf('=');
    if (equals < 0) {
      return switch (given) {
        case "auto" -> new Auto();
        case "none" -> new None();
        default -> throw ConfigException.unreadable(text, remedy());
      };
    }
    Path socket = Path.of(given.substring(equals + 1).strip());
    if (!socket.isAbsolute()) {
      throw ConfigException.unreadable(text, remedy());
    }
    String kind = given.substring(0, equals).strip();
    return Arrays.stream(Kind.values())
        .filter(each -> each.value().equals(kind))
        .findFirst()
        .map(each -> new At(each, socket))
        .orElseThrow(() -> ConfigException.unreadable(text, remedy()));
  }

  private static String remedy() {
    return "write auto, none, or a runtime and the whole path of its socket, such as"
        + " docker=/run/docker.sock; runtimes are "
        + Arrays.stream(Kind.values()).map(Kind::value).collect(Collectors.joining(", "));
  }
}
