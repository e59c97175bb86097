import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.xml.sax.SAXException;

/**
 * Reads the reports that Surefire wrote, prints the truth table, says what was skipped and why and
 * what failed, and ends with one line of counts.
 *
 * <p>Arguments: {@code --check NAME passed|failed|skipped MESSAGE}, as often as needed, for what is
 * no JUnit test. That no test ran counts as a failure, and so does, where {@code CI} is {@code
 * true} or {@code NETSPAN_STRICT} is {@code 1}, a skip that is not in the list of those allowed.
 * Exits with 1 if anything failed.
 */
final class TestSummary {
  private static final Path ALLOWED_SKIPS = Path.of(".ci/allowed-skips");
  private static final int LONGEST_MESSAGE = 400;

  private int passed;
  private int testsRun;
  private int skippedCount;
  private int failedCount;
  private final TreeMap<String, String> skipped = new TreeMap<>();
  private final TreeMap<String, String> failed = new TreeMap<>();

  public static void main(String[] args) throws Exception {
    TestSummary summary = new TestSummary();
    summary.readReports();
    summary.readArguments(args);
    boolean strict =
        "true".equals(System.getenv("CI")) || "1".equals(System.getenv("NETSPAN_STRICT"));
    System.exit(summary.print(strict) ? 0 : 1);
  }

  private void readArguments(String[] args) {
    for (int i = 0; i < args.length; i += 4) {
      if (!args[i].equals("--check")) {
        throw new IllegalArgumentException("unknown argument " + args[i]);
      }
      count(args[i + 2], args[i + 1], args[i + 3]);
    }
  }

  private void readReports() throws IOException, ParserConfigurationException {
    DocumentBuilderFactory factory = DocumentBuilderFactory.newDefaultInstance();
    factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
    // A test that fails can print more than the JDK's limit for a text.
    factory.setAttribute("jdk.xml.maxGeneralEntitySizeLimit", "0");
    factory.setAttribute("jdk.xml.totalEntitySizeLimit", "0");
    DocumentBuilder parser = factory.newDocumentBuilder();
    parser.setErrorHandler(null);
    try (var modules = Files.newDirectoryStream(Path.of("."))) {
      for (Path module : modules) {
        Path reports = module.resolve("target/surefire-reports");
        if (Files.isDirectory(reports)) {
          try (var files = Files.newDirectoryStream(reports, "TEST-*.xml")) {
            for (Path file : files) {
              readReport(parser, file);
            }
          }
        }
      }
    }
  }

  private void readReport(DocumentBuilder parser, Path file) throws IOException {
    try {
      var tests = parser.parse(file.toFile()).getElementsByTagName("testcase");
      for (int i = 0; i < tests.getLength(); i++) {
        readTest((Element) tests.item(i));
      }
    } catch (SAXException e) {
      count(
          "failed",
          file.toString(),
          "cannot be read, since a JVM died while writing it: " + e.getMessage());
    }
  }

  private void readTest(Element test) {
    // A class that was skipped as a whole stands there as a test without a name.
    String method = test.getAttribute("name").isEmpty() ? "*" : test.getAttribute("name");
    String name = test.getAttribute("classname") + "#" + method;
    String outcome = "passed";
    String message = "";
    for (Node child = test.getFirstChild(); child != null; child = child.getNextSibling()) {
      if (child instanceof Element element) {
        switch (element.getTagName()) {
          case "failure", "error" -> {
            outcome = "failed";
            message = message(element);
          }
          case "skipped" -> {
            outcome = "skipped";
            message = message(element);
          }
          default -> {} // what it printed, and how long it took
        }
      }
    }
    if (!outcome.equals("skipped")) {
      testsRun++;
    }
    count(outcome, name, message);
  }

  private void count(String outcome, String name, String message) {
    switch (outcome) {
      case "passed" -> passed++;
      case "failed" -> {
        failedCount++;
        failed.merge(name, message, (first, second) -> first + "; " + second);
      }
      case "skipped" -> {
        skippedCount++;
        skipped.merge(name, message, (first, second) -> first + "; " + second);
      }
      default -> throw new IllegalArgumentException("unknown outcome " + outcome);
    }
  }

  /** In one line: the message, or, where JUnit gave none, the first line of the stack trace. */
  private static String message(Element element) {
    String message = element.getAttribute("message");
    if (message.isBlank()) {
      message = element.getTextContent().strip().lines().findFirst().orElse("no reason given");
    }
    message =
        message
            .replaceFirst("^org\\.opentest4j\\.TestAbortedException: ", "")
            .replaceFirst("^Assumption failed: ", "")
            .strip()
            .replaceAll("\\s*\\R\\s*", " | ");
    return message.length() <= LONGEST_MESSAGE
        ? message
        : message.substring(0, LONGEST_MESSAGE) + "...";
  }

