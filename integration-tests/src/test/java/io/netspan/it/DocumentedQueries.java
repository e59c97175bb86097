package io.netspan.it;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

/** The PromQL queries of docs/backends.md. */
final class DocumentedQueries {
  private static final Pattern QUERY = Pattern.compile("(?ms)^```promql\n(.*?)^```");

  private DocumentedQueries() {}

  static List<String> all() throws IOException {
    return QUERY
        .matcher(Files.readString(Path.of("../docs/backends.md")))
        .results()
        .map(result -> result.group(1).strip())
        .toList();
  }
}
