package io.netspan.bench.workload;

import io.netspan.bench.contender.Contender;
import io.netspan.bench.result.Measure;
import java.io.IOException;
import java.util.List;

/** A load, and what is measured under it. */
public interface Workload {
  /** Its name, as in options and tables. */
  String name();

  /** What it does, for people. */
  String what();

  List<Measure> measures();

  /** Returns whether this contender has something to show here. */
  boolean suits(Contender contender);

  /** Starts the contender, measures it, and stops it. */
  void run(Trial trial) throws IOException, InterruptedException;
}
