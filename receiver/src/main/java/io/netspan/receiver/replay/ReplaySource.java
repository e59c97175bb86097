package io.netspan.receiver.replay;

import io.netspan.receiver.source.Session;
import io.netspan.receiver.source.Source;
import io.netspan.receiver.source.Start;
import io.netspan.receiver.source.Turn;
import io.netspan.receiver.tcp.ConnectionTracker;

/**
 * Plays recorded events, and ends.
 *
 * @param times how often the tape is played
 */
public record ReplaySource(int times, ConnectionTracker tracker, Turn turn) implements Source {

  @Override
  public String name() {
    return "recorded events";
  }

  @Override
  public Session start(Start how) {
    return new ReplaySession(Tape.load(), times, tracker, turn);
  }
}
