package io.netspan.receiver.output;

import java.util.logging.LogManager;

/**
 * Keeps the log handlers until the process ends. The default manager removes them in its own
 * shutdown hook, while the agent still has to log what it could not export.
 */
public final class AgentLogManager extends LogManager {
  @Override
  public void reset() {}
}
