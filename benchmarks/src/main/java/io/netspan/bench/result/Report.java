package io.netspan.bench.result;

import io.netspan.bench.result.Result.Measured;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Prints a result: medians with the least and the greatest figure, and ratios within a round. */
public final class Report {
  private static final int RATIO_DIGITS = 3;

  private final Result result;

  public Report(Result result) {
    this.result = result;
  }

  public String describe() {
    StringBuilder text = new StringBuilder();
    for (String warning : result.warnings()) {
      text.append("NOT TO BE TRUSTED: ").append(warning).append('\n');
    }
    text.append(result.started());
    result
        .machine()
        .forEach((name, value) -> text.append("; ").append(name).append(' ').append(value));
    text.append('\n');
    result
        .settings()
        .forEach((name, value) -> text.append(name).append(' ').append(value).append("; "));
    text.append("each figure: median (least-greatest)\n");
    result.measures().forEach((workload, measures) -> tables(text, workload, measures));
    for (String missing : result.missing()) {
      text.append("\nnot measured: ").append(missing);
    }
    return text.append('\n').toString();
  }

  private void tables(StringBuilder text, String workload, List<Measured> measures) {
    for (String title : measures.stream().map(Measured::table).distinct().toList()) {
      List<Measured> columns =
          measures.stream().filter(measure -> measure.table().equals(title)).toList();
      Table table = new Table(head(columns));
      for (String contender : result.contenders(workload)) {
        List<String> row = row(workload, contender, columns);
        if (row.stream().skip(1).anyMatch(cell -> !cell.isEmpty())) {
          table.add(row);
        }
      }
      if (!table.isEmpty()) {
        text.append('\n').append(workload).append(": ").append(title).append("\n\n");
        text.append(table.describe());
      }
    }
  }

  private static List<String> head(List<Measured> columns) {
    List<String> head = new ArrayList<>(List.of("contender"));
    for (Measured column : columns) {
      head.add(column.title());
      if (!column.reference().isEmpty()) {
        head.add("of " + column.reference());
      }
    }
    return head;
  }

  private List<String> row(String workload, String contender, List<Measured> columns) {
    String mark = result.isDisturbed(workload, contender) ? " *" : "";
    List<String> row = new ArrayList<>(List.of(contender + mark));
    for (Measured column : columns) {
      Map<Integer, Double> figures = result.figures(workload, contender, column.name());
      row.add(figures.isEmpty() ? "" : Spread.of(figures.values()).describe(column.digits()));
      if (!column.reference().isEmpty()) {
        row.add(ratio(figures, result.figures(workload, column.reference(), column.name())));
      }
    }
    return row;
  }

  private static String ratio(Map<Integer, Double> figures, Map<Integer, Double> references) {
    List<Double> ratios = Ratios.of(figures, references);
    return ratios.isEmpty() ? "" : Spread.of(ratios).describe(RATIO_DIGITS);
  }
}
