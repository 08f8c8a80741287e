//! The Chinese text of the help: one line per command and option.

use clap::Command;
use event::Language;

include!("help_zh_table.rs");

/// The command in the language asked for.
pub fn localise(command: Command, language: Language) -> Command {
    match language {
        Language::En => command,
        Language::Zh => translate(command, ""),
    }
}

/// The Chinese text of a command (`import`) or an option (`import --map`).
fn text(path: &str) -> Option<&'static str> {
    TEXTS.iter().find(|(key, _)| *key == path).map(|(_, zh)| *zh)
}

fn translate(mut command: Command, path: &str) -> Command {
    if let Some(zh) = text(if path.is_empty() { "dongcha" } else { path }) {
        command = command.about(zh);
    }
    command = command.mut_args(|arg| match text(&key_of(path, arg.get_id().as_str())) {
        Some(zh) => arg.help(zh),
        None => arg,
    });
    command.mut_subcommands(|sub| {
        let name = sub.get_name().to_owned();
        let path = if path.is_empty() { name } else { format!("{path} {name}") };
        translate(sub, &path)
    })
}

/// Where an option's text stands: options that every command shares stand once.
fn key_of(path: &str, id: &str) -> String {
    let own = format!("{path} {id}").trim().to_owned();
    if text(&own).is_some() { own } else { format!("* {id}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Cli;
    use clap::CommandFactory;

    fn missing(command: &Command, path: &str, out: &mut Vec<String>) {
        if text(if path.is_empty() { "dongcha" } else { path }).is_none() {
            out.push(path.to_owned());
        }
        for arg in command.get_arguments() {
            let id = arg.get_id().as_str();
            if text(&key_of(path, id)).is_none() && !["help", "version"].contains(&id) {
                out.push(format!("{path} {id}"));
            }
        }
        for sub in command.get_subcommands() {
            let path = format!("{path} {}", sub.get_name()).trim().to_owned();
            missing(sub, &path, out);
        }
    }

    #[test]
    fn every_command_and_option_has_a_chinese_text() {
        let mut out = Vec::new();
        missing(&Cli::command(), "", &mut out);
        assert!(out.is_empty(), "no Chinese text for: {out:#?}");
        assert!(TEXTS.iter().all(|(_, zh)| !zh.is_ascii()));
    }

    #[test]
    fn help_speaks_chinese_when_asked() {
        let mut command = localise(Cli::command(), Language::Zh);
        assert!(command.render_help().to_string().contains("导入"));
    }
}
