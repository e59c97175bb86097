package io.netspan.it;

import io.netspan.it.truth.Comparison;
import io.netspan.it.truth.Ledger;
import io.netspan.it.truth.Observed;
import io.netspan.it.truth.Terms;
import io.netspan.it.truth.Verdict;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** What a {@link GuestMachine} left. */
record GuestRun(Path folder, Duration took) {
  /** How far the guest's clock is stepped, and a little for the seconds that it is set to. */
  private static final long STEPS_NS = TimeUnit.SECONDS.toNanos(3_600 + 5);

  /** Ports of refused connections that only tell how far the agent has come: from 20,001. */
  private static final int MARKS = 20;

  /** One of its files. */
  String text(String name) throws IOException {
    return Files.readString(folder.resolve(name)).strip();
  }

  /** A row that ran to its end before the agent did. */
  Verdict judge(String name) throws IOException {
    long end = ledger("marker").namespaces().values().stream().findFirst().orElseThrow().end();
    return Comparison.of(ledger(name), observed(0, Long.MAX_VALUE), terms(), end);
  }

  /** The same, and of each every step must have been seen. */
  Verdict judgeWhole(String name) throws IOException {
    long end = ledger("marker").namespaces().values().stream().findFirst().orElseThrow().end();
    Terms whole = terms().wholly(entry -> true);
    return Comparison.of(ledger(name), observed(0, Long.MAX_VALUE), whole, end);
  }

  /** The same of an agent that polled: some ends it notices only when it ends itself. */
  Verdict judgePolled(String name) throws IOException {
    long ended = TimeUnit.SECONDS.toNanos(Long.parseLong(text("agent.ended")) + 1);
    return Comparison.of(ledger(name), observed(0, Long.MAX_VALUE), Terms.POLL_HELD, ended);
  }

  /** The agent's last words. */
  Totals totals() throws IOException {
    return new Totals(text("agent.err").lines().toList().getLast());
  }

  /**
   * A row in which the wall clock is stepped, or the machine suspended. A span's end is by the wall
   * clock as it was then, its duration by CLOCK_BOOTTIME.
   */
  Verdict judgeByEnds(String name) throws IOException {
    Ledger ledger = ledger(name).byTheClockAtEachEnd(STEPS_NS);
    List<Observed> since =
        observed(Long.parseLong(text(name + ".from")), Long.parseLong(text(name + ".to")));
    return Comparison.of(ledger, since, terms(), Long.MAX_VALUE);
  }

  private Terms terms() throws IOException {
    return Terms.BPF.of(text("agent.err"));
  }

  /** What a row wrote down. */
  Ledger ledger(String name) throws IOException {
    Path file = folder.resolve(name + ".ledger");
    if (!Files.exists(file)) {
      throw new AssertionError("the row did not run; the guest: " + text("guest.log"));
    }
    return Ledger.read(file);
  }

  /**
   * The sides that the agent printed, from this line on to that one, without the guest's marks: one
   * can have a namespace with the inode that a row's had.
   */
  private List<Observed> observed(long from, long to) throws IOException {
    return Files.readAllLines(folder.resolve("agent.json")).stream()
        .limit(to)
        .skip(from)
        .map(line -> Side.parse(line).observed())
        .filter(one -> one.number("server.port") / 1_000 != MARKS)
        .toList();
  }
}
