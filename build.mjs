// Builds dist/: the command line, the hook programs, the page, the SDK with its types, and the catalogue's datafiles.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, cp, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { isUpToDate, newFolder, putInPlace } from './scripts/dist-folder.mjs';

const require = createRequire(import.meta.url);

/** `npm ci` calls this as `prepare`; without the development dependencies nothing can be built. */
const preparing = process.argv.includes('--prepare');
if (preparing && !existsSync('node_modules/esbuild')) process.exit(0);
if (preparing && existsSync('.git') && existsSync('node_modules/husky')) {
  const { default: husky } = await import('husky');
  husky();
}
// `npx atel` in a clone also runs `prepare`.
if (preparing && isUpToDate(process.cwd())) process.exit(0);

const { setup: buildJsonScan } = await import('./scripts/build-json-scan.mjs');
await buildJsonScan();

const { build } = await import('esbuild');
const folder = newFolder(process.cwd());
const out = folder.name;
const built = (name) => new URL(`${out}/${name}`, import.meta.url);

const shared = {
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  logLevel: 'warning',
  external: ['chdb'],
  // Only adds types for a command's options; at run time it is commander itself.
  alias: { '@commander-js/extra-typings': 'commander' },
  legalComments: 'none',
  loader: { '.wasm': 'binary' },
  plugins: [wasmWithin()],
};

/**
 * Files that a plugin replaces, and those of them that the build has read. If a build does not read one, it was
 * renamed.
 */
const replaceable = new Set();
const replacements = new Set();

/** Shared code is in chunks, and nothing is loaded before it is needed. */
const split = {
  ...shared,
  outdir: out,
  format: 'esm',
  splitting: true,
  chunkNames: 'chunks/[name]-[hash]',
  // Bundled CommonJS packages call `require`.
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
};
await build({
  ...split,
  entryPoints: {
    index: 'src/index.ts',
    schemas: 'src/schemas.ts',
    tinybird: 'src/local/index.ts',
    openapi: 'src/api/openapi.ts',
  },
});
const { openApi } = await import(built('openapi.js'));
const { version } = JSON.parse(await readFile('package.json', 'utf8'));
await writeFile(join(out, 'openapi.json'), JSON.stringify(openApi(version)));
await rm(join(out, 'openapi.js'));
// These programs are started very often: they must not load anything slow.
const plugins = [...shared.plugins, lightHeaders()];
await build({
  ...split,
  plugins,
  entryPoints: {
    cli: 'src/cli/entry.ts',
    drain: 'src/drain/drain-main.ts',
    'read-all': 'src/backfill/read-all.ts',
    // Keeps the code of the thread separate from the code that sends.
    'reading-thread': 'src/backfill/thread-main.ts',
  },
  external: [...shared.external, './backfill-main.js'],
});
// Loading one file takes half as long as loading its pieces. The reading code stays separate, because it is needed only
// when there is something new.
await build({
  ...split,
  plugins,
  splitting: false,
  entryPoints: { 'backfill-main': 'src/cli/backfill-main.ts' },
  external: [...shared.external, './read-all.js'],
});
// SessionStart waits for this one. CommonJS, minified and without unused code, starts fastest (bench/hooks.ts).
const quick = { ...shared, outdir: out, format: 'cjs', minify: true, outExtension: { '.js': '.cjs' } };
await build({
  ...quick,
  plugins: [...plugins, redactionApart(), queryApart()],
  entryPoints: {
    inject: 'src/hooks/inject-main.ts',
    statusline: 'src/hooks/statusline-main.ts',
    'statusline-ask': 'src/hooks/statusline-ask.ts',
  },
  external: [...shared.external, './redaction.cjs'],
});
await build({ ...quick, entryPoints: { redaction: 'src/signals/privacy/redact-text.ts' } });
await chmod(join(out, 'cli.js'), 0o755);
const unread = [...replaceable].filter((file) => !replacements.has(file));
if (unread.length > 0) throw new Error(`No build reads ${unread.join(', ')}: see the plugins of build.mjs`);

const { build: buildPage } = await import('vite');
await buildPage({
  configFile: 'src/dashboard/vite.config.ts',
  logLevel: 'warn',
  build: { outDir: join(process.cwd(), out, 'dashboard') },
});

