package io.netspan.enrich.kube;

/**
 * The objects of one kind that are watched.
 *
 * @param name as in the rules of a role, such as {@code pods}
 * @param path of the API
 * @param selector a parameter of the query, or empty
 */
record Resource<T>(String name, String path, String selector, ObjectReader<T> reader) {
  /** Objects of one page. */
  private static final int PAGE = 500;

  String list(String parameters) {
    return question("limit=" + PAGE + parameters);
  }

  String watch(String version, long seconds) {
    return question(
        "watch=1&allowWatchBookmarks=true&resourceVersion="
            + Encoded.of(version)
            + "&timeoutSeconds="
            + seconds);
  }

  private String question(String parameters) {
    return path + "?" + (selector.isEmpty() ? "" : selector + "&") + parameters;
  }
}
