package io.netspan.bench.result;

import java.util.List;
import java.util.Map;

/**
 * What was measured of one contender under one workload in one round.
 *
 * @param figures by the names of measures
 * @param disturbances what else ran on the machine meanwhile; empty if nothing did
 */
public record Sample(
    int round,
    String workload,
    String contender,
    Map<String, Double> figures,
    List<String> disturbances) {

  public Sample {
    figures = Map.copyOf(figures);
    disturbances = List.copyOf(disturbances);
  }
}
