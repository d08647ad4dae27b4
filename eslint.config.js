import js from '@eslint/js';
import prettier from 'eslint-config-prettier';
import tseslint from 'typescript-eslint';

/** The rooms of the design (.docs/architecture.md) and the rooms that each may import from. */
const doors = {
  datasources: [],
  pipes: ['datasources'],
  'store-error': [],
  'row-schema': [],
  'exact-json': [],
  figures: [],
  'session-thread': [],
  'store-time': [],
  'iso-time': [],
  parquet: [],
  loopback: [],
  'regular-file': [],
  config: ['regular-file'],
  home: [],
  client: ['datasources', 'exact-json', 'pipes', 'store-error'],
  picker: ['regular-file'],
  signals: ['datasources', 'iso-time', 'picker', 'regular-file', 'store-time'],
  spool: ['client', 'signals', 'store-error'],
  emit: ['config', 'home', 'regular-file', 'signals', 'spool'],
  log: ['datasources', 'emit', 'pipes', 'regular-file', 'signals'],
  exporters: ['client', 'config', 'home', 'log', 'pipes', 'regular-file', 'signals', 'spool', 'store-error'],
  hooks: [
    'client',
    'config',
    'emit',
    'exporters',
    'figures',
    'home',
    'pipes',
    'regular-file',
    'signals',
    'spool',
    'store-error',
  ],
  collector: ['config', 'home', 'loopback', 'signals', 'spool'],
  api: ['client', 'iso-time', 'loopback', 'pipes', 'row-schema', 'store-error', 'store-time'],
  dashboard: ['api', 'figures', 'session-thread', 'store-time'],
  backfill: [
    'client',
    'config',
    'home',
    'hooks',
    'parquet',
    'regular-file',
    'signals',
    'spool',
    'store-error',
  ],
  local: ['loopback'],
  cli: [
    'api',
    'backfill',
    'client',
    'collector',
    'config',
    'emit',
    'exporters',
    'figures',
    'home',
    'hooks',
    'iso-time',
    'local',
    'log',
    'loopback',
    'pipes',
    'regular-file',
    'row-schema',
    'session-thread',
    'spool',
    'store-error',
    'store-time',
  ],
  index: ['client', 'datasources', 'emit', 'exporters', 'log', 'pipes', 'store-error'],
};

const rooms = Object.keys(doors);

/** Forbids a room's files to import from a room without a door. Tests may look into any room. */
const roomRules = rooms.flatMap((room) => {
  const shut = rooms.filter((other) => other !== room && !doors[room].includes(other)).join('|');
  const message = `"${room}" has no door to that room; see eslint.config.js and .docs/architecture.md.`;
  const forbid = (files, regex) => ({
    files: [files],
    ignores: ['**/*.test.ts'],
    rules: { 'no-restricted-imports': ['error', { patterns: [{ regex, message }] }] },
  });
  return [
    // A room that is one file looks around itself, one that is a folder looks outside.
    forbid(`src/${room}.ts`, `^\\./(?:${shut})(?:/|\\.js$)`),
    forbid(`src/${room}/**/*.{ts,tsx}`, `^(?:\\.\\./)+(?:${shut})(?:/|\\.js$)`),
  ];
});

export default tseslint.config(
  { ignores: ['dist', 'dist.*', 'coverage', 'node_modules', 'tests/fixtures', 'src/picker/assembly'] },
  js.configs.recommended,
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [...tseslint.configs.strictTypeChecked, ...tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/consistent-type-definitions': 'off',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true }],
      eqeqeq: 'error',
      'no-console': 'error',
    },
  },
  ...roomRules,
  { files: ['src/cli/command-line.ts', 'bench/**/*.ts'], rules: { 'no-console': 'off' } },
  {
    files: ['**/*.test.ts', 'tests/**/*.ts'],
    rules: { '@typescript-eslint/no-non-null-assertion': 'off' },
  },
  {
    files: ['**/*.js', '**/*.mjs'],
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        performance: 'readonly',
        URL: 'readonly',
        require: 'readonly',
      },
    },
  },
  prettier,
);
