package io.netspan.enrich.container;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * The API of one runtime behind one socket. Calls block, each within a few seconds except {@link
 * #watch}; they may be made by several threads.
 */
public interface RuntimeApi extends AutoCloseable {

  /**
   * Passes on what happens until the runtime ends the stream or {@link #close} is called. Called by
   * one thread, again after each end; what happened between two calls is passed on where the
   * runtime still has it.
   */
  void watch(RuntimeEvents to) throws IOException;

  /** A container by its whole id; null if the runtime has none. */
  @Nullable ContainerDetails container(String id) throws IOException;

  /**
   * An image by its id, or by the name that a container was made with; null if the runtime has
   * none.
   */
  @Nullable ContainerImage image(String reference) throws IOException;

  /** Ends all calls. */
  @Override
  void close();
}
