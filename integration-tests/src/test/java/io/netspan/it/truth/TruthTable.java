package io.netspan.it.truth;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The file that {@code make test} prints at its end: a line per run of a row, with the
 * tab-separated fields row, title, kernel, tracer, result, expected, seen and note.
 */
public final class TruthTable {
  private static final int LONGEST_NOTE = 160;

  private TruthTable() {}

  /** Runs and judges a row. */
  public interface Judged {
    Verdict judge() throws Exception;
  }

  /** Judges a row on this machine's kernel, appends it, and fails if the verdict is not good. */
  public static void check(Row row, String tracer, Judged judged) throws Exception {
    check(row, System.getProperty("os.version"), tracer, judged);
  }

  /** Judges a row, appends it, and fails if the verdict is not good. */
  public static void check(Row row, String kernel, String tracer, Judged judged) throws Exception {
    Verdict verdict;
    try {
      verdict = judged.judge();
    } catch (Exception | Error e) {
      append(row, kernel, tracer, "FAILED", "", "", String.valueOf(e.getMessage()));
      throw e;
    }
    String note = verdict.isGood() ? verdict.note() : verdict.problems().getFirst();
    append(
        row,
        kernel,
        tracer,
        verdict.isGood() ? "ok" : "FAILED",
        Long.toString(verdict.expected()),
        Long.toString(verdict.seen()),
        note);
    if (!verdict.isGood()) {
      throw new AssertionError(
          "%s: %d expected, %d seen; %s"
              .formatted(
                  row,
                  verdict.expected(),
                  verdict.seen(),
                  String.join(System.lineSeparator(), verdict.problems())));
    }
  }

  /** Records that a row was not run on this machine's kernel, and why. */
  public static void notRun(Row row, String tracer, String why) throws IOException {
    notRun(row, System.getProperty("os.version"), tracer, why);
  }

  /** Records that a row was not run, and why. */
  public static void notRun(Row row, String kernel, String tracer, String why) throws IOException {
    append(row, kernel, tracer, "not run", "", "", why);
  }

  private static synchronized void append(
      Row row,
      String kernel,
      String tracer,
      String result,
      String expected,
      String seen,
      String note)
      throws IOException {
    String line =
        String.join(
            "\t",
            row.name(),
            row.title(),
            kernel,
            tracer,
            result,
            expected,
            seen,
            note.substring(0, Math.min(LONGEST_NOTE, note.length())).replaceAll("\\s+", " "));
    Path file = Path.of("target", "truth-table.tsv");
    Files.createDirectories(Path.of("target"));
    Files.writeString(
        file,
        line + "\n",
        StandardCharsets.UTF_8,
        StandardOpenOption.CREATE,
        StandardOpenOption.APPEND);
  }
}
