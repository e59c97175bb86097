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

/** The results of a {@link GuestMachine}. */
record GuestRun(Path folder, Duration took) {
  /** The step of the guest's clock, plus a margin because it is set to whole seconds. */
  private static final long STEPS_NS = TimeUnit.SECONDS.toNanos(3_600 + 5);

  /** Base of the ports of refused connections that mark the progress of the agent: from 20,001. */
  private static final int MARKS = 20;

  /** Reads one of the files. */
  String text(String name) throws IOException {
    return Files.readString(folder.resolve(name)).strip();
  }

  /** Judges a row that ended before the agent. */
  Verdict judge(String name) throws IOException {
    long end = ledger("marker").namespaces().values().stream().findFirst().orElseThrow().end();
    return Comparison.of(ledger(name), observed(0, Long.MAX_VALUE), terms(), end);
  }

  /** Judges a row of which every event must have been seen. */
  Verdict judgeWhole(String name) throws IOException {
    long end = ledger("marker").namespaces().values().stream().findFirst().orElseThrow().end();
    Terms whole = terms().wholly(entry -> true);
    return Comparison.of(ledger(name), observed(0, Long.MAX_VALUE), whole, end);
  }

  /** Judges a row under a polling agent, which notices some ends only when it ends itself. */
  Verdict judgePolled(String name) throws IOException {
    long ended = TimeUnit.SECONDS.toNanos(Long.parseLong(text("agent.ended")) + 1);
    return Comparison.of(ledger(name), observed(0, Long.MAX_VALUE), Terms.POLL_HELD, ended);
  }

  /** Returns the totals of the agent. */
  Totals totals() throws IOException {
    return new Totals(text("agent.err").lines().toList().getLast());
  }

  /**
   * Judges a row in which the wall clock is stepped, or the machine suspended. The end of a span is
   * by the wall clock as it was at that time; its duration is by CLOCK_BOOTTIME.
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

  /** Reads the ledger of a row. */
  Ledger ledger(String name) throws IOException {
    Path file = folder.resolve(name + ".ledger");
    if (!Files.exists(file)) {
      throw new AssertionError("the row did not run; the guest: " + text("guest.log"));
    }
    return Ledger.read(file);
  }

  /**
   * Returns the sides that the agent printed in this range of lines, without the guest's marks,
   * since the namespace of a mark can have the inode of an earlier one of a row.
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
