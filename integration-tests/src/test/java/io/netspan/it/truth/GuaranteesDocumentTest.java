package io.netspan.it.truth;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The document for users lists all rows under the same titles. */
class GuaranteesDocumentTest {
  @ParameterizedTest
  @EnumSource
  void theDocumentHasEveryRowWithItsTitle(Row row) throws Exception {
    assertThat(Files.readAllLines(Path.of("..", "docs", "guarantees.md")))
        .anyMatch(line -> line.startsWith("| " + row + " | " + row.title() + " "));
  }
}
