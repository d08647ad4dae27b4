import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

/** The published types of `import … from 'atel'`, as the build wrote them. */
const entries = ['../../dist/types/index.d.ts', '../../dist/types/schemas.d.ts'].map((path) =>
  fileURLToPath(new URL(path, import.meta.url)),
);

/** A path for each example's program. The files do not exist on disk. */
const placeOf = (name: string) => fileURLToPath(new URL(`example-${name}.ts`, import.meta.url));

const options: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2023,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  types: ['node'],
  strict: true,
  skipLibCheck: true,
  noEmit: true,
  noUnusedLocals: true,
};

interface Documented {
  name: string;
  docs: string;
  examples: string[];
}

/** The functions of a module, and the two tables of schemas. Definitions of the catalogue are not included. */
function callable(checker: ts.TypeChecker, module: ts.Symbol, prefix = ''): Documented[] {
  return checker.getExportsOfModule(module).flatMap((exported): Documented[] => {
    const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
    const name = `${prefix}${exported.name}`;
    if (symbol.flags & ts.SymbolFlags.Module) return callable(checker, symbol, `${name}.`);
    const isCallable = (symbol.flags & (ts.SymbolFlags.Function | ts.SymbolFlags.Class)) !== 0;
    if (!isCallable && !/^(?:schemas|logSchemas)$/.test(name)) return [];
    const examples = symbol.getJsDocTags(checker).filter((tag) => tag.name === 'example');
    return [
      {
        name,
        docs: ts.displayPartsToString(symbol.getDocumentationComment(checker)),
        examples: examples.map(({ text }) => codeOf(ts.displayPartsToString(text))),
      },
    ];
  });
}

function codeOf(example: string): string {
  return /^```ts\n([^]*)\n```$/.exec(example.trim())?.[1] ?? '';
}

function documented(): Documented[] {
  const program = ts.createProgram(entries, options);
  const checker = program.getTypeChecker();
  return entries.flatMap((entry) => {
    const file = program.getSourceFile(entry);
    const module = file && checker.getSymbolAtLocation(file);
    if (module === undefined) throw new Error(`${entry} is missing: run npm run build first`);
    return callable(checker, module);
  });
}

/** The compiler's errors in these programs, one line each. */
function problemsOf(programs: ReadonlyMap<string, string>): string[] {
  const host = ts.createCompilerHost(options);
  const fileExists = host.fileExists.bind(host);
  host.fileExists = (file) => programs.has(file) || fileExists(file);
  const getSourceFile = host.getSourceFile.bind(host);
  host.getSourceFile = (file, language, ...rest) => {
    const text = programs.get(file);
    return text === undefined
      ? getSourceFile(file, language, ...rest)
      : ts.createSourceFile(file, text, language, true);
  };
  const program = ts.createProgram([...programs.keys()], options, host);
  return ts.getPreEmitDiagnostics(program).map(({ file, messageText }) => {
    const where = file?.fileName.replace(/^.*\/example-|\.ts$/g, '') ?? 'the compiler';
    return `${where}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
  });
}

describe('the documentation of the SDK', { timeout: 180_000 }, () => {
  const found = documented();

  it('every function that a program can call is documented', () => {
    expect(found.map(({ name }) => name).sort()).toEqual(
      [
        ...['OtlpError', 'StoreError', 'createTinybirdClient', 'emit', 'exportAsTraces', 'exportEvents'],
        ...['log.path', 'log.read', 'log.summary', 'log.trace', 'log.trends'],
        ...['logSchemas', 'rowSchema', 'rowsSchema', 'schemas'],
      ].sort(),
    );
    expect(found.filter(({ docs }) => docs === '').map(({ name }) => name)).toEqual([]);
  });

  it('each public function has an example that uses it', () => {
    const without = found.filter(
      ({ name, examples }) => examples.length === 0 || !examples.every((code) => code.includes(name)),
    );
    expect(without.map(({ name }) => name)).toEqual([]);
  });

  it('the examples compile with the published types', () => {
    const programs = new Map(
      found.flatMap(({ name, examples }) =>
        examples.map((code, index): [string, string] => [placeOf(`${name}-${index}`), code]),
      ),
    );
    programs.set(placeOf('wrong'), "import { emit } from 'atel';\nemit({ event: 'no_such_event' });\n");
    programs.set(placeOf('missing'), "import { mergeRequests } from 'atel';\nconsole.log(mergeRequests);\n");
    expect(problemsOf(programs).sort()).toEqual([
      expect.stringMatching(/^missing: .*mergeRequests/),
      expect.stringMatching(/^wrong: .*no_such_event/),
    ]);
  });
});
