package io.netspan.receiver.tcp;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** Keeps copies of the reported connections, because they are only lent to the listener. */
public final class Recorder implements ConnectionListener {
  private static final List<Field> FIELDS =
      Stream.of(ConnectionFacts.class, Connection.class)
          .flatMap(type -> Arrays.stream(type.getDeclaredFields()))
          .filter(field -> !Modifier.isStatic(field.getModifiers()))
          .peek(field -> field.setAccessible(true))
          .toList();

  final List<Connection> opened = new ArrayList<>();
  final List<Connection> changed = new ArrayList<>();
  final List<Connection> refreshed = new ArrayList<>();
  final List<Connection> closed = new ArrayList<>();

  @Override
  public void opened(Connection connection) {
    opened.add(copy(connection));
  }

  @Override
  public void changed(Connection connection) {
    changed.add(copy(connection));
  }

  @Override
  public void refreshed(Connection connection) {
    refreshed.add(copy(connection));
  }

  @Override
  public void closed(Connection connection) {
    closed.add(copy(connection));
  }

  /** Copies by reflection, so that no field is forgotten. */
  private static Connection copy(Connection of) {
    try {
      Connection copy = new Connection(of.owner());
      for (Field field : FIELDS) {
        field.set(copy, field.get(of));
      }
      return copy;
    } catch (ReflectiveOperationException e) {
      throw new LinkageError(e.getMessage(), e);
    }
  }
}
