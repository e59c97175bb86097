package report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

/**
 * A question of docs/backends.md and its query.
 *
 * @param title the question
 * @param remark what the document says between the question, or its query before, and this one
 */
record Question(String title, String remark, String promql) {
  private static final Pattern SECTION =
      Pattern.compile("(?s)\\*\\*([^*]+\\?)\\*\\*(.*?)(?=\\*\\*[^*]+\\?\\*\\*|\n## |\\z)");
  private static final Pattern QUERY = Pattern.compile("(?s)(.*?)\n```promql\n(.*?)\n```");
  private static final Pattern SPACE = Pattern.compile("\\s+");

  /** The document's range of rates. */
  private static final String RANGE = "[5m]";

  private static final int RANGE_SECONDS = 300;

  static List<Question> of(Path document) throws IOException {
    List<Question> questions =
        SECTION
            .matcher(Files.readString(document))
            .results()
            .flatMap(
                section ->
                    QUERY
                        .matcher(section.group(2))
                        .results()
                        .map(
                            query ->
                                new Question(
                                    section.group(1),
                                    SPACE.matcher(query.group(1).strip()).replaceAll(" "),
                                    query.group(2).strip())))
            .toList();
    if (questions.isEmpty()) {
      throw new IOException("no query is in " + document);
    }
    return questions;
  }

  /**
   * The query for what is younger than the document's range: its rates are those since the start.
   */
  String promql(int ageSeconds) {
    return ageSeconds < RANGE_SECONDS ? promql.replace(RANGE, "[" + ageSeconds + "s]") : promql;
  }

  /** The query on one line. */
  String line(int ageSeconds) {
    return SPACE.matcher(promql(ageSeconds)).replaceAll(" ");
  }
}
