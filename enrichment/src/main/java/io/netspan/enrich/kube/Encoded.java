package io.netspan.enrich.kube;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;

/** Text as a part of a URL. */
final class Encoded {
  private Encoded() {}

  static String of(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }
}
