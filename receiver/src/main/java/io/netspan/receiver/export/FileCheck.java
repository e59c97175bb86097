package io.netspan.receiver.export;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.netspan.config.BackendUrl;
import io.netspan.config.ConfigException;
import io.netspan.config.Spelling;
import io.opentelemetry.sdk.autoconfigure.declarativeconfig.model.OpenTelemetryConfigurationModel;
import java.lang.reflect.Method;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
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
  private static final String MODELS =
      OpenTelemetryConfigurationModel.class.getPackageName(); // and packages below it

  /** The root key that the specification leaves to others, such as other agents. */
  private static final String EXTENSIONS = "extensions";

  private static final Pattern REFERENCE =
      Pattern.compile("\\$\\{(?:(env|sys):)?([a-zA-Z_][a-zA-Z0-9_.]*)(?::-([^\\n}]*))?}");

  private static final String FORMAT = "file_format";
  private static final String EXPORTER = "exporter";
  private static final String MERGE = "<<";

  private final Path path;
  private final List<String> problems = new ArrayList<>();
  private final List<String> warnings = new ArrayList<>();

  /** A node with several aliases is checked once, since aliases can multiply without bound. */
  private final Set<Node> checked = Collections.newSetFromMap(new IdentityHashMap<>());

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
      new Compose(settings)
          .composeString(content)
          .ifPresent(root -> check.check(root, OpenTelemetryConfigurationModel.class, ""));
    } catch (MarkedYamlEngineException e) {
      check.problem(e.getProblemMark(), "this is not valid YAML: " + e.getProblem());
    } catch (YamlEngineException e) {
      check.problem(Optional.empty(), "this is not valid YAML: " + e.getMessage());
    }
    if (!check.problems.isEmpty()) {
      throw new ConfigException(check.problems);
    }
    return check.warnings;
  }

  private void check(Node node, Type type, String name) {
    if (isNull(node)) {
      requireExporter(node, Set.of(), keys(type, name), name);
      return;
    }
    if (!checked.add(node)) {
      return;
    }
    if (type instanceof ParameterizedType generic) {
      if (generic.getRawType() == List.class) {
        checkList(node, generic.getActualTypeArguments()[0], name);
      }
      return; // A map is a component's own and has any keys.
    }
    Class<?> plain = (Class<?>) type;
    if (isModel(plain)) {
      checkModel(node, plain, name);
    } else if (plain.isEnum()) {
      List<String> words = Arrays.stream(plain.getEnumConstants()).map(Object::toString).toList();
      checkScalar(node, name, words::contains, "write " + oneOf(words));
    } else if (plain == Integer.class || plain == Long.class) {
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
      check(list.getValue().get(i), element, name + "[" + i + "]");
    }
  }

  private void checkModel(Node node, Class<?> model, String name) {
    Map<String, Type> known = keys(model, name);
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
    boolean open = !FileRules.isUsed(name) && isOpen(model);
    for (NodeTuple entry : mapping.getValue()) {
      if (!open || known.containsKey(key(entry))) {
        checkEntry(entry, known, written, name);
      }
    }
    requireExporter(node, written, known, name);
    if (known.containsKey(FORMAT) && !written.contains(FORMAT)) {
      problem(node.getStartMark(), "there is no " + FORMAT + ": write " + FORMAT + ": '1.1'");
    }
  }

  private void checkEntry(
      NodeTuple entry, Map<String, Type> known, Set<String> written, String parent) {
    Node node = entry.getKeyNode();
    String key = key(entry);
    Type type = known.get(key);
    if (!written.add(key)) {
      problem(node.getStartMark(), "the key '" + key + "' is there twice: remove one");
    } else if (type != null) {
      check(entry.getValueNode(), type, parent.isEmpty() ? key : parent + "." + key);
    } else if (!key.equals(MERGE)) {
      unknown(node, parent, key, known);
    }
  }

  private static String key(NodeTuple entry) {
    return entry.getKeyNode() instanceof ScalarNode scalar ? scalar.getValue() : "";
  }

  /** The one key without which its parent is of no use. */
  private void requireExporter(
      Node node, Set<String> written, Map<String, Type> known, String name) {
    if (!FileRules.isUsed(name)) {
      return;
    }
    if (known.containsKey(EXPORTER) && !written.contains(EXPORTER) && !written.contains(MERGE)) {
      problem(
          node.getStartMark(),
          name + " has no exporter: write " + EXPORTER + ": with " + choice(known.get(EXPORTER)));
    } else if (name.endsWith("." + EXPORTER) && written.isEmpty()) {
      problem(node.getStartMark(), name + " is empty: write " + oneOf(List.copyOf(known.keySet())));
    }
  }

  private static String choice(@Nullable Type exporter) {
    return oneOf(exporter == null ? List.of() : List.copyOf(keys(exporter, EXPORTER).keySet()));
  }

  /** The specification permits any key at the root, and no other unknown key. */
  private void unknown(Node node, String parent, String key, Map<String, Type> known) {
    String remedy = known.isEmpty() ? "remove it" : "write " + suggestion(key, known);
    if (!parent.isEmpty()) {
      problem(node.getStartMark(), parent + " has no key '" + key + "': " + remedy);
    } else if (!key.equals(EXTENSIONS) && !key.startsWith("x-")) {
      warnings.add(at(node.getStartMark()) + "the key '" + key + "' has no effect: " + remedy);
    }
  }

  private void checkScalar(Node node, String name, Predicate<String> accepted, String remedy) {
    if (!(node instanceof ScalarNode scalar)) {
      problem(node.getStartMark(), name + " has several values: " + remedy);
      return;
    }
    String value = substituted(scalar.getValue());
    if (value.isEmpty()) {
      return; // As for the SDK, this is no value.
    }
    Optional<String> better =
        !accepted.test(value)
            ? Optional.of(remedy)
            : FileRules.isUsed(name) ? FileRules.remedy(name, value) : Optional.empty();
    better.ifPresent(write -> problem(node.getStartMark(), name + is(value) + write));
  }

  private void problem(Node node, String name, String remedy) {
    String is =
        node instanceof ScalarNode scalar
            ? is(scalar.getValue())
            : node instanceof SequenceNode ? " is a list: " : " has keys: ";
    problem(node.getStartMark(), name + is + remedy);
  }

  private static String is(String value) {
    return " is '" + BackendUrl.withoutUserInfo(value) + "': ";
  }

  /** The text with the values of the variables that it refers to. */
  private static String substituted(String text) {
    return REFERENCE
        .matcher(text)
        .replaceAll(
            reference -> {
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

  private static boolean isModel(Class<?> type) {
    return type.getPackageName().startsWith(MODELS) && !type.isEnum();
  }

  /** Whether the SDK takes any further key. */
  private static boolean isOpen(Class<?> model) {
    return Arrays.stream(model.getMethods())
        .anyMatch(method -> method.isAnnotationPresent(JsonAnyGetter.class));
  }

  /** The keys that the SDK reads into the class, with the types of their values. */
  private static Map<String, Type> keys(Type type, String name) {
    Map<String, Type> all = new TreeMap<>();
    if (!(type instanceof Class<?> model) || !isModel(model)) {
      return all;
    }
    for (Method method : model.getMethods()) {
      JsonProperty property = method.getAnnotation(JsonProperty.class);
      if (property != null
          && method.getParameterCount() == 0
          && (FileRules.isSupported(property.value()) || !FileRules.isUsed(name))) {
        all.put(property.value(), method.getGenericReturnType());
      }
    }
    return all;
  }

  private static String example(Map<String, Type> known) {
    return known.containsKey(FORMAT) ? FORMAT + ":" : known.keySet().iterator().next() + ":";
  }

  private static String suggestion(String key, Map<String, Type> known) {
    return Spelling.closest(key, known.keySet())
        .orElseGet(() -> oneOf(List.copyOf(known.keySet())));
  }

  private static String oneOf(List<String> words) {
    return words.size() == 1
        ? words.getFirst()
        : words.stream().limit(words.size() - 1L).collect(Collectors.joining(", "))
            + " or "
            + words.getLast();
  }

  private static boolean isInteger(String text) {
    return text.matches("[-+]?\\d{1,18}|0[xo][0-9a-fA-F]{1,15}");
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
