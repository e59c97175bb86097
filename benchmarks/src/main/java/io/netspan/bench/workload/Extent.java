package io.netspan.bench.workload;

/**
 * How much a run does.
 *
 * @param scale of times and counts; 1 is what is documented
 * @param rate connections per second of the loads at a fixed rate
 * @param settleSeconds of load before a warm agent is measured, besides what each workload has
 */
public record Extent(double scale, int rate, int settleSeconds) {

  /** Returns whole seconds, at least one. */
  int seconds(int usual) {
    return (int) Math.max(1, Math.round(usual * scale));
  }

  int count(int usual) {
    return (int) Math.max(1, Math.round(usual * scale));
  }

  /** Returns a part of it, for warming up. */
  public Extent part(double factor) {
    return new Extent(scale * factor, rate, 0);
  }
}
