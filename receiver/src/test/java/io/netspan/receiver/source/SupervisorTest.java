package io.netspan.receiver.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** Handling of sources that are unavailable and of sessions that fail. */
class SupervisorTest {
  private static final long MINUTE = TimeUnit.MINUTES.toNanos(1);

  private final List<String> log = new ArrayList<>();
  private final Deque<RuntimeException> failures = new ArrayDeque<>();
  private long nowNs = 1;
  private long lateness;

  /** Throws the next queued failure when it is run, or else returns as if it had been stopped. */
  private final class Fake implements Session {
    private final String kind;

    Fake(String kind, Start how) {
      this.kind = kind;
      log.add(kind + (how == Start.AGAIN ? " again" : ""));
    }

    @Override
    public void run() {
      nowNs += lateness;
      RuntimeException failure = failures.poll();
      if (failure != null) {
        throw failure;
      }
      log.add("ran");
    }

    @Override
    public void stop() {
      log.add("stopped");
    }

    @Override
    public void finish() {
      log.add("finished");
    }

    @Override
    public void giveUp() {
      log.add("given up");
    }

    @Override
    public List<Loss> losses() {
      return List.of(new Loss("kernel", kind, 7));
    }

    @Override
    public String describe() {
      return kind;
    }

    @Override
    public void close() {
      log.add("closed");
    }
  }

  private enum Choice {
    KERNEL,
    POLL,
    BOTH
  }

  private record FakeSource(String name, Function<Start, Session> starts) implements Source {
    @Override
    public Session start(Start how) {
      return starts.apply(how);
    }
  }

  private Source fake(String kind) {
    return new FakeSource(kind, how -> new Fake(kind, how));
  }

  private static Source refusing() {
    return new FakeSource(
        "bpf",
        _ -> {
          throw new SourceUnavailableException("no");
        });
  }

  private Supervisor supervise(Choice choice) {
    return supervise(
        Need.REQUIRED,
        switch (choice) {
          case KERNEL -> List.of(fake("bpf"));
          case POLL -> List.of(fake("poll"));
          case BOTH -> List.of(fake("bpf"), fake("poll"));
        });
  }

  private Supervisor supervise(Need need, List<Source> ways) {
    return new Supervisor("tracer", need, ways, new Turn(), () -> nowNs);
  }

  private static long count(Supervisor supervisor, String stage, String reason) {
    return supervisor.losses().stream()
        .filter(loss -> loss.stage().equals(stage) && loss.reason().equals(reason))
        .mapToLong(Loss::count)
        .sum();
  }

  @Test
  void aStoppedSessionIsNotReplaced() {
    supervise(Choice.BOTH).run();

    assertThat(log).containsExactly("bpf", "ran");
  }

  @Test
  void aFailedSessionIsStartedAgain() {
    failures.add(new IllegalStateException("the ring is gone"));
    Supervisor supervisor = supervise(Choice.BOTH);
    supervisor.run();

    assertThat(log).containsExactly("bpf", "closed", "bpf again", "ran");
    assertThat(count(supervisor, "tracer", "restarted")).isEqualTo(1);
    assertThat(count(supervisor, "kernel", "bpf")).as("losses of both sessions").isEqualTo(14);
  }

  @Test
  void aSecondFailureWithinAMinuteFallsBackToPolling() {
    lateness = MINUTE - 1;
    failures.add(new IllegalStateException("the ring is gone"));
    failures.add(new IllegalStateException("and again"));
    Supervisor supervisor = supervise(Choice.BOTH);
    supervisor.run();

    assertThat(log).containsExactly("bpf", "closed", "bpf again", "closed", "poll again", "ran");
    assertThat(count(supervisor, "tracer", "restarted")).isEqualTo(1);
    assertThat(count(supervisor, "tracer", "fell_back")).isEqualTo(1);
  }

  @Test
  void aFailureAMinuteAfterTheFirstRestartsTheSameSource() {
    lateness = MINUTE;
    failures.add(new IllegalStateException("the ring is gone"));
    failures.add(new IllegalStateException("and again"));
    Supervisor supervisor = supervise(Choice.BOTH);
    supervisor.run();

    assertThat(log).containsExactly("bpf", "closed", "bpf again", "closed", "bpf again", "ran");
    assertThat(count(supervisor, "tracer", "fell_back")).isZero();
  }

  @Test
  void aSecondFailureOfTheOnlySourceIsThrown() {
    failures.add(new IllegalStateException("the ring is gone"));
    failures.add(new IllegalStateException("and again"));

    assertThatThrownBy(() -> supervise(Choice.KERNEL).run()).hasMessage("and again");
    assertThat(log).containsExactly("bpf", "closed", "bpf again", "closed");
  }

  @Test
  void aSecondFailureOfPollingIsThrownAndLossesAreCountedOnce() {
    failures.add(new IllegalStateException("no netlink"));
    failures.add(new IllegalStateException("still none"));
    Supervisor supervisor = supervise(Choice.POLL);

    assertThatThrownBy(supervisor::run).hasMessage("still none");
    supervisor.stop();
    supervisor.finish(/* returned= */ true);
    supervisor.close();
    assertThat(log).containsExactly("poll", "closed", "poll again", "closed");
    assertThat(count(supervisor, "kernel", "poll"))
        .as("losses, with each session counted once")
        .isEqualTo(14);
  }

  @Test
  void anOptionalSourceThatFailsTwiceIsSwitchedOff() {
    failures.add(new IllegalStateException("a map is gone"));
    failures.add(new IllegalStateException("and again"));
    Supervisor supervisor = supervise(Need.OPTIONAL, List.of(fake("udp")));
    supervisor.run();

    assertThat(log).containsExactly("udp", "closed", "udp again", "closed");
    assertThat(supervisor.describe()).isEmpty();
    assertThat(count(supervisor, "kernel", "udp")).isEqualTo(14);
  }

