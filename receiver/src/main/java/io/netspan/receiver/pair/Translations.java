package io.netspan.receiver.pair;

import io.netspan.receiver.tcp.Connection;
import io.netspan.receiver.tcp.Translation;
import org.jspecify.annotations.Nullable;

/** Finds out where the kernel sends connections whose other end is not on this machine. */
@FunctionalInterface
public interface Translations {
  /** Finds out nothing. */
  Translations NONE = _ -> null;

  /**
   * Begins to find out. Called with the turn, so it does not wait.
   *
   * @return null if this connection is not asked about
   */
  @Nullable Translation ask(Connection client);
}
