package io.netspan.receiver.export;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.common.Anchor;
import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.CollectionEndEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.NodeEvent;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;

/**
 * Finds values that are nested too deeply, or that contain themselves by an alias. The SDK and the
 * parser's own nodes follow both by recursion, until the stack overflows; the parser's events do
 * not.
 */
final class FileNesting {
  private static final int DEEPEST = 100;

  private final Deque<Optional<Anchor>> open = new ArrayDeque<>();
  private final Set<Anchor> openAnchors = new HashSet<>();

  private FileNesting() {}

  /**
   * Checks the text.
   *
   * @throws MarkedYamlEngineException if it is not valid YAML, or with the place where it cannot be
   *     used
   */
  static void check(LoadSettings settings, String content) {
    FileNesting nesting = new FileNesting();
    new Parse(settings).parseString(content).forEach(nesting::next);
  }

  private void next(Event event) {
    switch (event) {
      case AliasEvent alias when openAnchors.contains(alias.getAlias()) ->
          throw new Unusable(event, "*" + alias.getAlias() + " contains itself: write its value");
      case CollectionStartEvent start -> {
        open.push(start.getAnchor());
        start.getAnchor().ifPresent(openAnchors::add);
        if (open.size() > DEEPEST) {
          throw new Unusable(event, "there are more than " + DEEPEST + " levels: write fewer");
        }
      }
      case CollectionEndEvent _ -> open.pop().ifPresent(openAnchors::remove);
      // From here on the anchor is that of another value.
      case NodeEvent node when !(node instanceof AliasEvent) ->
          node.getAnchor().ifPresent(openAnchors::remove);
      default -> {}
    }
  }

  /** The YAML is right, and yet cannot be used. */
  static final class Unusable extends MarkedYamlEngineException {
    private static final long serialVersionUID = 1;

    Unusable(Event at, String problem) {
      super("", Optional.empty(), problem, at.getStartMark());
    }
  }
}
