package io.netspan.enrich.container;

import java.util.List;

/**
 * What a runtime says about an image.
 *
 * @param id {@code sha256:} and 64 digits; empty if it is not known
 * @param names with tags: {@code registry.example.com/shop/web:1.2}
 * @param digests with the repository: {@code registry.example.com/shop/web@sha256:...}
 */
public record ContainerImage(String id, List<String> names, List<String> digests) {
  /** Nothing is known. */
  public static final ContainerImage UNKNOWN = new ContainerImage("", List.of(), List.of());

  /** The most names or digests that are kept. */
  public static final int MOST_NAMES = 16;

  public ContainerImage {
    names = names.stream().limit(MOST_NAMES).toList();
    digests = digests.stream().limit(MOST_NAMES).toList();
  }

  int weight() {
    int characters = 0;
    for (String name : names) {
      characters += name.length();
    }
    for (String digest : digests) {
      characters += digest.length();
    }
    return 256 + 2 * characters;
  }
}
