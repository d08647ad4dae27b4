import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { z } from 'zod';

/** The tokens that ccusage counts. It is an independent program that reads the same files. */
export interface CcusageTotals {
  input: number;
  output: number;
  cacheRead: number;
  cacheCreation: number;
}

const report = z.object({
  totals: z.object({
    inputTokens: z.number(),
    outputTokens: z.number(),
    cacheReadTokens: z.number(),
    cacheCreationTokens: z.number(),
  }),
});

/**
 * Path of ccusage's native program, in the platform package next to the devDependency; undefined if it is missing. Its
 * wrapper makes it executable at the first start; here it is done if necessary.
 */
export function ccusageBinary(): string | undefined {
  try {
    const require = createRequire(import.meta.url);
    const wrapper = require.resolve('ccusage/package.json');
    const name = `@ccusage/ccusage-${process.platform}-${process.arch}`;
    const binary = join(dirname(createRequire(wrapper).resolve(`${name}/package.json`)), 'bin', 'ccusage');
    if (!existsSync(binary)) return undefined;
    execFileSync(process.execPath, [join(dirname(wrapper), 'src', 'cli.js'), '--version'], {
      stdio: 'ignore',
    });
    return binary;
  } catch {
    return undefined;
  }
}

/** Arguments and environment for counting one folder of Claude Code only, without network. */
export function ccusageCommand(configDir: string): { args: string[]; env: Record<string, string> } {
  return {
    args: ['claude', 'daily', '--offline', '--json'],
    env: { HOME: join(configDir, 'nobody'), CLAUDE_CONFIG_DIR: configDir, TZ: 'UTC' },
  };
}

/** The tokens that ccusage counts below `FOLDER/projects`. */
export function ccusageTotals(binary: string, configDir: string): CcusageTotals {
  const { args, env } = ccusageCommand(configDir);
  const output = execFileSync(binary, args, { env, encoding: 'utf8', maxBuffer: 1 << 28 });
  const { totals } = report.parse(JSON.parse(output));
  return {
    input: totals.inputTokens,
    output: totals.outputTokens,
    cacheRead: totals.cacheReadTokens,
    cacheCreation: totals.cacheCreationTokens,
  };
}
