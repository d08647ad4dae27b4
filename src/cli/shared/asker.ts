/** Asks the store the questions of a command, and starts the embedded store if needed. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { explained } from '../../store/advice.js';
import { configuredClient } from '../../store/client.js';
import type { ParquetSource, TinybirdClient } from '../../store/client-types.js';
import type { Config } from '../../base/config.js';
import { homePaths } from '../../base/home.js';
import type { ParamsOf as Params, QuestionName, RowsOf as Rows } from '../../store/question-types.js';
import { httpFetch } from '../../store/http-fetch.js';
import { StoreError } from '../../store/store-error.js';
import { CommandError } from './command-error.js';
import { storeText } from './options.js';
import { sayStarting } from './starting.js';

/** A question that was asked. */
export interface Asked {
  pipe: string;
  params: Record<string, string | number>;
}

/** Time limit of a question, milliseconds: a person is waiting. */
const DEADLINE_MS = 30_000;
/** Time limit of a whole file, milliseconds. */
const DOWNLOAD_MS = 300_000;

/** Asks the store the questions of a command, and remembers them for `--explain`. */
export class Asker {
  readonly asked: Asked[] = [];
  readonly config: Config;
  readonly #client: TinybirdClient;
  #awake: Promise<boolean> | undefined;

  constructor(config: Config) {
    this.config = config;
    this.#client = configuredClient(config, {
      // Loading the global fetch takes as long as all questions of a command.
      fetch: httpFetch,
      timeoutMs: DEADLINE_MS,
    });
  }

  /** Asks one question. @throws {CommandError} with a one-line message that says what to do. */
  ask<K extends QuestionName>(question: K, params: Params<K>): Promise<Rows<K>> {
    this.asked.push({ pipe: pipeName(question), params: plainParams(params) });
    const accessor = this.#client[question] as { query: (params: Params<K>) => Promise<Rows<K>> };
    return this.#answered(() => accessor.query(params));
  }

  /** Runs one read-only SELECT. @throws {CommandError} */
  sql(query: string): Promise<Record<string, unknown>[]> {
    return this.#answered(() => this.#client.sql(query));
  }

  /** Column names of a question, or of a table by its name, even if there are no rows. @throws {CommandError} */
  columns(of: { question: QuestionName } | { table: string }): Promise<string[]> {
    return this.#answered(() => this.#client.columns('table' in of ? of.table : pipeName(of.question)));
  }

  /** The rows of a question, or of one read-only SELECT, as a Parquet file. @throws {CommandError} */
  parquet(
    of: Extract<ParquetSource, { sql: string }> | { question: QuestionName; params: Record<string, unknown> },
  ): Promise<AsyncIterable<Uint8Array>> {
    const source = 'sql' in of ? of : { pipe: pipeName(of.question), params: of.params };
    const client = configuredClient(this.config);
    return this.#answered(() => client.parquet(source, { timeoutMs: DOWNLOAD_MS }));
  }

  /** The embedded store stops when idle, so a question may have to start it. */
  async #answered<T>(ask: () => Promise<T>): Promise<T> {
    try {
      return await ask().catch(async (error: unknown) => {
        if (!(error instanceof StoreError) || error.kind !== 'network' || !this.config.local) throw error;
        this.#awake ??= this.#wake();
        if (!(await this.#awake)) throw error;
        return ask();
      });
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      const said = explained(error, this.config.local ? 'embedded' : 'cloud');
      throw new CommandError(said, { cause: error });
    }
  }

  async #wake(): Promise<boolean> {
    const paths = homePaths(this.config.home);
    if (!existsSync(paths.home)) {
      throw new CommandError(
        `nothing was recorded yet (there is no ${paths.home}): atel init --project DIR records a project`,
      );
    }
    const [{ ensureServer }, { programFolder }] = await Promise.all([
      import('../../drain/server.js'),
      import('../../base/program-folder.js'),
    ]);
    sayStarting();
    return ensureServer(this.config, paths, join(programFolder, 'cli.js'));
  }
}

/** The pipe of a question; the client derives the one name from the other. */
function pipeName(question: string): string {
  return question.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** The parameters with their names in the request. */
function plainParams(params: object): Asked['params'] {
  const names: Record<string, string> = { from: 'date_from', to: 'date_to' };
  return Object.fromEntries(
    Object.entries(params)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]: [string, unknown]) => [
        names[name] ?? name,
        value instanceof Date ? storeText(value) : (value as string | number),
      ]),
  );
}
