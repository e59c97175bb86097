package io.netspan.enrich.secret;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UntrustedTest {
  @Test
  void harmlessTextIsTheSameObject() {
    String text = "nginx: worker, é, 服务, 🐘";

    assertThat(Untrusted.text(text, 255)).isSameAs(text);
  }

  @ParameterizedTest
  @ValueSource(
      chars = {
        0, 7, '\t', '\n', '\r', 0x1B, 0x7F, 0x85, 0x9B, 0x200E, 0x2028, 0x2029, 0x202E, 0x2066,
        0xFEFF, 0xD800, 0xDC00
      })
  void harmfulCharacterIsReplaced(char c) {
    assertThat(Untrusted.text("a" + c + "b", 255)).isEqualTo("a\uFFFDb");
  }

  @Test
  void limitDoesNotHalveACharacter() {
    assertThat(Untrusted.text("abcd", 3)).isEqualTo("abc");
    assertThat(Untrusted.text("ab🐘", 3)).isEqualTo("ab");
    assertThat(Untrusted.text("ab🐘", 4)).isEqualTo("ab🐘");
    assertThat(Untrusted.text("ab", 0)).isEmpty();
  }

  @Test
  void malformedUtf8IsReplaced() {
    byte[] bytes = {'a', (byte) 0xC3, 'b', (byte) 0xFF};

    assertThat(Untrusted.decode(bytes, 0, 4)).isEqualTo("a\uFFFDb\uFFFD");
  }
}
