package io.netspan.bench.workload;

/**
 * A load from its beginning to its end, and the CPU time that was used meanwhile.
 *
 * @param jitSeconds the part of {@code agentSeconds} that the JIT compilers used
 */
record Window(Lab.Done done, double agentSeconds, double sinkSeconds, double jitSeconds) {
  double agentUs() {
    return perOne(agentSeconds);
  }

  double sinkUs() {
    return perOne(sinkSeconds);
  }

  double jitUs() {
    return perOne(jitSeconds);
  }

  private double perOne(double seconds) {
    return done.count() == 0 ? 0 : seconds * 1e6 / done.count();
  }
}
