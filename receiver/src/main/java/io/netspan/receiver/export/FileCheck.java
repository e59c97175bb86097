package io.netspan.receiver.export;

import io.netspan.config.BackendUrl;
import io.netspan.config.ConfigException;
import io.netspan.config.Spelling;
import io.opentelemetry.sdk.autoconfigure.declarativeconfig.model.OpenTelemetryConfigurationModel;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;
import org.snakeyaml.engine.v2.schema.CoreSchema;

/**
 * Compares a configuration file with the classes into which the SDK reads it, since the SDK's own
 * errors have no line, end at the first problem and name Java's classes. What the SDK's components
 * demand beyond that is left to the SDK.
 */
final class FileCheck {
  /** The root key that the specification leaves to others, such as other agents. */
  private static final String EXTENSIONS = "extensions";

  /** A reference to a variable, or two dollar signs, which stand for one. */
  private static final Pattern REFERENCE =
      Pattern.compile("\\$\\$|\\$\\{(?:(env|sys):)?([a-zA-Z_][a-zA-Z0-9_.]*)(?::-([^\\n}]*))?}");

  /** The query of a URL, which can have a token. */
  private static final Pattern QUERY = Pattern.compile("^(https?://[^?#]*[?#]).*");

  private static final Pattern CONTROL = Pattern.compile("\\p{Cntrl}");

  private static final String FORMAT = "file_format";
  private static final String MERGE = "<<";
  private static final int MOST_PROBLEMS = 20;
  private static final int MOST_SHOWN = 100;

  private final Path path;
  private final List<String> problems = new ArrayList<>();
  private final List<String> warnings = new ArrayList<>();

  /** A node with several aliases is checked once as each type: aliases multiply without bound. */
  private final IdentityHashMap<Node, Set<Type>> checked = new IdentityHashMap<>();

  private FileCheck(Path path) {
    this.path = path;
  }

  /**
   * Checks the content of the file.
   *
   * @return what the user should know, a sentence each
   * @throws ConfigException with all problems
   */
  static List<String> warnings(Path path, String content) {
    FileCheck check = new FileCheck(path);
    LoadSettings settings = LoadSettings.builder().setSchema(new CoreSchema()).build();
    try {
      FileNesting.check(settings, content);
      new Compose(settings)
          .composeString(content)
          .filter(root -> !isNull(root))
          .ifPresent(root -> check.check(root, OpenTelemetryConfigurationModel.class, ""));
    } catch (FileNesting.Unusable e) {
      check.problem(e.getProblemMark(), e.getProblem());
    } catch (MarkedYamlEngineException e) {
      check.problem(e.getProblemMark(), "this is not valid YAML: " + e.getProblem());
    } catch (YamlEngineException e) {
      check.problem(Optional.empty(), "this is not valid YAML: " + e.getMessage());
    }
    if (!check.problems.isEmpty()) {
      throw new ConfigException(bounded(check.problems));
    }
    return check.warnings;
  }

  private static List<String> bounded(List<String> problems) {
    if (problems.size() <= MOST_PROBLEMS) {
      return problems;
    }
    List<String> first = new ArrayList<>(problems.subList(0, MOST_PROBLEMS));
    first.add("and " + (problems.size() - MOST_PROBLEMS) + " more");
    return first;
  }

  private void check(Node node, Type type, String name) {
    if (isNull(node)) {
      require(node, Set.of(), Set.of(), type, name);
      return;
    }
    if (!checked.computeIfAbsent(node, _ -> new HashSet<>()).add(type)) {
      return;
    }
    if (type instanceof ParameterizedType generic) {
      if (generic.getRawType() == List.class) {
        checkList(node, generic.getActualTypeArguments()[0], name);
      }
      return; // A map is a component's own and has any keys.
    }
    Class<?> plain = (Class<?>) type;
    if (FileModels.isModel(plain)) {
      checkModel(node, plain, name);
    } else if (plain.isEnum()) {
      List<String> words = Arrays.stream(plain.getEnumConstants()).map(Object::toString).toList();
      checkScalar(node, name, words::contains, "write " + oneOf(words));
    } else if (plain == Integer.class) {
      checkScalar(node, name, FileCheck::isInteger, "write a whole number");
    } else if (plain == Double.class) {
      checkScalar(node, name, FileCheck::isNumber, "write a number");
    } else if (plain == Boolean.class) {
      checkScalar(node, name, FileCheck::isBoolean, "write true or false");
    } else if (plain == String.class) {
      checkScalar(node, name, _ -> true, "write a text");
    }
  }

