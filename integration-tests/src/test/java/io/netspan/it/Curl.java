package io.netspan.it;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** curl as several services: a process that lives for milliseconds has the name of its file. */
final class Curl {
  private Curl() {}

  /** Copies curl to a file with this name, and returns its path. */
  static String as(String service, Path folder) throws IOException {
    Path bin = Files.createDirectories(folder.resolve("bin"));
    Files.copy(Requirements.find("curl").orElseThrow(), bin.resolve(service));
    return bin.resolve(service).toString();
  }
}
