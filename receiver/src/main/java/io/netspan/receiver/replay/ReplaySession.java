package io.netspan.receiver.replay;

import io.netspan.linux.clock.BootClock;
import io.netspan.receiver.source.Loss;
import io.netspan.receiver.source.Session;
import io.netspan.receiver.source.Turn;
import io.netspan.receiver.tcp.ConnectionTracker;
import io.netspan.receiver.wire.EventDecoder;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Plays a tape at a pace that leaves the exporters time to keep up. */
final class ReplaySession implements Session {
  private static final long PAUSE_NS = TimeUnit.MILLISECONDS.toNanos(8);

  private final Tape tape;
  private final int times;
  private final ConnectionTracker tracker;
  private final EventDecoder decoder;
  private final Turn turn;
  private volatile boolean stopping;

  ReplaySession(Tape tape, int times, ConnectionTracker tracker, Turn turn) {
    this.tape = tape;
    this.times = times;
    this.tracker = tracker;
    this.decoder = new EventDecoder(tracker); // that of the kernel programs counts theirs only
    this.turn = turn;
  }

  @Override
  public void run() {
    for (int i = 0; i < times && !stopping; i++) {
      turn.run(this::play);
      LockSupport.parkNanos(this, PAUSE_NS);
    }
  }

  private void play() {
    tape.playTo(decoder, BootClock.nanos());
    tracker.reportEnds(BootClock.nanos());
  }

  @Override
  public void stop() {
    stopping = true;
  }

  @Override
  public void finish() {
    // A tape ends all connections that it begins.
  }

  @Override
  public List<Loss> losses() {
    return List.of();
  }

  @Override
  public String describe() {
    return "recorded events, " + times + " times " + tape.length();
  }

  @Override
  public void close() {
    stop();
  }
}