  private void checkList(Node node, Type element, String name) {
    if (!(node instanceof SequenceNode list)) {
      problem(node, name, "write a list, each item after a hyphen");
      return;
    }
    for (int i = 0; i < list.getValue().size(); i++) {
      Node item = list.getValue().get(i);
      String place = name + "[" + i + "]";
      if (isNull(item) && FileRules.isUsed(name)) {
        problem(item.getStartMark(), place + " is empty: remove the item, or write its value");
      } else {
        check(item, element, place);
      }
    }
  }

  private void checkModel(Node node, Class<?> model, String name) {
    Map<String, Type> known = FileModels.keys(model, name);
    if (!(node instanceof MappingNode mapping)) {
      String remedy =
          known.isEmpty()
              ? "write nothing here"
              : "write keys and values, such as " + example(known);
      problem(node, name.isEmpty() ? "the file" : name, remedy);
      return;
    }
    Set<String> written = new HashSet<>();
    // What is for applications may have components that only they have.
    boolean open = !FileRules.isUsed(name) && FileModels.isOpen(model);
    for (NodeTuple entry : mapping.getValue()) {
      if (!open || known.containsKey(key(entry))) {
        checkEntry(entry, known, written, name);
      }
    }
    require(node, written, unset(mapping), model, name);
  }

  private static Set<String> unset(MappingNode mapping) {
    return mapping.getValue().stream()
        .filter(entry -> isNull(entry.getValueNode()))
        .map(FileCheck::key)
        .collect(Collectors.toSet());
  }

  private void checkEntry(
      NodeTuple entry, Map<String, Type> known, Set<String> written, String parent) {
    Node node = entry.getKeyNode();
    String key = key(entry);
    Type type = known.get(key);
    if (!written.add(key)) {
      problem(node.getStartMark(), "the key '" + shown(key) + "' is there twice: remove one");
    } else if (type != null) {
      check(entry.getValueNode(), type, parent.isEmpty() ? key : parent + "." + key);
    } else if (!key.equals(MERGE)) {
      unknown(node, parent, key, known);
    }
  }

  private static String key(NodeTuple entry) {
    return entry.getKeyNode() instanceof ScalarNode scalar ? scalar.getValue() : "";
  }

  /** Checks that what the parent cannot do without is there, and one of a choice only. */
  private void require(Node node, Set<String> written, Set<String> unset, Type type, String name) {
    if (!FileRules.isUsed(name) || written.contains(MERGE)) {
      return;
    }
    Map<String, Type> known = FileModels.keys(type, name);
    String place = name.isEmpty() ? "there is" : name + " has";
    for (String key : FileModels.required(type)) {
      if (!written.contains(key) || (unset.contains(key) && !FileModels.isChoice(known.get(key)))) {
        problem(node.getStartMark(), place + " no " + key + ": write " + form(key, known));
      }
    }
    if (FileModels.isChoice(type) && written.size() != 1) {
      String what =
          written.isEmpty()
              ? " is empty: write " + oneOf(known.keySet())
              : " has " + written.size() + " keys: keep one of them";
      problem(node.getStartMark(), name + what);
    }
  }

  private static String form(String key, Map<String, Type> known) {
    Type type = known.get(key);
    return key.equals(FORMAT)
        ? FORMAT + ": '1.1'"
        : type != null && FileModels.isChoice(type)
            ? key + ": with " + oneOf(FileModels.keys(type, key).keySet())
            : key + ":";
  }

