package io.netspan.config;

/**
 * A pattern in which {@code *} stands for any characters, also none, and {@code ?} for one.
 *
 * @param pattern as it was written
 */
public record Glob(String pattern) {
  private static final String REMEDY =
      "write a name in which * stands for any characters and ? for one, such as org.example.*";

  public static final Form<Glob> FORM =
      Form.of(text -> new Glob(text.strip()), glob -> !glob.pattern().isEmpty(), REMEDY);

  /**
   * Whether the whole text matches. A star that matched too little takes one character more, so the
   * time is bounded by the product of both lengths.
   */
  public boolean matches(String text) {
    int at = 0;
    int next = 0;
    int star = -1;
    int afterStar = 0;
    while (at < text.length()) {
      if (next < pattern.length() && pattern.charAt(next) == '*') {
        star = next++;
        afterStar = at;
      } else if (next < pattern.length() && takes(pattern.charAt(next), text.charAt(at))) {
        next++;
        at++;
      } else if (star >= 0) {
        next = star + 1;
        at = ++afterStar;
      } else {
        return false;
      }
    }
    while (next < pattern.length() && pattern.charAt(next) == '*') {
      next++;
    }
    return next == pattern.length();
  }

  private static boolean takes(char wanted, char given) {
    return wanted == '?' || wanted == given;
  }
}
