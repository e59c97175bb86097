package io.netspan.bench.result;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;

/** A table that is read as it is, and as Markdown. */
final class Table {
  private final List<List<String>> rows = new ArrayList<>();

  Table(List<String> head) {
    rows.add(head);
  }

  void add(List<String> row) {
    if (row.size() != rows.getFirst().size()) {
      throw new IllegalArgumentException(row + " has not the columns of " + rows.getFirst());
    }
    rows.add(row);
  }

  boolean isEmpty() {
    return rows.size() == 1;
  }

  String describe() {
    int[] widths =
        IntStream.range(0, rows.getFirst().size())
            .map(column -> rows.stream().mapToInt(row -> row.get(column).length()).max().orElse(0))
            .toArray();
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < rows.size(); i++) {
      line(text, rows.get(i), widths, ' ');
      if (i == 0) {
        line(text, Collections.nCopies(widths.length, ""), widths, '-');
      }
    }
    return text.toString();
  }

  private static void line(StringBuilder text, List<String> row, int[] widths, char fill) {
    for (int i = 0; i < widths.length; i++) {
      String cell = row.get(i);
      text.append("| ").append(cell).append(String.valueOf(fill).repeat(widths[i] - cell.length()));
      text.append(' ');
    }
    text.append("|\n");
  }
}
