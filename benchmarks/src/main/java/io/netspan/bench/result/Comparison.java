package io.netspan.bench.result;

import io.netspan.bench.result.Result.Measured;
import java.util.List;
import java.util.Map;

/** Two results beside each other. */
public final class Comparison {
  private final Result before;
  private final Result after;

  public Comparison(Result before, Result after) {
    this.before = before;
    this.after = after;
  }

  public String describe() {
    StringBuilder text = new StringBuilder();
    warn(text, "before", before);
    warn(text, "after", after);
    if (!before.machine().equals(after.machine())) {
      text.append("The machines differ: ")
          .append(before.machine())
          .append(" before, ")
          .append(after.machine())
          .append(" after.\n");
    }
    if (!before.settings().equals(after.settings())) {
      text.append("The settings differ: ")
          .append(before.settings())
          .append(" before, ")
          .append(after.settings())
          .append(" after.\n");
    }
    Table table =
        new Table(List.of("workload", "figure", "contender", "before", "after", "ratio", ""));
    after.measures().forEach((workload, measures) -> add(table, workload, measures));
    return table.isEmpty()
        ? text.append("The two results have no figure in common.\n").toString()
        : text.append(table.describe()).toString();
  }

  private static void warn(StringBuilder text, String which, Result result) {
    for (String warning : result.warnings()) {
      text.append("NOT TO BE TRUSTED (").append(which).append("): ").append(warning).append('\n');
    }
  }

  private void add(Table table, String workload, List<Measured> measures) {
    for (Measured measure : measures) {
      for (String contender : after.contenders(workload)) {
        Map<Integer, Double> was = before.figures(workload, contender, measure.name());
        Map<Integer, Double> is = after.figures(workload, contender, measure.name());
        if (was.isEmpty() || is.isEmpty()) {
          continue;
        }
        Spread old = Spread.of(was.values());
        Spread now = Spread.of(is.values());
        table.add(
            List.of(
                workload,
                measure.table() + ": " + measure.title(),
                contender,
                old.describe(measure.digits()),
                now.describe(measure.digits()),
                old.median() == 0 ? "" : Spread.number(now.median() / old.median(), 3),
                old.overlaps(now) ? "" : "outside"));
      }
    }
  }
}
