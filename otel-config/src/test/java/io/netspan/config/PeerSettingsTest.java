package io.netspan.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class PeerSettingsTest {
  @TempDir private Path folder;

  private static NamedRange named(String range, String name) {
    return new NamedRange(AddressRange.parse(range), name);
  }

  private List<NamedRange> file(String content) throws IOException {
    Path file = Files.writeString(folder.resolve("names"), content);
    return PeerSettings.NAMES_FILE.read("--peer-names-file", file.toString());
  }

  @ParameterizedTest
  @CsvSource({
    "10.0.0.0/8=corp, 10.0.0.0/8, corp",
    "10.1.2.3=db, 10.1.2.3/32, db",
    "fd00::/8 = a b=c, fd00::/8, a b=c",
    "::1=here, ::1/128, here",
    "0.0.0.0/0=internet, 0.0.0.0/0, internet",
  })
  void aRangeHasAName(String text, String range, String name) {
    assertThat(NamedRange.FORM.read("--peer-names", text)).isEqualTo(named(range, name));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "10.0.0.0/8 | write RANGE=NAME, such as 10.1.2.0/24=billing",
        "10/8=corp | write RANGE=NAME, such as 10.1.2.0/24=billing",
        "host/8=corp | write RANGE=NAME, such as 10.1.2.0/24=billing",
        "10.0.0.0/33=corp | the prefix length must be from 0 to 32",
        "fd00::/129=corp | the prefix length must be from 0 to 128",
        "10.0.0.0/99999999999=corp | write address ranges such as 10.0.0.0/8,fd00::/8",
        "300.0.0.0/8=corp | write address ranges such as 10.0.0.0/8,fd00::/8",
        "10.1.2.3/24=corp | the address has bits beyond the prefix; write 10.1.2.0/24, or 10.1.2.3"
            + " for the one address",
        "fd00::1/64=corp | the address has bits beyond the prefix; write fd00:0:0:0:0:0:0:0/64, or"
            + " fd00::1 for the one address",
        "10.0.0.0/8= | the name must have 1 to 255 characters, all printable",
        "10.0.0.0/8=a\u001bb | the name must have 1 to 255 characters, all printable",
      })
  void aBadRangeIsAnErrorWithARemedy(String text, String remedy) {
    assertThatThrownBy(() -> NamedRange.FORM.read("--peer-names", text))
        .isInstanceOf(ConfigException.class)
        .hasMessage("--peer-names is '" + text.replace('\u001b', '?') + "': " + remedy);
  }

  @Test
  void aRangeThatIsNamedTwiceIsAnError() {
    List<NamedRange> twice = List.of(named("10.0.0.0/8", "corp"), named("10.0.0.0/8", "other"));
    assertThatThrownBy(() -> new PeerSettings(twice, new HostsFile.Off(), /* conntrack= */ false))
        .isInstanceOf(ConfigException.class)
        .hasMessage(
            "--peer-names has 10.0.0.0/8 twice, as corp and as other: write it once, also across"
                + " --peer-names-file");
  }

  @Test
  void tooManyRangesAreAnError() {
    List<NamedRange> many =
        java.util.Collections.nCopies(PeerSettings.MOST_NAMES + 1, named("10.0.0.0/8", "corp"));
    assertThatThrownBy(() -> new PeerSettings(many, new HostsFile.Off(), /* conntrack= */ false))
        .isInstanceOf(ConfigException.class)
        .hasMessage("--peer-names and --peer-names-file name 16385 ranges: write at most 16384");
  }

  @Test
  void aFileHasARangeAndANamePerLine() throws IOException {
    assertThat(file("# ranges\r\n10.0.0.0/8 corp # all\r\n\n  fd00::/8\tcorp net \n10.1.0.0/16=db"))
        .containsExactly(
            named("10.0.0.0/8", "corp"), named("fd00::/8", "corp net"), named("10.1.0.0/16", "db"));
  }

  @Test
  void aBadFileIsAnErrorThatNamesTheLine() {
    assertThatThrownBy(() -> file("10.0.0.0/8 corp\n10.0.0.0/40 x\n"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("--peer-names-file is '" + folder.resolve("names"))
        .hasMessageEndingWith(
            "line 2 begins with '10.0.0.0/40': the prefix length must be from 0 to 32");
    assertThatThrownBy(() -> file("\u001b[2J" + "x".repeat(1000)))
        .isInstanceOf(ConfigException.class)
        .hasMessageEndingWith(
            "line 1 begins with '?[2J"
                + "x".repeat(46)
                + "...': write a range and its name, such as"
                + " 10.1.2.0/24 billing");
    assertThatThrownBy(() -> PeerSettings.NAMES_FILE.read("--peer-names-file", "/nowhere"))
        .isInstanceOf(ConfigException.class)
        .hasMessage(
            "--peer-names-file is '/nowhere': there is no such file; write the path of one");
  }

  @Test
  @Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void aNamedPipeIsNoFile() throws IOException, InterruptedException {
    Path pipe = folder.resolve("pipe");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
    assertThatThrownBy(() -> PeerSettings.NAMES_FILE.read("--peer-names-file", pipe.toString()))
        .isInstanceOf(ConfigException.class)
        .hasMessage(
            "--peer-names-file is '" + pipe + "': it is a named pipe; write the path of a file");
  }

  @Test
  void aHostsFileIsTheMachinesNoneOrAnother() throws IOException {
    Path file = Files.createFile(folder.resolve("hosts"));
    assertThat(HostsFile.FORM.read("--hosts-file", "auto")).isEqualTo(new HostsFile.OfMachine());
    assertThat(HostsFile.FORM.read("--hosts-file", "off")).isEqualTo(new HostsFile.Off());
    assertThat(HostsFile.FORM.read("--hosts-file", file.toString()))
        .isEqualTo(new HostsFile.At(file));
    assertThatThrownBy(() -> HostsFile.FORM.read("--hosts-file", "/nowhere"))
        .isInstanceOf(ConfigException.class)
        .hasMessage(
            "--hosts-file is '/nowhere': there is no such file to read; write auto, off or the"
                + " path of a hosts file");
  }
}
