package io.netspan.config;

import java.nio.file.Files;
import java.nio.file.Path;

/** Which hosts file names the addresses of other machines. */
public sealed interface HostsFile {
  Form<HostsFile> FORM = Form.of(HostsFile::parse, _ -> true, "");

  /** {@code /etc/hosts} of the machine. */
  record OfMachine() implements HostsFile {}

  /** None. */
  record Off() implements HostsFile {}

  /** This one. */
  record At(Path file) implements HostsFile {}

  /**
   * Reads {@code auto}, {@code off} or the path of a file.
   *
   * @throws ConfigException if there is no such file
   */
  static HostsFile parse(String text) {
    return switch (text) {
      case "auto" -> new OfMachine();
      case "off" -> new Off();
      default -> {
        if (!Files.isReadable(Path.of(text)) || Files.isDirectory(Path.of(text))) {
          throw ConfigException.unreadable(
              text, "there is no such file to read; write auto, off or the path of a hosts file");
        }
        yield new At(Path.of(text));
      }
    };
  }
}
