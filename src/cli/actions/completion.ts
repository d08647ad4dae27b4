/** `atel completion`: generates shell completion scripts from the command line's own definitions. */
import type { CommandUnknownOpts, Option } from '@commander-js/extra-typings';
import { UsageError } from '../shared/options.js';
import type { Outside } from '../shared/command.js';
import { guardOutput } from '../shared/guard-output.js';

/** What can follow a command: its options, the words that an option or the command takes, its subcommands. */
interface Grammar {
  name: string;
  description: string;
  options: ReturnType<typeof optionGrammar>[];
  words: string[];
  /** Whether the command line of another program follows. */
  wraps: boolean;
}

/** Other names of the program. */
const aliases = ['ll-telemetry'];

/** Prints the completion script of a shell. */
export function run(_: unknown, { program, print, complain }: Outside, shell: string): void {
  guardOutput(complain);
  print(completion(program, shell).trimEnd());
}

/** The completion script of a shell, generated from the definitions of the command line. */
function completion(program: CommandUnknownOpts, shell: string): string {
  const grammars = program.commands
    // Words of other tools that only lead to ours have no description.
    .filter((command) => command.description() !== '')
    .map((command) => grammarOf(command));
  switch (shell) {
    case 'bash':
      return bash(program.name(), grammars);
    case 'zsh':
      return zsh(program.name(), grammars);
    case 'fish':
      return fish(program.name(), grammars);
    default:
      throw new UsageError(`completion takes bash, zsh or fish, not ${shell}`);
  }
}

function grammarOf(command: CommandUnknownOpts): Grammar {
  const args = command.registeredArguments;
  return {
    name: command.name(),
    description: firstSentence(command.description()),
    options: command.options.filter(({ hidden }) => !hidden).map((option) => optionGrammar(option)),
    words: args[0]?.argChoices ?? [],
    wraps: args.length > 1 && args[1]?.variadic === true && args[1].name() === 'args',
  };
}

function optionGrammar(option: Option) {
  return {
    flags: [option.short, option.long].filter((flag) => flag !== undefined),
    description: firstSentence(option.description),
    values: option.argChoices ?? [],
    takesValue: option.required || option.optional,
    needsValue: option.required,
  };
}

function firstSentence(text: string): string {
  return text.replace(/[.;](?:\s+[A-Z].*)?$/s, '').replace(/\s+/g, ' ');
}

function bash(name: string, commands: readonly Grammar[]): string {
  const cases = commands.map((command) => {
    const flags = command.options.flatMap((option) => option.flags);
    // A value that is not one of a few words may be a file name.
    const values = command.options
      .filter((option) => option.needsValue || option.values.length > 0)
      .map((option) => `        ${option.flags.join('|')}) words=${quote(option.values.join(' '))} ;;`);
    const after = values.length === 0 ? [] : ['      case $previous in', ...values, '      esac'];
    return [
      `    ${command.name})`,
      `      words=${quote([...flags, ...command.words].join(' '))}`,
      // The other program's command line follows `--`.
      ...(command.wraps
        ? ['      files=command', '      [[ " ${COMP_WORDS[*]:2:COMP_CWORD-2} " != *" -- "* ]] || words=']
        : []),
      ...after,
      '      ;;',
    ].join('\n');
  });
  return `# bash completion of ${name}: source <(${name} completion bash)
_${name}() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD - 1]} words= files=file
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W ${quote(commands.map((command) => command.name).join(' '))} -- "$current"))
    return
  fi
  case \${COMP_WORDS[1]} in
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  [ \${#COMPREPLY[@]} -gt 0 ] || COMPREPLY=($(compgen -A "$files" -- "$current"))
}
complete -o filenames -F _${name} ${[name, ...aliases].join(' ')}
`;
}

function zsh(name: string, commands: readonly Grammar[]): string {
  const described = commands.map(({ name: command, description }) =>
    quote(`${command}:${description.replaceAll(':', '\\:')}`),
  );
  const cases = commands.map((command) => {
    const options = command.options.map((option) => {
      const value = !option.takesValue
        ? ''
        : `:value:${option.values.length > 0 ? `(${option.values.join(' ')})` : '_files'}`;
      const flags =
        option.flags.length === 1
          ? quote(option.flags[0] ?? '')
          : `${quote(`(${option.flags.join(' ')})`)}{${option.flags.join(',')}}`;
      return `${flags}${quote(`[${option.description.replace(/[[\]]/g, '')}]${value}`)}`;
    });
    const rest = command.wraps
      ? quote('*::command:_normal')
      : command.words.length > 0
        ? quote(`1:word:(${command.words.join(' ')})`)
        : quote('*:file:_files');
    return `    ${command.name}) _arguments ${[...options, rest].join(' ')} ;;`;
  });
  return `#compdef ${[name, ...aliases].join(' ')}
# zsh completion of ${name}: ${name} completion zsh > a folder of $fpath, as _${name}
_${name}() {
  local -a commands
  commands=(${described.join(' ')})
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  local command=\${words[2]}
  shift words
  (( CURRENT-- ))
  case $command in
${cases.join('\n')}
  esac
}
if [ "$funcstack[1]" = "_${name}" ]; then _${name} "$@"; else compdef _${name} ${[name, ...aliases].join(' ')}; fi
`;
}

function fish(name: string, commands: readonly Grammar[]): string {
  const lines = commands.flatMap((command) => {
    const within = `-n ${quote(`__fish_seen_subcommand_from ${command.name}`)}`;
    return [
      `complete -c ${name} -f -n __fish_use_subcommand -a ${command.name} -d ${quote(command.description)}`,
      ...command.options.map((option) => {
        const flags = option.flags.map((flag) =>
          flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`,
        );
        const value = !option.takesValue
          ? ''
          : option.values.length > 0
            ? ` -x -a ${quote(option.values.join(' '))}`
            : ' -r';
        return `complete -c ${name} ${within} ${flags.join(' ')}${value} -d ${quote(option.description)}`;
      }),
      ...(command.words.length > 0
        ? [`complete -c ${name} -f ${within} -a ${quote(command.words.join(' '))}`]
        : []),
      ...(command.wraps ? [`complete -c ${name} ${within} -a '(__fish_complete_subcommand)'`] : []),
    ];
  });
  const alike = aliases.map((alias) => `complete -c ${alias} -w ${name}`);
  return [`# fish completion of ${name}: ${name} completion fish | source`, ...lines, ...alike, ''].join(
    '\n',
  );
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
