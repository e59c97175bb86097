package io.netspan.it.truth;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Compares the ledger with the reports: every entry exactly once, and nothing else. */
public final class Comparison {
  private static final int TOLD = 50;
  private static final String ARGUMENTS = "process.command_args";
  private static final Set<String> NOT_CLOSED = Set.of("accept", "descriptor", "listener");

  /**
   * A pass holds each socket for a moment. If the owner closes the socket meanwhile, the agent
   * performs the last close, which does not identify the owner.
   */
  private static final int CLOSED_BY_LOOKS = 2;

  /** Tolerance between the readings of two clocks. */
  static final long CLOCKS_NS = 5_000_000;

  /** Tolerance for the last segments of a connection, which may wait for a busy CPU. */
  private static final long LAST_SEGMENTS_NS = 1_000_000_000;

  /** Tolerance for the end of a UDP flow, which may end only after its idle timeout. */
  private static final long IDLE_NS = 3_000_000_000L;

  private final Pairs pairs;
  private final Terms terms;
  private final long now;
  private final List<String> problems = new ArrayList<>();
  private int untold;
  private int closedByLooks;

  private Comparison(Pairs pairs, Terms terms, long now) {
    this.pairs = pairs;
    this.terms = terms;
    this.now = now;
  }

  /**
   * Compares a ledger with the observed sides.
   *
   * @param observed all observed sides; those outside the ledger's namespaces are ignored
   * @param now wall-clock ns after the last side was received
   */
  public static Verdict of(Ledger ledger, List<Observed> observed, Terms terms, long now) {
    List<Observed> own = ledger.own(observed);
    Comparison comparison = new Comparison(new Pairs(ledger.entries(), own), terms, now);
    long owed = ledger.entries().stream().filter(comparison::isOwed).count();
    comparison.pairs.left().forEach(one -> comparison.problem("not in the ledger: " + one));
    ledger.entries().forEach(comparison::check);
    if (comparison.untold > 0) {
      comparison.problems.add("and " + comparison.untold + " more");
    }
    int closed = comparison.closedByLooks;
    return new Verdict(owed, own.size(), comparison.problems, "")
        .and(closed <= CLOSED_BY_LOOKS, closed + " have not the owner that closed them")
        .withNote(closed == 0 ? "" : closed + " closed in a look");
  }

  private void problem(String text) {
    if (problems.size() < TOLD) {
      problems.add(text);
    } else {
      untold++;
    }
  }

  /** Returns whether the entry was seen or should have been; a missing entry is a problem. */
  private boolean isOwed(LedgerEntry entry) {
    boolean isMissing = pairs.of(entry) == null;
    boolean excused = terms.mayBeMissing().test(entry);
    if (isMissing && !excused) {
      problem("missing: " + entry.json());
    }
    return !isMissing || !excused;
  }

  private void check(LedgerEntry entry) {
    Observed one = pairs.of(entry);
    if (one == null) {
      return;
    }
    List<String> wrong = new ArrayList<>();
    checkWhat(entry, one, wrong);
    checkWho(entry, one, wrong);
    checkEnd(entry, one, wrong);
    LedgerEntry partner = pairs.partner(entry);
    checkTimes(entry, partner, one, wrong);
    if (!entry.isUdp()) {
      checkIdentity(entry, partner, one, wrong);
    }
    if (!wrong.isEmpty()) {
      problem(String.join(", ", wrong) + "; the ledger: " + entry.json() + "; seen: " + one);
    }
  }

  private static void expect(List<String> wrong, String what, Object expected, Object seen) {
    if (!expected.equals(seen)) {
      wrong.add(what + " is " + seen + " instead of " + expected);
    }
  }

  private static void expectAny(
      List<String> wrong, String what, Set<String> expected, String seen) {
    if (!expected.isEmpty() && !expected.contains(seen)) {
      wrong.add(what + " is '" + seen + "' instead of " + String.join(" or ", expected));
    }
  }

