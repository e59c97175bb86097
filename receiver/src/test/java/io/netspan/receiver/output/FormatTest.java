package io.netspan.receiver.output;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.netspan.receiver.tcp.FakeKernel;
import io.netspan.receiver.tcp.FakeProcess;
import io.netspan.receiver.tcp.FakeSocket;
import io.netspan.receiver.telemetry.CollectedSpans;
import io.netspan.receiver.telemetry.FakeSpans;
import io.netspan.receiver.telemetry.NetworkSpan;
import java.io.IOException;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class FormatTest {
  private final List<NetworkSpan> spans = new ArrayList<>();
  private final FakeKernel kernel = FakeSpans.into(new CollectedSpans(spans));

  private void refused(FakeProcess process, FakeSocket client) {
    kernel.announce(process);
    client.open(process);
    client.close(2, 111);
  }

  private void live() {
    kernel.announce(FakeProcess.NGINX_WORKER);
    FakeSocket server = kernel.server(0x5);
    server.established();
    kernel.passes(1_234_000_000L);
    server.closesLast(FakeProcess.NGINX_WORKER);
    server.close(9);
  }

  private List<String> text(boolean colours) throws IOException {
    StringBuilder to = new StringBuilder();
    TextFormat format = new TextFormat(ZoneOffset.UTC, colours);
    format.begin(to);
    for (NetworkSpan span : spans) {
      format.write(span, to);
    }
    assertThat(to.toString()).endsWith("\n");
    return to.toString().lines().toList();
  }

  // Text.

  @Test
  void columnsAreAligned() throws IOException {
    live();
    refused(FakeProcess.CURL, kernel.client(0xc));
    List<String> lines = text(/* colours= */ false);

    assertThat(lines).hasSize(3);
    for (String column : List.of("PROCESS", "SIDE", "LOCAL", "REMOTE", "END")) {
      int at = lines.getFirst().indexOf(column);
      assertThat(lines).as(column).allMatch(line -> line.charAt(at - 1) == ' ');
      assertThat(lines).as(column).allMatch(line -> line.charAt(at) != ' ');
    }
    assertThat(lines.get(1))
        .matches(
            "\\d\\d:\\d\\d:\\d\\d\\.\\d{3} nginx +2003 SERVER 10\\.0\\.0\\.2:80 +10\\.0\\.0\\.1:40001"
                + " +remote_fin +1\\.2s +900 +5000 +0\\.10ms  1111111122222222");
    assertThat(lines.get(2)).containsPattern("curl +1001 CLIENT .* connection_refused ");
    assertThat(lines.get(2)).endsWith("  -");
  }

  @Test
  void aWiderAddressWidensTheColumnInLaterLines() throws IOException {
    refused(
        FakeProcess.CURL,
        kernel
            .client(0xc)
            .local("2001:db8:1111:2222:3333:4444:5555:6666", 40_001)
            .peer("2001:db8:1111:2222:3333:4444:5555:7777", 65_535));
    refused(FakeProcess.CURL, kernel.client(0xc));
    List<String> lines = text(/* colours= */ false);

    assertThat(lines.get(1)).contains("[2001:db8:1111:2222:3333:4444:5555:7777]:65535 ");
    assertThat(lines.get(2).indexOf("connection_refused"))
        .isEqualTo(lines.get(1).indexOf("connection_refused"));
  }

  @Test
  void failuresAreRedIfColoursAreEnabled() throws IOException {
    live();
    refused(FakeProcess.CURL, kernel.client(0xc));

    assertThat(text(/* colours= */ true).get(1)).doesNotContain("\u001b");
    assertThat(text(/* colours= */ true).get(2)).startsWith("\u001b[31m").endsWith("\u001b[0m");
    assertThat(text(/* colours= */ false)).noneMatch(line -> line.contains("\u001b"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a\nb",
        "\u001b[2Jx",
        "a\tb",
        "a\u202eb",
        "\u0007",
        "a\rb",
        "\u009b31m",
        "\u2028",
        "\u200b"
      })
  void aHostileNameIsOneHarmlessLine(String name) throws IOException {
    refused(new FakeProcess(7, 7, name), kernel.client(0xc));
    List<String> lines = text(/* colours= */ false);

    assertThat(lines).hasSize(2);
    assertThat(lines.get(1))
        .doesNotContainPattern("[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}]")
        .contains(" CLIENT ");
  }

  @Test
  void aNameOfFifteenCharactersIsPrintedInFull() throws IOException {
    refused(new FakeProcess(7, 7, "0123456789abcde"), kernel.client(0xc));

    assertThat(text(/* colours= */ false).get(1)).contains(" 0123456789abcde ");
  }

  @Test
  void anUnknownOwnerIsAQuestionMarkWithoutAPid() throws IOException {
    FakeSocket server = kernel.server(0x5);
    server.established();
    server.close(1, 104);

    assertThat(text(/* colours= */ false).get(1)).containsPattern(" \\? +- SERVER ");
  }

  @ParameterizedTest
  @CsvSource({"'a\u202eb', a?b", "'\u00e9\u4e2d', \u00e9\u4e2d", "'\ud83d\ude00', \ud83d\ude00"})
  void unprintableCharactersAreReplaced(String text, String expected) {
    assertThat(Printable.of(text)).isEqualTo(expected);
    assertThat(Printable.of("\ud800x")).isEqualTo("?x");
  }

  // JSON.

  private Map<String, Object> json(NetworkSpan span) throws IOException {
    StringBuilder line = new StringBuilder();
    JsonFormat format = new JsonFormat();
    format.begin(line);
    format.write(span, line);
    assertThat(line.toString()).endsWith("}\n");
    assertThat(line.indexOf("\n")).as("one line").isEqualTo(line.length() - 1);
    Map<String, Object> all = new LinkedHashMap<>();
    try (JsonParser parser = new JsonFactory().createParser(line.toString())) {
      assertThat(parser.nextToken()).isEqualTo(JsonToken.START_OBJECT);
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String key = parser.currentName();
        Object value =
            switch (parser.nextToken()) {
              case VALUE_NUMBER_INT -> parser.getLongValue();
              case VALUE_NUMBER_FLOAT -> parser.getDoubleValue();
              case VALUE_NULL -> "null";
              default -> parser.getText();
            };
        assertThat(all.put(key, value)).as("duplicate key: " + key).isNull();
      }
    }
    return all;
  }

  @Test
  void jsonHasIdsTimesAndAllAttributesFlat() throws IOException {
    live();
    Map<String, Object> json = json(spans.getFirst());

    assertThat(json.keySet())
        .startsWith("trace_id", "span_id", "parent_span_id", "kind", "name", "start", "end");
    assertThat(json)
        .containsEntry("trace_id", "4d994477900ebdfbb1d484e21b8b17be")
        .containsEntry("span_id", "7567c2787f3d8452")
        .containsEntry("parent_span_id", "6314cba604d62f7b")
        .containsEntry("kind", "SERVER")
        .containsEntry("name", "tcp 80")
        .containsEntry("server.port", 80L)
        .containsEntry("netspan.bytes.sent", 900L)
        .containsEntry("netspan.rtt.smoothed", 100e-6)
        .containsEntry("service.name", "nginx")
        .containsEntry("process.pid", 2_003L);
    assertThat(json.get("start")).asString().matches("\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z");
    assertThat(json.get("end")).asString().matches("\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z");
  }

  @Test
  void jsonOfARootSpanHasNoParent() throws IOException {
    refused(FakeProcess.CURL, kernel.client(0xc));

    assertThat(json(spans.getFirst()))
        .containsEntry("parent_span_id", "null")
        .containsEntry("error.type", "connection_refused")
        .doesNotContainKey("netspan.connection.id");
  }

  @Test
  void aHostileNameIsOneJsonObject() throws IOException {
    refused(new FakeProcess(7, 7, "a\"},{\n\u001b"), kernel.client(0xc));

    assertThat(json(spans.getFirst())).containsKey("netspan.process.comm");
  }
}
