"""The subcommands of `chainrule`, one a module: see `chainrule.cli.Command` for what each defines."""
