package io.netspan.receiver.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;

@Command(
    name = "version",
    description = "Print the versions of netspan, Java and the kernel.",
    mixinStandardHelpOptions = true)
final class VersionCommand implements Runnable {
  static final class Version implements CommandLine.IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {
        "netspan " + io.netspan.receiver.Version.current(),
        "Java " + Runtime.version() + ", Linux " + System.getProperty("os.version", "?")
      };
    }
  }

  @Override
  public void run() {
    for (String line : new Version().getVersion()) {
      System.out.println(line);
    }
  }
}