  /** Returns whether all is well. */
  private boolean print(boolean strict) throws IOException, ReflectiveOperationException {
    Set<String> allowed = allowedSkips();
    Set<String> unused = new TreeSet<>(allowed);
    for (String name : skipped.keySet()) {
      // A parameterized test is allowed as a whole, and so may be a class.
      List<String> entries =
          List.of(name, name.replaceFirst("[(\\[{].*", ""), name.replaceFirst("#.*", "#*"));
      unused.removeAll(entries);
      if (strict && Collections.disjoint(allowed, entries)) {
        count(
            "failed",
            name,
            "was skipped, which must not happen here unless " + ALLOWED_SKIPS + " names it");
      }
    }
    if (testsRun == 0) {
      count("failed", "tests", "none ran: see above what Maven did instead");
      unused.clear();
    }

    new TruthTable().print();
    System.out.println();
    print("Skipped:", skipped);
    print("Failed:", failed);
    for (String name : unused) {
      System.out.printf(
          "Note: %s names %s, which was not skipped this time.%n", ALLOWED_SKIPS, name);
    }
    System.out.println();
    System.out.printf("%d passed, %d failed, %d skipped%n", passed, failedCount, skippedCount);
    return failedCount == 0;
  }

  private static void print(String title, TreeMap<String, String> outcomes) {
    if (!outcomes.isEmpty()) {
      System.out.println(title);
      outcomes.forEach((name, message) -> System.out.printf("  %s: %s%n", name, message));
    }
  }

  private static Set<String> allowedSkips() throws IOException {
    Set<String> names = new TreeSet<>();
    if (Files.exists(ALLOWED_SKIPS)) {
      for (String line : Files.readAllLines(ALLOWED_SKIPS)) {
        if (!line.isBlank() && !line.startsWith("#")) {
          names.add(line.strip().split("\\s+", 2)[0]);
        }
      }
    }
    return names;
  }

  /** What the tests wrote about each row, and the rows about which none did. */
  private static final class TruthTable {
    /** The enum of all rows; on the class path, if the tests were compiled. */
    private static final String ROWS = "io.netspan.it.truth.Row";

    private static final List<Path> RESULTS =
        List.of(
            Path.of("integration-tests/target/truth-table.tsv"),
            Path.of("integration-tests/fuzz/target/truth-table.tsv"));
    private static final List<String> TITLE =
        List.of("row", "what happens", "kernel", "tracer", "result", "expected", "seen", "note");
    private static final int COLUMNS = TITLE.size();

    void print() throws IOException, ReflectiveOperationException {
      List<List<String>> lines = new ArrayList<>();
      lines.add(TITLE);
      List<List<String>> results = results();
      Class<?> rows;
      try {
        rows = Class.forName(ROWS);
      } catch (ClassNotFoundException e) {
        System.out.println("No truth table: the integration tests were not compiled.");
        return;
      }
      for (Object row : rows.getEnumConstants()) {
        String name = ((Enum<?>) row).name();
        String title = (String) rows.getMethod("title").invoke(row);
        List<List<String>> own =
            results.stream().filter(one -> one.getFirst().equals(name)).toList();
        lines.addAll(own.isEmpty() ? List.of(notRun(name, title)) : own);
      }
      int[] widths = new int[COLUMNS];
      lines.forEach(line -> widen(widths, line));
      System.out.println();
      lines.forEach(line -> System.out.println(aligned(widths, line)));
    }

    private static List<List<String>> results() throws IOException {
      List<List<String>> all = new ArrayList<>();
      for (Path file : RESULTS) {
        if (Files.exists(file)) {
          Files.readAllLines(file).stream()
              .map(line -> List.of(line.split("\t", COLUMNS)))
              .filter(line -> line.size() == COLUMNS)
              .forEach(all::add);
        }
      }
      return all;
    }

    private static List<String> notRun(String row, String title) {
      return List.of(row, title, "-", "-", "not run", "-", "-", "no test ran it: see what was skipped");
    }

    private static void widen(int[] widths, List<String> line) {
      for (int i = 0; i < COLUMNS; i++) {
        widths[i] = Math.max(widths[i], line.get(i).length());
      }
    }

    private static String aligned(int[] widths, List<String> line) {
      StringBuilder text = new StringBuilder();
      for (int i = 0; i < COLUMNS; i++) {
        text.append(line.get(i));
        text.repeat(' ', i + 1 < COLUMNS ? widths[i] + 2 - line.get(i).length() : 0);
      }
      return text.toString().stripTrailing();
    }
  }
}