  /** Starts once, and then has a fault that does not mean that it is unavailable. */
  private Source faultyAgain(String kind) {
    return new FakeSource(
        kind,
        how -> {
          if (how == Start.AGAIN) {
            throw new IllegalStateException("a fault");
          }
          return new Fake(kind, how);
        });
  }

  @Test
  void anOptionalSourceThatCannotBeStartedAgainIsSwitchedOff() {
    failures.add(new IllegalStateException("a map is gone"));
    Supervisor supervisor = supervise(Need.OPTIONAL, List.of(faultyAgain("udp")));
    supervisor.run();

    assertThat(log).containsExactly("udp", "closed");
    assertThat(supervisor.describe()).isEmpty();
    assertThat(count(supervisor, "tracer", "restarted")).isEqualTo(1);
  }

  @Test
  void aSupersededOptionalSourceThatCannotBeStartedAgainIsSwitchedOff() {
    failures.add(new SupersededException("another tracer"));
    Supervisor supervisor = supervise(Need.OPTIONAL, List.of(faultyAgain("udp")));
    supervisor.run();

    assertThat(log).containsExactly("udp", "closed");
    assertThat(supervisor.describe()).isEmpty();
  }

  @Test
  void theNextSourceTakesOverFromOneThatCannotBeStartedAgain() {
    failures.add(new IllegalStateException("the ring is gone"));
    Supervisor supervisor = supervise(Need.REQUIRED, List.of(faultyAgain("bpf"), fake("poll")));
    supervisor.run();

    assertThat(log).containsExactly("bpf", "closed", "poll again", "ran");
    assertThat(count(supervisor, "tracer", "fell_back")).isEqualTo(1);
  }

  @Test
  void aRequiredSourceThatCannotBeStartedAgainIsAFailure() {
    failures.add(new IllegalStateException("the ring is gone"));
    Supervisor supervisor = supervise(Need.REQUIRED, List.of(faultyAgain("bpf")));

    assertThatThrownBy(supervisor::run).hasMessage("a fault");
  }

  @Test
  void aFailureOfAnOptionalSourceThatIsBeingStoppedIsNoFailureOfTheAgent() {
    failures.add(new IllegalStateException("a map is gone"));
    Supervisor supervisor = supervise(Need.OPTIONAL, List.of(fake("udp")));
    supervisor.stop();
    supervisor.run();

    assertThat(log).containsExactly("udp", "stopped", "closed");
  }

  @Test
  void anOptionalSourceThatIsUnavailableIsOmitted() {
    Supervisor supervisor = supervise(Need.OPTIONAL, List.of(refusing()));
    supervisor.run();
    supervisor.stop();
    supervisor.finish(/* returned= */ true);

    assertThat(log).isEmpty();
    assertThat(supervisor.bufferUsage()).isZero();
  }

  @Test
  void aSupersededSessionIsStartedAgainAndNotCountedAsAFailure() {
    failures.add(new SupersededException("another tracer"));
    failures.add(new SupersededException("and another"));
    failures.add(new IllegalStateException("a first failure"));
    Supervisor supervisor = supervise(Need.OPTIONAL, List.of(fake("udp")));
    supervisor.run();

    assertThat(log)
        .containsExactly(
            "udp", "closed", "udp again", "closed", "udp again", "closed", "udp again", "ran");
    assertThat(count(supervisor, "tracer", "restarted")).isEqualTo(1);
  }

  @Test
  void aSessionIsReplacedByTheThreadThatHasTheTurn() throws InterruptedException {
    Turn turn = new Turn();
    CountDownLatch asked = new CountDownLatch(1);
    Source source =
        new FakeSource(
            "bpf",
            how -> {
              if (how == Start.AGAIN) {
                assertThat(turn.isMine()).isTrue();
                asked.countDown();
              }
              return new Fake("bpf", how);
            });
    failures.add(new IllegalStateException("the ring is gone"));
    new Supervisor("tracer", Need.REQUIRED, List.of(source), turn, () -> nowNs).run();

    assertThat(asked.getCount()).isZero();
    assertThat(turn.isMine()).isFalse();
  }

  @Test
  void aSessionThatDoesNotReturnIsGivenUp() {
    Supervisor supervisor = supervise(Choice.BOTH);
    supervisor.stop();
    supervisor.finish(/* returned= */ false);

    assertThat(log).containsExactly("bpf", "stopped", "given up");
  }

  @Test
  void anUnavailableSourceFallsBackToPolling() {
    Supervisor supervisor = supervise(Need.REQUIRED, List.of(refusing(), fake("poll")));

    assertThat(log).containsExactly("poll");
    assertThat(count(supervisor, "tracer", "fell_back")).isEqualTo(1);
  }

  @Test
  void anUnavailableOnlySourceIsReported() {
    assertThatThrownBy(() -> supervise(Need.REQUIRED, List.of(refusing())))
        .isInstanceOf(SourceUnavailableException.class)
        .hasMessage("no");
    assertThat(log).isEmpty();
  }

  @Test
  void anUnexpectedExceptionAtTheStartIsNotTakenForUnavailability() {
    Source faulty =
        new FakeSource(
            "bpf",
            _ -> {
              throw new IllegalStateException("a fault");
            });

    assertThatThrownBy(() -> supervise(Need.OPTIONAL, List.of(faulty, fake("poll"))))
        .hasMessage("a fault");
  }
}
