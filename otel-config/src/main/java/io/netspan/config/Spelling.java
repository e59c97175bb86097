package io.netspan.config;

import java.util.Arrays;
import java.util.Collection;
import java.util.Optional;

/** Finds the name that was probably meant. */
public final class Spelling {
  private static final int MOST_DIFFERENCES = 2;

  private Spelling() {}

  /**
   * The known name that differs from the written one in at most two characters, if there is one.
   * Shorter names than five characters resemble too much.
   */
  public static Optional<String> closest(String written, Collection<String> known) {
    return known.stream()
        .filter(each -> each.length() > 2 * MOST_DIFFERENCES)
        .filter(each -> differences(each, written) <= MOST_DIFFERENCES)
        .min((one, other) -> differences(one, written) - differences(other, written));
  }

  /** The characters that have to be inserted, removed or replaced. */
  private static int differences(String one, String other) {
    int[] row = new int[other.length() + 1];
    Arrays.setAll(row, i -> i);
    for (int i = 1; i <= one.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= other.length(); j++) {
        int replaced = diagonal + (one.charAt(i - 1) == other.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(replaced, Math.min(row[j], row[j - 1]) + 1);
      }
    }
    return row[other.length()];
  }
}
