package io.netspan.receiver.output;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netspan.linux.fd.ReaderGoneException;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import org.junit.jupiter.api.Test;

final class LineWriterTest {
  private final FakeSink sink = new FakeSink();
  private final LineWriter lines = new LineWriter(sink);

  private void write(String... texts) throws ReaderGoneException {
    for (String text : texts) {
      lines.add(text + "\n");
    }
    lines.flush();
  }

  @Test
  void linesArriveTogether() throws Exception {
    lines.add("one\n");
    lines.add("two\n");
    assertThat(sink.text()).isEmpty();

    lines.flush();

    assertThat(sink.text()).isEqualTo("one\ntwo\n");
    assertThat(lines.written()).isEqualTo(2);
  }

  @Test
  void moreThanABatchAndAVeryLongLineArrive() throws Exception {
    String wide = "w".repeat(200_000);
    for (int i = 0; i < 10_007; i++) {
      lines.add("line " + i + "\n");
    }
    write(wide, "end");

    assertThat(sink.text().lines()).hasSize(10_009).endsWith(wide, "end");
    assertThat(lines.written()).isEqualTo(10_009);
  }

  @Test
  void linesThatAreWrittenInPartsArriveOnce() throws Exception {
    Queue<Integer> answers = new ArrayDeque<>(List.of(2, 0, 0, 1, 3));
    sink.answer(length -> answers.isEmpty() ? length : answers.remove());

    write("one", "two");

    assertThat(sink.text()).isEqualTo("one\ntwo\n");
    assertThat(lines.written()).isEqualTo(2);
    assertThat(lines.failed()).isZero();
  }

  @Test
  void aLineThatAFullDiskCutIsCompletedAndTheLinesAfterItAreLost() throws Exception {
    sink.room(6);
    write("one", "two", "three");
    assertThat(sink.text()).isEqualTo("one\ntw");
    write("four");
    assertThat(lines.failed()).isEqualTo(2);

    sink.room(1_000);
    write("five");

    assertThat(sink.text()).isEqualTo("one\ntwo\nfive\n");
    assertThat(lines.written()).isEqualTo(3);
    assertThat(lines.failed()).isEqualTo(2);
  }

  @Test
  void aPartialLineIsNotCompletedInATruncatedFile() throws Exception {
    sink.room(6);
    write("one", "two", "three");
    sink.truncate();
    sink.room(1_000);

    write("four");

    assertThat(sink.text()).isEqualTo("four\n");
    assertThat(lines.written()).isEqualTo(2);
    assertThat(lines.failed()).isEqualTo(2);
  }

  @Test
  void writingWithoutAReaderFails() throws Exception {
    write("one");
    sink.readerLeaves();

    assertThatThrownBy(lines::requireReader).isInstanceOf(ReaderGoneException.class);
    assertThatThrownBy(() -> write("two")).isInstanceOf(ReaderGoneException.class);
    assertThat(lines.written()).isEqualTo(1);
  }
}