  private void checkWhat(LedgerEntry entry, Observed one, List<String> wrong) {
    String server = entry.isClient() ? "peer" : "local";
    String client = entry.isClient() ? "local" : "peer";
    expect(
        wrong, "name", entry.text("transport") + " " + entry.number(server + "_port"), one.name());
    expect(wrong, "network.type", entry.type(), one.text("network.type"));
    expect(wrong, "server.address", entry.text(server + "_address"), one.text("server.address"));
    expect(wrong, "server.port", entry.number(server + "_port"), one.number("server.port"));
    if (entry.isLocalKnown() && (!isPartOnly(one) || one.has("network.local.port"))) {
      expect(wrong, "client.address", entry.text(client + "_address"), one.text("client.address"));
      expect(wrong, "client.port", entry.number(client + "_port"), one.number("client.port"));
    }
    checkMptcp(entry, one, wrong);
    if (!terms.polled()) {
      checkNumber(entry, "sent", one, "netspan.bytes.sent", wrong);
      checkNumber(entry, "received", one, "netspan.bytes.received", wrong);
      checkNumber(entry, "retransmits", one, "netspan.retransmits", wrong);
    }
    if (entry.isUdp()) {
      checkNumber(entry, "datagrams_sent", one, "netspan.flow.datagrams.sent", wrong);
      checkNumber(entry, "datagrams_received", one, "netspan.flow.datagrams.received", wrong);
    }
  }

  private static void checkMptcp(LedgerEntry entry, Observed one, List<String> wrong) {
    for (String name : List.of("subflow", "token")) {
      expect(
          wrong,
          "netspan.mptcp." + name,
          entry.text("mptcp_" + name),
          one.text("netspan.mptcp." + name));
    }
  }

  private static void checkNumber(
      LedgerEntry entry, String name, Observed one, String attribute, List<String> wrong) {
    if (entry.number(name) >= 0 && !(isPartOnly(one) && !one.has(attribute))) {
      expect(wrong, attribute, entry.number(name), one.number(attribute));
    }
  }

  private void checkWho(LedgerEntry entry, Observed one, List<String> wrong) {
    if (isPartOnly(one) && !one.has("process.pid")) {
      return;
    }
    expect(wrong, "process.pid", entry.pid(), one.number("process.pid"));
    expect(wrong, "executable", entry.text("exe"), one.text("process.executable.name"));
    expect(wrong, "comm", entry.text("comm"), one.text("netspan.process.comm"));
    checkHow(owners(entry, one), one.text("netspan.process.provenance"), wrong);
    if (entry.tid() > 0 && !terms.polled()) {
      expect(wrong, "netspan.thread.id", entry.tid(), one.number("netspan.thread.id"));
    }
    long previous = entry.number("previous_pid");
    if (previous > 0 && one.events().containsKey("established")) {
      Map<String, Object> change = one.events().getOrDefault("owner changed", Map.of());
      expect(wrong, "previous owner", previous, change.getOrDefault("process.pid", -1L));
    }
    if (entry.number("uid") >= 0) {
      expect(wrong, "process.user.id", entry.number("uid"), one.number("process.user.id"));
    }
    if (one.has(ARGUMENTS)) {
      expect(wrong, ARGUMENTS, entry.arguments(), one.attributes().getOrDefault(ARGUMENTS, ""));
    }
    String cgroup = one.text("process.linux.cgroup");
    String container = entry.text("container");
    if (!container.isEmpty()) {
      expect(wrong, "container.id", container, one.text("container.id"));
    }
    if (!cgroup.startsWith("/") || !cgroup.contains(container)) {
      wrong.add("process.linux.cgroup is '" + cgroup + "'");
    }
  }

  private void checkHow(Set<String> expected, String how, List<String> wrong) {
    if (expected.equals(Set.of("close")) && NOT_CLOSED.contains(how)) {
      closedByLooks++;
    } else if (!expected.contains(how)) {
      wrong.add("netspan.process.provenance is '" + how + "', not of " + expected);
    }
  }

  /** Returns the permitted provenances of the owner. */
  private Set<String> owners(LedgerEntry entry, Observed one) {
    if (terms.polled()) {
      return entry.isClient() ? Set.of("descriptor") : Set.of("descriptor", "listener");
    }
    if (isPartOnly(one)) {
      return entry.isClient()
          ? Set.of("connect", "descriptor", "close")
          : Set.of("accept", "descriptor", "listener", "close");
    }
    boolean isFound = one.text("netspan.provenance").equals("backfilled");
    return isFound && entry.isClient() ? Set.of("close") : entry.owners(terms.acceptReported());
  }