  /** The specification permits any key at the root, and no other unknown key. */
  private void unknown(Node node, String parent, String key, Map<String, Type> known) {
    String remedy = known.isEmpty() ? "remove it" : "write " + suggestion(key, known);
    if (!parent.isEmpty()) {
      problem(node.getStartMark(), parent + " has no key '" + shown(key) + "': " + remedy);
    } else if (!key.equals(EXTENSIONS) && !key.startsWith("x-")) {
      warnings.add(
          at(node.getStartMark()) + "the key '" + shown(key) + "' has no effect: " + remedy);
    }
  }

  private void checkScalar(Node node, String name, Predicate<String> accepted, String remedy) {
    if (!(node instanceof ScalarNode scalar)) {
      problem(node.getStartMark(), name + " has several values: " + remedy);
      return;
    }
    String value = substituted(scalar.getValue());
    if (value.isEmpty() && (scalar.isPlain() || !name.endsWith(".endpoint"))) {
      return; // As for the SDK, this is no value.
    }
    Optional<String> better =
        !accepted.test(value)
            ? Optional.of(remedy)
            : FileRules.isUsed(name) ? FileRules.remedy(name, value) : Optional.empty();
    String is = FileRules.isSecret(name) ? " (not shown) is wrong: " : is(value);
    better.ifPresent(write -> problem(node.getStartMark(), name + is + write));
  }

  private void problem(Node node, String name, String remedy) {
    String is =
        node instanceof ScalarNode scalar
            ? is(scalar.getValue())
            : node instanceof SequenceNode ? " is a list: " : " has keys: ";
    problem(node.getStartMark(), name + is + remedy);
  }

  private static String is(String value) {
    String safe = QUERY.matcher(BackendUrl.withoutUserInfo(value)).replaceFirst("$1...");
    return " is '" + shown(safe) + "': ";
  }

  /** A text of any length and content, as a part of a line. */
  private static String shown(String text) {
    String line = CONTROL.matcher(text).replaceAll("?");
    return line.length() <= MOST_SHOWN ? line : line.substring(0, MOST_SHOWN) + "...";
  }

  /** The text with the values of the variables that it refers to. */
  private static String substituted(String text) {
    return REFERENCE
        .matcher(text)
        .replaceAll(
            reference -> {
              if (reference.group(2) == null) {
                return Matcher.quoteReplacement("$");
              }
              String name = reference.group(2);
              String value =
                  "sys".equals(reference.group(1)) ? System.getProperty(name) : System.getenv(name);
              String fallback = reference.group(3) == null ? "" : reference.group(3);
              return Matcher.quoteReplacement(value == null || value.isEmpty() ? fallback : value);
            });
  }

  private void problem(Optional<Mark> mark, String text) {
    problems.add(at(mark) + text);
  }

  private String at(Optional<Mark> mark) {
    return path + mark.map(where -> ":" + (where.getLine() + 1)).orElse("") + ": ";
  }

  private static boolean isNull(Node node) {
    return Tag.NULL.equals(node.getTag());
  }

  private static String example(Map<String, Type> known) {
    return known.containsKey(FORMAT) ? FORMAT + ":" : known.keySet().iterator().next() + ":";
  }

  private static String suggestion(String key, Map<String, Type> known) {
    return Spelling.closest(key, known.keySet()).orElseGet(() -> oneOf(known.keySet()));
  }

  private static String oneOf(Collection<String> all) {
    List<String> words = List.copyOf(all);
    return words.size() == 1
        ? words.getFirst()
        : words.stream().limit(words.size() - 1L).collect(Collectors.joining(", "))
            + " or "
            + words.getLast();
  }

  private static boolean isInteger(String text) {
    try {
      Integer.parseInt(text);
      return true;
    } catch (NumberFormatException e) {
      return text.matches("0o[0-7]{1,10}|0x[0-9a-fA-F]{1,7}");
    }
  }

  private static boolean isNumber(String text) {
    try {
      return !Double.isNaN(Double.parseDouble(text));
    } catch (NumberFormatException e) {
      return isInteger(text);
    }
  }

  private static boolean isBoolean(String text) {
    return text.equalsIgnoreCase("true") || text.equalsIgnoreCase("false");
  }
}
