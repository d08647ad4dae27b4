import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { z } from 'zod';

const SCOPE = '@anthropic-ai/claude-code';

/** The two clients that the tests run: the pinned one, and an older one whose sessions people still have. */
export const clients = { '2.1.332': SCOPE, '2.1.197': 'claude-code-2.1.197' } as const;

/**
 * The path of the native Claude Code client, in the platform package that npm installs next to the devDependency (no
 * postinstall script needed). `from` is the file from whose folder the package is looked up. CLAUDE_CODE_BINARY names another client to test with. Throws a one-line error if there is
 * none.
 */
export function clientBinary(
  env: NodeJS.ProcessEnv = process.env,
  wrapper: string = SCOPE,
  from: string = import.meta.url,
): string {
  const chosen = env.CLAUDE_CODE_BINARY;
  if (chosen !== undefined && chosen !== '') {
    if (existsSync(chosen)) return chosen;
    throw new Error(`CLAUDE_CODE_BINARY names a file that does not exist: ${chosen}`);
  }
  const musl = process.platform === 'linux' && !hasGlibc() ? '-musl' : '';
  const name = `${SCOPE}-${process.platform}-${process.arch}${musl}`;
  try {
    const require = createRequire(createRequire(from).resolve(`${wrapper}/package.json`));
    const binary = join(
      dirname(require.resolve(`${name}/package.json`)),
      process.platform === 'win32' ? 'claude.exe' : 'claude',
    );
    if (existsSync(binary)) return binary;
  } catch {
    // Not installed: reported below.
  }
  throw new Error(
    `The Claude Code client is not installed (${name}): run npm ci without --omit=dev or --omit=optional`,
  );
}

/** glibc's version is in Node's report; musl has none. */
function hasGlibc(): boolean {
  const report = z.looseObject({ header: z.looseObject({ glibcVersionRuntime: z.string().optional() }) });
  return report.parse(process.report.getReport()).header.glibcVersionRuntime !== undefined;
}
