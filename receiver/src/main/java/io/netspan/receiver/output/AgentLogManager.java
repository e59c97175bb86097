package io.netspan.receiver.output;

import java.util.logging.LogManager;

/**
 * Keeps the log until the process ends: the stock manager takes its handlers away in a shutdown
 * hook of its own, while the agent still has to say what it could not export.
 */
public final class AgentLogManager extends LogManager {
  @Override
  public void reset() {}
}
