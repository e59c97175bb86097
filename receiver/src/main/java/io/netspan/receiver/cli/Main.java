package io.netspan.receiver.cli;

import io.netspan.bpf.object.BpfException;
import io.netspan.config.ConfigException;
import io.netspan.linux.sockdiag.SockDiagException;
import io.netspan.receiver.output.AgentLogManager;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

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
      "3:the kernel, or the privileges of this process, are not sufficient"
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
    return new CommandLine(new Main())
        .setResourceBundle(new OptionDefaults())
        .setExecutionExceptionHandler((e, command, parsed) -> failed(e, command))
        .setParameterExceptionHandler(oneSentence());
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
    command.getErr().println("netspan: " + (e.getMessage() == null ? e : e.getMessage()));
    return switch (e) {
      case ConfigException _ -> ExitCode.USAGE;
      case BpfException _, SockDiagException _ -> ExitCode.UNSUPPORTED;
      default -> ExitCode.FAILED;
    };
  }

  private static IParameterExceptionHandler oneSentence() {
    return (e, arguments) -> {
      e.getCommandLine().getErr().println("netspan: " + sentence(e));
      return ExitCode.USAGE;
    };
  }

  private static String sentence(ParameterException e) {
    return e instanceof UnmatchedArgumentException unmatched
            && e.getCommandLine().getParent() == null
        ? "unknown command '"
            + unmatched.getUnmatched().getFirst()
            + "' (`netspan help` lists the commands)"
        : e.getMessage()
            + " (`netspan help "
            + e.getCommandLine().getCommandName()
            + "` lists the options)";
  }

  @Override
  public void run() {
    if (spec != null) {
      spec.commandLine().usage(System.out);
    }
  }
}
