package io.netspan.receiver.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netspan.bpf.BpfException;
import io.netspan.bpf.BpfObject;
import io.netspan.config.TracerChoice;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What becomes of watchers that cannot run, or cannot go on. */
class SupervisorTest {
  private static final long MINUTE = TimeUnit.MINUTES.toNanos(1);

  private final List<String> log = new ArrayList<>();
  private final Deque<RuntimeException> failures = new ArrayDeque<>();
  private long nowNs = 1;
  private long lateness;

  /** Fails as told when it is run, else returns at once, as if it had been stopped. */
  private final class Fake implements Watcher {
    private final String kind;

    Fake(String kind, boolean again) {
      this.kind = kind;
      log.add(kind + (again ? " again" : ""));
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
    public double bufferUsage() {
      return 0;
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

  private Supervisor supervise(TracerChoice choice) {
    return new Supervisor(
        choice, again -> new Fake("bpf", again), again -> new Fake("poll", again), () -> nowNs);
  }

  private static long count(Supervisor supervisor, String stage, String reason) {
    return supervisor.losses().stream()
        .filter(loss -> loss.stage().equals(stage) && loss.reason().equals(reason))
        .mapToLong(Loss::count)
        .sum();
  }

  /** A real one; only bpf-runtime makes them. */
  private static BpfException refusal() {
    try {
      BpfObject.open("broken", new byte[0]).close();
      throw new AssertionError("an empty object was opened");
    } catch (BpfException e) {
      return e;
    }
  }

  @Test
  void oneThatIsStoppedIsNotReplaced() {
    supervise(TracerChoice.AUTO).run();

    assertThat(log).containsExactly("bpf", "ran");
  }

  @Test
  void oneThatFailsIsStartedAgain() {
    failures.add(new IllegalStateException("the ring is gone"));
    Supervisor supervisor = supervise(TracerChoice.AUTO);
    supervisor.run();

    assertThat(log).containsExactly("bpf", "closed", "bpf again", "ran");
    assertThat(count(supervisor, "tracer", "restarted")).isEqualTo(1);
    assertThat(count(supervisor, "kernel", "bpf")).as("of both").isEqualTo(14);
  }

  @Test
  void theSecondTimeWithinAMinuteItPolls() {
    lateness = MINUTE - 1;
    failures.add(new IllegalStateException("the ring is gone"));
    failures.add(new IllegalStateException("and again"));
    Supervisor supervisor = supervise(TracerChoice.AUTO);
    supervisor.run();

    assertThat(log).containsExactly("bpf", "closed", "bpf again", "closed", "poll again", "ran");
    assertThat(count(supervisor, "tracer", "restarted")).isEqualTo(1);
    assertThat(count(supervisor, "tracer", "fell_back")).isEqualTo(1);
  }

  @Test
  void aMinuteLaterItIsAFirstTimeAgain() {
    lateness = MINUTE;
    failures.add(new IllegalStateException("the ring is gone"));
    failures.add(new IllegalStateException("and again"));
    Supervisor supervisor = supervise(TracerChoice.AUTO);
    supervisor.run();

    assertThat(log).containsExactly("bpf", "closed", "bpf again", "closed", "bpf again", "ran");
    assertThat(count(supervisor, "tracer", "fell_back")).isZero();
  }

  @Test
  void whereNothingElseIsWantedTheSecondFailureIsTheEnd() {
    failures.add(new IllegalStateException("the ring is gone"));
    failures.add(new IllegalStateException("and again"));

    assertThatThrownBy(() -> supervise(TracerChoice.BPF).run()).hasMessage("and again");
    assertThat(log).containsExactly("bpf", "closed", "bpf again", "closed");
  }

  @Test
  void pollingThatFailsIsTheEnd() {
    failures.add(new IllegalStateException("no netlink"));
    Supervisor supervisor = supervise(TracerChoice.POLL);

    assertThatThrownBy(supervisor::run).hasMessage("no netlink");
    supervisor.stop();
    supervisor.finish(/* returned= */ true);
    supervisor.close();
    assertThat(log).containsExactly("poll", "closed");
    assertThat(count(supervisor, "kernel", "poll")).as("once").isEqualTo(7);
  }

  @Test
  void whatDoesNotReturnIsGivenUp() {
    Supervisor supervisor = supervise(TracerChoice.AUTO);
    supervisor.stop();
    supervisor.finish(/* returned= */ false);

    assertThat(log).containsExactly("bpf", "stopped", "given up");
  }

  @Test
  void whereTheProgramsCannotRunItPolls() {
    BpfException refused = refusal();
    Supervisor supervisor =
        new Supervisor(
            TracerChoice.AUTO,
            again -> {
              throw refused;
            },
            again -> new Fake("poll", again),
            () -> nowNs);

    assertThat(log).containsExactly("poll");
    assertThat(count(supervisor, "tracer", "fell_back")).isEqualTo(1);
  }

  @Test
  void orSaysWhyNot() {
    BpfException refused = refusal();

    assertThatThrownBy(
            () ->
                new Supervisor(
                    TracerChoice.BPF,
                    again -> {
                      throw refused;
                    },
                    again -> new Fake("poll", again),
                    () -> nowNs))
        .isSameAs(refused);
    assertThat(log).isEmpty();
  }
}
