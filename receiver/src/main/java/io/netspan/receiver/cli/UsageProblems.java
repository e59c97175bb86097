package io.netspan.receiver.cli;

import io.netspan.config.Spelling;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.OverwrittenOptionException;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** What is wrong with a command line, a sentence for each problem. */
final class UsageProblems {
  private UsageProblems() {}

  /** The problems that the parser found. */
  static List<String> of(ParseResult parsed) {
    List<String> all = new ArrayList<>();
    for (Exception error : parsed.errors()) {
      if (error instanceof ParameterException refused) {
        all.addAll(of(refused));
      } else {
        all.add(String.valueOf(error.getMessage()));
      }
    }
    return all;
  }

  static List<String> of(ParameterException e) {
    return switch (e) {
      case UnmatchedArgumentException unmatched ->
          unmatched.getUnmatched().stream().map(argument -> unknown(argument, unmatched)).toList();
      case MissingParameterException missing ->
          missing.getMissing().stream().map(UsageProblems::withoutValue).toList();
      case OverwrittenOptionException twice -> List.of(twice(twice.getOverwritten()));
      default -> List.of(plain(String.valueOf(e.getMessage())) + hint(e.getCommandLine()));
    };
  }

  private static String unknown(String argument, UnmatchedArgumentException e) {
    CommandLine command = e.getCommandLine();
    if (!argument.startsWith("-")) {
      String kind = command.getParent() == null ? "command" : "argument";
      return "unknown " + kind + " '" + argument + "'" + hint(command);
    }
    String meant =
        Spelling.closest(argument.split("=", 2)[0], command.getCommandSpec().optionsMap().keySet())
            .map(option -> ", did you mean " + option + "?")
            .orElse("");
    return "unknown option '" + argument + "'" + meant + hint(command);
  }

  private static String twice(ArgSpec argument) {
    return argument instanceof OptionSpec option
        ? option.longestName() + " is given twice: write it once"
        : argument.paramLabel() + " is given twice: write it once";
  }

  private static String withoutValue(ArgSpec argument) {
    String name =
        argument instanceof OptionSpec option ? option.longestName() : argument.paramLabel();
    return name + " has no value: write " + name + " " + argument.paramLabel();
  }

  /** Picocli's sentence in the style of the others. */
  private static String plain(String sentence) {
    String start = sentence.substring(0, 1).toLowerCase(Locale.ROOT);
    String rest = sentence.substring(1);
    return start + (rest.endsWith(".") ? rest.substring(0, rest.length() - 1) : rest);
  }

  private static String hint(CommandLine command) {
    return command.getParent() == null
        ? " (`netspan help` lists the commands)"
        : " (`netspan help " + command.getCommandName() + "` lists the options)";
  }
}
