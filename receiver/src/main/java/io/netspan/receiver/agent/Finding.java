package io.netspan.receiver.agent;

/**
 * The result of one check.
 *
 * @param subject what was checked
 * @param detail what was found, and why it is so
 * @param remedy what to do; empty if nothing is to be done
 */
public record Finding(Verdict verdict, String subject, String detail, String remedy) {
  /** The subject of what is wrong with the settings. */
  public static final String SETTINGS = "settings";

  /** The subject of what is exported, and whether its backend can be reached. */
  public static final String EXPORT = "export";

  /** What a finding means for the agent. */
  public enum Verdict {
    WORKS,
    /** The agent works, but sees or does less. */
    LIMITED,
    FAILS
  }

  static Finding works(String subject, String detail) {
    return new Finding(Verdict.WORKS, subject, detail, "");
  }

  static Finding limited(String subject, String detail, String remedy) {
    return new Finding(Verdict.LIMITED, subject, detail, remedy);
  }

  static Finding fails(String subject, String detail, String remedy) {
    return new Finding(Verdict.FAILS, subject, detail, remedy);
  }
}
