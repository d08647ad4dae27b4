/** The file that makes a service manager run `atel up`: a user unit of systemd, or an agent of launchd. */
import { isAbsolute, join } from 'node:path';

/** What the service runs. */
interface ServiceProgram {
  /** Path of node. */
  node: string;
  /** Path of the command line. */
  cli: string;
  /** Variables that it gets; it has none of the shell that installed it. */
  env: Readonly<Record<string, string>>;
}

/** A service manager. */
export interface ServiceManager {
  name: string;
  /** The program that controls it. */
  control: string;
  /** Path of our file. */
  file: string;
  /** The content of our file. @throws {RangeError} if it cannot say a path */
  text: (program: ServiceProgram) => string;
  /** The commands that start, stop and show the service. */
  start: string;
  stop: string;
  show: string;
}

/** In each file that we write: one without it belongs to somebody else. */
export const MARK = 'Written by atel service install';

const UNIT = 'agent-telemetry.service';
const LABEL = 'io.agent-telemetry.atel';

/** The service manager of a platform; undefined if we know none. */
export function serviceManager(
  platform: NodeJS.Platform,
  homeDir: string,
  env: Readonly<Record<string, string | undefined>>,
): ServiceManager | undefined {
  if (platform === 'linux') {
    const xdg = env.XDG_CONFIG_HOME ?? '';
    return {
      name: 'systemd',
      control: 'systemctl',
      file: join(!isAbsolute(xdg) ? join(homeDir, '.config') : xdg, 'systemd', 'user', UNIT),
      text: unit,
      start: `systemctl --user daemon-reload && systemctl --user enable --now ${UNIT}`,
      stop: `systemctl --user disable --now ${UNIT}; systemctl --user daemon-reload`,
      show: `systemctl --user status ${UNIT}`,
    };
  }
  if (platform !== 'darwin') return undefined;
  const file = join(homeDir, 'Library', 'LaunchAgents', `${LABEL}.plist`);
  return {
    name: 'launchd',
    control: 'launchctl',
    file,
    text: plist,
    start: `launchctl bootstrap gui/$(id -u) ${shellWord(file)}`,
    stop: `launchctl bootout gui/$(id -u)/${LABEL}`,
    show: `launchctl print gui/$(id -u)/${LABEL}`,
  };
}

/** A user unit of systemd. */
function unit({ node, cli, env }: ServiceProgram): string {
  for (const text of [node, cli, ...Object.values(env)]) refuseControls(text);
  // systemd expands variables in arguments, where `$$` is a dollar sign, but not alike in the program's path.
  if (node.includes('$')) throw new RangeError(`systemd cannot run a program whose path has a $: ${node}`);
  const variables = Object.entries(env).map(([name, value]) => `Environment=${quoted(`${name}=${value}`)}`);
  return [
    `# ${MARK}`,
    '[Unit]',
    'Description=agent-telemetry: the store, the collector, the API and the page',
    // A port in use does not go away: five tries are enough.
    'StartLimitIntervalSec=120',
    'StartLimitBurst=5',
    '',
    '[Service]',
    `ExecStart=${quoted(node)} ${quoted(cli).replaceAll('$', '$$$$')} up`,
    ...variables,
    'Restart=on-failure',
    'RestartSec=10',
    'TimeoutStopSec=15',
    '',
    '[Install]',
    'WantedBy=default.target',
    '',
  ].join('\n');
}

/** A word in a unit: `%` begins a specifier of systemd. */
function quoted(word: string): string {
  return `"${word.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('%', '%%')}"`;
}

/** An agent of launchd. */
function plist({ node, cli, env }: ServiceProgram): string {
  for (const text of [node, cli, ...Object.values(env)]) refuseControls(text);
  const string = (text: string) => `<string>${xml(text)}</string>`;
  const variables = Object.entries(env).map(([name, value]) => `    <key>${xml(name)}</key>${string(value)}`);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">',
    `<!-- ${MARK} -->`,
    '<plist version="1.0">',
    '<dict>',
    `  <key>Label</key>${string(LABEL)}`,
    '  <key>ProgramArguments</key>',
    '  <array>',
    ...[node, cli, 'up'].map((word) => `    ${string(word)}`),
    '  </array>',
    ...(variables.length === 0
      ? []
      : ['  <key>EnvironmentVariables</key>', '  <dict>', ...variables, '  </dict>']),
    '  <key>RunAtLoad</key><true/>',
    '  <key>KeepAlive</key><dict><key>SuccessfulExit</key><false/></dict>',
    '  <key>ThrottleInterval</key><integer>10</integer>',
    '</dict>',
    '</plist>',
    '',
  ].join('\n');
}

function xml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** A word of a shell. */
function shellWord(word: string): string {
  return /^[\w/.-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

function refuseControls(text: string): void {
  if (/\p{Cc}/u.test(text))
    throw new RangeError(`a service cannot have a path with a control character: ${JSON.stringify(text)}`);
}
