import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { z } from 'zod';

/** The tokens that ccusage counts: an independent program over the same files. */
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
 * The path of ccusage's native program, from the per-platform package beside the devDependency; undefined where
 * there is none. Its wrapper gives it the right to run at its first start, which is done here if need be.
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

/** Arguments and environment that make it add up one folder of Claude Code and nothing else, without a network. */
export function ccusageCommand(configDir: string): { args: string[]; env: Record<string, string> } {
  return {
    args: ['claude', 'daily', '--offline', '--json'],
    env: { HOME: join(configDir, 'nobody'), CLAUDE_CONFIG_DIR: configDir, TZ: 'UTC' },
  };
}

/** What it counts below `FOLDER/projects`. */
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