const { runGenerate } = await import('@tinybirdco/sdk/cli/commands/generate');
const generated = await runGenerate({ cwd: process.cwd() });
if (!generated.success) throw new Error(`The catalogue cannot be generated: ${generated.error}`);
await writeFile(
  join(out, 'catalogue.json'),
  JSON.stringify(
    generated.artifacts.map(({ relativePath, content }) => ({ filename: basename(relativePath), content })),
  ),
);
// Checking the catalogue with the engine takes most of the time of a first start: it is done here (bench/start.ts).
const checked = execFileSync(process.execPath, ['scripts/check-catalogue.mjs', out], {
  maxBuffer: 50_000_000,
});
if (checked.length > 0) await writeFile(join(out, 'checked.json'), checked);

execFileSync(
  process.execPath,
  [require.resolve('typescript/bin/tsc'), '-p', 'tsconfig.build.json', '--outDir', join(out, 'types')],
  { stdio: 'inherit' },
);
// dist/ is also the plugin that Claude Code copies: the bundle, the hooks and the plugin's description.
for (const part of ['.claude-plugin/plugin.json', '.claude/hooks', 'hooks'])
  await cp(part, join(out, part), { recursive: true });
putInPlace(folder);

/** In dist/, the compiled walker of the picker is embedded in the code, because there is no file next to it. */
function wasmWithin() {
  return {
    name: 'wasm-within',
    setup({ onLoad }) {
      onLoad({ filter: replacing('src/base/json-scan/wasm.ts') }, ({ path }) =>
        replaced(path, {
          contents: `import bytes from './picker.wasm'; export const wasm = () => bytes;`,
          resolveDir: 'src/base/json-scan',
        }),
      );
    },
  };
}

/**
 * The global Headers loads Node's whole fetch client at its first use. In programs that make requests, a small class of
 * the same name replaces it.
 */
function lightHeaders() {
  const light = JSON.stringify(fileURLToPath(new URL('src/store/light-headers.ts', import.meta.url)));
  return {
    name: 'light-headers',
    setup({ onLoad }) {
      const filter = replacing(
        'node_modules/@tinybirdco/sdk/dist/api/api.js',
        'src/store/call.ts',
        'src/store/http-fetch.ts',
      );
      onLoad({ filter }, async ({ path }) =>
        replaced(path, {
          contents: `import { Headers } from ${light};\n${await readFile(path, 'utf8')}`,
          loader: path.endsWith('.ts') ? 'ts' : 'js',
        }),
      );
    },
  };
}

/**
 * SessionStart redacts only the project's name, which nearly always contains no secret: the patterns are loaded only
 * when it might.
 */
function redactionApart() {
  return {
    name: 'redaction-apart',
    setup({ onLoad }) {
      onLoad({ filter: replacing('src/signals/privacy/redact-text.ts') }, ({ path }) =>
        replaced(path, {
          contents: `import { isPlainly } from './plainly.js';
            export const redactText = (text) => isPlainly(text) ? text : require('./redaction.cjs').redactText(text);`,
          resolveDir: 'src/signals/privacy',
        }),
      );
    },
  };
}

/** The status line is printed by a process that does not query: what queries is loaded in the background only. */
function queryApart() {
  return {
    name: 'query-apart',
    setup({ onResolve }) {
      replaceable.add('src/hooks/statusline-ask.ts');
      onResolve({ filter: /[/]statusline-ask[.]js$/ }, () => {
        replacements.add('src/hooks/statusline-ask.ts');
        return { path: './statusline-ask.cjs', external: true };
      });
    },
  };
}

/** A plugin filter for the files that it replaces, by their paths from the root. */
function replacing(...files) {
  for (const file of files) replaceable.add(file);
  const paths = files.map((file) => file.replace(/[.]/g, '\\.').replaceAll('/', '[/\\\\]'));
  return new RegExp(`(?:${paths.join('|')})$`);
}

/** Records that the file was read and returns its replacement. */
function replaced(path, result) {
  for (const file of replaceable) if (path.replaceAll('\\', '/').endsWith(file)) replacements.add(file);
  return result;
}
