package io.netspan.receiver.cli;

import io.netspan.bpf.object.BpfException;
import io.netspan.config.ConfigException;
import io.netspan.linux.sockdiag.SockDiagException;
import io.netspan.receiver.output.AgentLogManager;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParseResult;

/** The command {@code netspan}; without a subcommand it runs {@code run}. */
@Command(
    name = "netspan",
    description = "Exports every TCP connection of this machine as OpenTelemetry spans.",
    subcommands = {
      RunCommand.class,
      DoctorCommand.class,
      VersionCommand.class,
      CommandLine.HelpCommand.class
    },
    synopsisSubcommandLabel = "[run|doctor|version]",
    mixinStandardHelpOptions = true,
    versionProvider = VersionCommand.Version.class,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:stopped by a signal, or nothing was left to do; doctor: no problem found",
      "1:ran and failed; doctor: a backend cannot be reached",
      "2:the command line or the settings are invalid",
      "3:the kernel, or the privileges of this process, are not sufficient; doctor: for the kernel"
          + " programs, so run would poll if it can"
    })
public final class Main implements Runnable {
  @CommandLine.Spec private CommandLine.Model.@org.jspecify.annotations.Nullable CommandSpec spec;

  private Main() {}

  public static void main(String[] arguments) {
    // Set before the first logger is created, because that fixes the log manager.
    System.setProperty("java.util.logging.manager", AgentLogManager.class.getName());
    System.exit(run(withDefault(arguments)));
  }

  private static int run(String[] arguments) {
    try {
      return commandLine().execute(arguments);
    } catch (LinkageError | AssertionError e) {
      System.err.println("netspan: this is a bug, please report it: " + e);
      return ExitCode.FAILED;
    }
  }

  static CommandLine commandLine() {
    CommandLine all = new CommandLine(new Main());
    configure(all);
    all.getSubcommands().values().forEach(Main::configure);
    all.getSubcommands().values().forEach(OptionSections::install);
    return all.setResourceBundle(new OptionDefaults())
        .setExecutionStrategy(Main::execute)
        .setExecutionExceptionHandler((e, command, parsed) -> failed(e, command))
        .setParameterExceptionHandler((e, _) -> refused(UsageProblems.of(e), e.getCommandLine()));
  }

  /**
   * Makes the parser go on after an error, so that all of them are reported at once, and take
   * quotes for what they are: a character of a name.
   */
  private static void configure(CommandLine command) {
    command.getCommandSpec().parser().collectErrors(true).splitQuotedStrings(true);
  }

  private static int execute(ParseResult parsed) {
    Integer help = CommandLine.executeHelpRequest(parsed);
    if (help != null) {
      return help;
    }
    ParseResult last = parsed;
    while (last.hasSubcommand()) {
      last = last.subcommand();
    }
    List<String> problems = UsageProblems.of(last);
    CommandLine command = last.commandSpec().commandLine();
    // RunCommand reports them together with those of its settings.
    return problems.isEmpty() || command.getCommand() instanceof RunCommand
        ? new CommandLine.RunLast().execute(parsed)
        : refused(problems, command);
  }

  /** Adds {@code run} if the arguments name no command. */
  static String[] withDefault(String[] arguments) {
    boolean global =
        arguments.length > 0
            && (!arguments[0].startsWith("-")
                || arguments[0].equals("-h")
                || arguments[0].equals("--help")
                || arguments[0].equals("-V")
                || arguments[0].equals("--version"));
    if (global) {
      return arguments;
    }
    String[] all = new String[arguments.length + 1];
    all[0] = "run";
    System.arraycopy(arguments, 0, all, 1, arguments.length);
    return all;
  }

  private static int failed(Exception e, CommandLine command) {
    return switch (e) {
      case ConfigException refused -> refused(refused.problems(), command);
      case BpfException _, SockDiagException _ -> failed(e, command, ExitCode.UNSUPPORTED);
      default -> failed(e, command, ExitCode.FAILED);
    };
  }

  private static int failed(Exception e, CommandLine command, int exitCode) {
    command.getErr().println("netspan: " + (e.getMessage() == null ? e : e.getMessage()));
    return exitCode;
  }

  private static int refused(List<String> problems, CommandLine command) {
    // Those of the parser, too, quote what was written.
    new ConfigException(problems)
        .problems()
        .forEach(problem -> command.getErr().println("netspan: " + problem));
    return ExitCode.USAGE;
  }

  @Override
  public void run() {
    if (spec != null) {
      spec.commandLine().usage(System.out);
    }
  }
}
