package io.netspan.enrich.secret;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Cuts secrets from a command line, argument by argument. No list of secrets is complete, so it
 * cuts in doubt: {@code -p8080} loses its port because {@code -p} is also how mysql is given its
 * password. Takes time linear in the text, whatever the text is.
 *
 * <p>Recognised are: {@code name=value} and {@code name:value} anywhere in an argument, the
 * argument after {@code --name} or a word such as {@code Bearer}, the user's part of a URL, short
 * options that take passwords, and the shapes of well-known tokens. An argument of several words (a
 * script for {@code sh -c}, a header) is cut from its first secret on.
 */
public final class SecretCutter {
  static final String CUT = "***";

  private static final int NAME_LIMIT = 128;

  private static final List<String> TOKEN_STARTS =
      List.of(
          "ghp_",
          "gho_",
          "ghu_",
          "ghs_",
          "ghr_",
          "github_pat_",
          "glpat-",
          "xoxb-",
          "xoxp-",
          "xoxa-",
          "xapp-",
          "sk-",
          "sk_live_",
          "sk_test_",
          "rk_live_",
          "npm_",
          "pypi-",
          "hvs.",
          "hvb.",
          "dop_v1_",
          "SG.",
          "eyJ",
          "AKIA",
          "ASIA",
          "AIza",
          "-----BEGIN");

  /**
   * The password options of certain programs, besides {@code -p}, which is cut for every program.
   */
  private static final Map<String, String> PASSWORD_OPTIONS =
      Map.of(
          "redis-cli", "-a",
          "ldapsearch", "-w",
          "ldapmodify", "-w",
          "ldapadd", "-w",
          "ldappasswd", "-w",
          "openssl", "-k",
          "zip", "-P",
          "unzip", "-P",
          "smbclient", "-U",
          "sqlcmd", "-P");

  private final @Nullable String passwordOption;
  private boolean first = true;
  private Next next = Next.KEEP;

  /** How to treat the next word, given the one before. */
  private enum Next {
    KEEP,
    CUT,
    CUT_AFTER_COLON
  }

  /** The program's name decides what its short options mean. */
  public SecretCutter(String program) {
    passwordOption = PASSWORD_OPTIONS.get(program);
  }

  /** To be called with each argument, in their order, the program's own name first. */
  public String cut(String argument) {
    String result = hasBlank(argument) ? text(argument) : word(argument);
    first = false;
    return result;
  }

  private static boolean hasBlank(String text) {
    return text.chars().anyMatch(Character::isWhitespace);
  }

  private String text(String text) {
    if (next == Next.CUT) {
      next = Next.KEEP;
      return CUT;
    }
    StringBuilder result = new StringBuilder();
    int start = 0;
    while (start < text.length()) {
      int end = start;
      while (end < text.length() && !Character.isWhitespace(text.charAt(end))) {
        end++;
      }
      String before = text.substring(start, end);
      String after = word(before);
      result.append(after);
      if (!after.equals(before) || next == Next.CUT) {
        return endOfText(result, /* cutAlready= */ !after.equals(before));
      }
      while (end < text.length() && Character.isWhitespace(text.charAt(end))) {
        result.append(text.charAt(end++));
      }
      start = end;
    }
    return result.toString();
  }

  private String endOfText(StringBuilder result, boolean cutAlready) {
    next = Next.KEEP;
    return cutAlready ? result.toString() : result.append(' ').append(CUT).toString();
  }

  private String word(String word) {
    Next demanded = next;
    next = Next.KEEP;
    if (word.isEmpty()) {
      return word;
    }
    int colon = word.indexOf(':');
    if (demanded == Next.CUT) {
      return CUT;
    }
    if (demanded == Next.CUT_AFTER_COLON && colon >= 0) {
      return word.substring(0, colon + 1) + CUT;
    }
    String option = first ? word : option(word);
    return withoutUser(withoutToken(withoutAssignment(option)));
  }

  /**
   * Cuts passwords attached to short options, and sets {@link #next} if the option takes a secret
   * as the next word.
   */
  private String option(String word) {
    String name = word.replaceFirst("^-{1,2}", "");
    boolean dashed = name.length() < word.length();
    boolean plain = name.chars().allMatch(SecretCutter::inName);
    if (plain && (dashed ? SecretNames.matches(name) : bareWord(name))) {
      next = Next.CUT;
    } else if (word.equals("-p") || word.equals(passwordOption)) {
      next = Next.CUT;
    } else if (List.of("-u", "-U", "--user", "--proxy-user").contains(word)) {
      next = Next.CUT_AFTER_COLON;
    } else if (word.startsWith("-p")
        || (passwordOption != null && word.startsWith(passwordOption))) {
      return word.substring(0, 2) + CUT;
    } else if ((word.startsWith("-u") || word.startsWith("--user=")) && word.indexOf(':') > 0) {
      return word.substring(0, word.indexOf(':') + 1) + CUT;
    }
    return word;
  }

  private static boolean bareWord(String word) {
    return word.indexOf('.') < 0 && word.length() <= NAME_LIMIT && SecretNames.matchesBare(word);
  }

  private String withoutAssignment(String word) {
    for (int i = 0; i < word.length(); i++) {
      char c = word.charAt(i);
      boolean assigns = c == '=' || (c == ':' && !word.startsWith("//", i + 1));
      if (assigns && SecretNames.matches(nameBefore(word, i))) {
        if (i + 1 == word.length()) {
          next = Next.CUT;
          return word;
        }
        return word.substring(0, i + 1) + CUT;
      }
    }
    return word;
  }

  /** The name before a separator, without quotes around it as in JSON. */
  private static String nameBefore(String word, int separator) {
    int end = separator;
    while (end > 0 && (word.charAt(end - 1) == '"' || word.charAt(end - 1) == '\'')) {
      end--;
    }
    int start = end;
    while (start > 0 && end - start < NAME_LIMIT && inName(word.charAt(start - 1))) {
      start--;
    }
    return word.substring(start, end);
  }

  private static boolean inName(int c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || c == '_'
        || c == '-'
        || c == '.';
  }

  private static String withoutToken(String word) {
    for (String start : TOKEN_STARTS) {
      int at = word.indexOf(start);
      if (at >= 0 && (at == 0 || !Character.isLetterOrDigit(word.charAt(at - 1)))) {
        return word.substring(0, at) + CUT;
      }
    }
    return word;
  }

  /**
   * From {@code scheme://user:password@host}, {@code user:password@host} and {@code
   * user/password@host}.
   */
  private static String withoutUser(String word) {
    int at = word.lastIndexOf('@');
    int scheme = word.indexOf("://");
    if (scheme >= 0) {
      int start = scheme + "://".length();
      return at > start ? word.substring(0, start) + CUT + word.substring(at) : word;
    }
    int separator = 0;
    while (separator < at && ":/@".indexOf(word.charAt(separator)) < 0) {
      separator++;
    }
    boolean user = separator > 0 && separator < at - 1 && word.charAt(separator) != '@';
    boolean path = user && word.charAt(separator) == '/' && word.indexOf('/', separator + 1) >= 0;
    return user && !path ? word.substring(0, separator + 1) + CUT + word.substring(at) : word;
  }
}