  /** Returns whether an event of the connection was lost, and with it the facts of that event. */
  private static boolean isPartOnly(Observed one) {
    return one.text("netspan.provenance").equals("inferred");
  }

  private void checkEnd(LedgerEntry entry, Observed one, List<String> wrong) {
    if (terms.polled()) {
      expect(wrong, "netspan.provenance", "polled", one.text("netspan.provenance"));
      return;
    }
    expectAny(wrong, "netspan.provenance", entry.provenances(), one.text("netspan.provenance"));
    if (terms.wholly().test(entry)) {
      expect(wrong, "netspan.provenance", "live", one.text("netspan.provenance"));
    }
    if (isPartOnly(one) && one.text("netspan.close.reason").equals("unknown")) {
      return; // its end was not seen
    }
    expectAny(wrong, "netspan.close.reason", entry.reasons(), one.text("netspan.close.reason"));
    Set<String> errors = entry.errors().isEmpty() ? Set.of("") : entry.errors();
    expectAny(wrong, "error.type", errors, one.text("error.type"));
  }

  private void checkTimes(
      LedgerEntry entry, @Nullable LedgerEntry partner, Observed one, List<String> wrong) {
    if (one.start() > one.end()) {
      wrong.add("it ends before it starts");
    }
    if (one.end() > now) {
      wrong.add("it ends in the future");
    }
    if (terms.polled() || !one.text("netspan.provenance").equals("live")) {
      return;
    }
    one.time("established")
        .ifPresent(time -> checkMoment(wrong, "established", time, one.start(), one.end()));
    checkOrder(partner, one, wrong);
    long opening = entry.opening() == 0 && partner != null ? partner.opening() : entry.opening();
    checkMoment(wrong, "start", one.start(), opening - CLOCKS_NS, entry.opened() + CLOCKS_NS);
    long closing = partner == null ? entry.closing() : Math.min(entry.closing(), partner.closing());
    long closed = partner == null ? entry.closed() : Math.max(entry.closed(), partner.closed());
    long late = entry.isUdp() ? IDLE_NS : LAST_SEGMENTS_NS;
    checkMoment(wrong, "end", one.end(), closing - CLOCKS_NS, closed + late);
  }

  /** Checks that the SYN-ACK comes after the SYN, and before the client is established. */
  private void checkOrder(@Nullable LedgerEntry partner, Observed one, List<String> wrong) {
    if (partner == null || !partner.isClient()) {
      return;
    }
    Observed client = pairs.of(partner);
    if (client == null || !client.text("netspan.provenance").equals("live")) {
      return;
    }
    long established = client.time("established").orElse(client.end());
    checkMoment(
        wrong,
        "the server's start",
        one.start(),
        client.start() - CLOCKS_NS,
        established + CLOCKS_NS);
  }

  private static void checkMoment(
      List<String> wrong, String what, long moment, long earliest, long latest) {
    if (moment < earliest || moment > latest) {
      wrong.add("%s is %d, not within %d and %d".formatted(what, moment, earliest, latest));
    }
  }

  private void checkIdentity(
      LedgerEntry entry, @Nullable LedgerEntry partner, Observed one, List<String> wrong) {
    if (!entry.isEstablished()) {
      expect(wrong, "connection id's presence", false, one.has("netspan.connection.id"));
      if (entry.errors().contains("address_not_available")) {
        return; // no SYN was sent
      }
      double tried = (one.end() - one.start()) / 1e9;
      if (Math.abs(one.real("netspan.handshake.duration") - tried) > 0.001) {
        wrong.add("netspan.handshake.duration is not the " + tried + " s that it tried");
      }
      return;
    }
    Observed other = partner == null ? null : pairs.of(partner);
    boolean isNameless = isPartOnly(one) && !one.has("netspan.connection.id");
    if (other == null || terms.polled() || isNameless) {
      return;
    }
    if (isPartOnly(other) && !other.has("netspan.connection.id")) {
      return;
    }
    expect(wrong, "connection id's presence", true, one.has("netspan.connection.id"));
    expect(
        wrong,
        "connection id",
        other.text("netspan.connection.id"),
        one.text("netspan.connection.id"));
    expect(wrong, "trace id", other.traceId(), one.traceId());
    if (!entry.isClient()) {
      expect(wrong, "parent", other.spanId(), one.parentSpanId());
    }
  }
}
