/** The tokens of a workspace: who may do what. */
import { createHash, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { ApiError } from './errors.js';
import { readJsonFile, writeFileSafely } from './files.js';
import { claimedWorkspace, isJwt, readJwt, signJwt, type JwtPayload } from './jwt.js';
import type { Project } from './workspace/project.js';

/** What a request may do; without `scopes`, what the TOKEN lines grant that name. */
export type Access =
  | { kind: 'admin' }
  | { kind: 'scoped'; name: string; scopes: readonly TokenScope[] | undefined }
  | { kind: 'jwt'; name: string; jwt: JwtPayload };

const scope = z.object({
  type: z.enum(['DATASOURCES:READ', 'DATASOURCES:APPEND', 'PIPES:READ']),
  resource: z.string(),
});
export type Scope = z.infer<typeof scope>;

/** A token that was made over HTTP. */
const createdToken = z.object({
  name: z.string(),
  description: z.string(),
  token: z.string(),
  scopes: z.array(z.union([scope, z.object({ type: z.literal('ADMIN') })])),
});
type CreatedToken = z.infer<typeof createdToken>;
export type TokenScope = CreatedToken['scopes'][number];

const tokenFile = z.object({
  /** Returned by `/tokens`; each of them is an administrator token. */
  user: z.string(),
  admin: z.string(),
  workspace: z.string(),
  /** Values of the tokens in TOKEN lines. */
  named: z.record(z.string(), z.string()),
  /** SHA-256 of values that were once a named token, or of a workspace: they must not become administrator tokens. */
  retired: z.array(z.string()),
  created: z.optional(z.array(createdToken)),
});
type TokenFile = z.infer<typeof tokenFile>;

interface RegistryOptions {
  /** Values of named tokens; the others are generated and kept. */
  given: Readonly<Record<string, string>>;
  workspaceId: string;
  /** Whether an unknown token is refused. */
  isStrict: boolean;
  /** The administrator token from now on. */
  adminToken?: string | undefined;
}

const namedPrefix = 'p.named.';
const createdPrefix = 'p.created.';

/**
 * The tokens of one workspace. A value that belongs to a named token may do only what the TOKEN lines grant, a JWT only
 * what it says itself. Any other text is an administrator token, as the official CLI needs it (the server listens on the
 * loopback address only), unless the registry is strict: then only the workspace's own administrator tokens are.
 *
 * A value that the options give to two names is not split between them: it stays an administrator token.
 */
export class TokenRegistry {
  private readonly byValue = new Map<string, string>();

  private constructor(
    private readonly path: string,
    private readonly file: TokenFile,
    private readonly given: Readonly<Record<string, string>>,
    private readonly workspaceId: string,
    private readonly isStrict: boolean,
  ) {
    this.index();
  }

  static async open(
    folder: string,
    { given, workspaceId, isStrict, adminToken }: RegistryOptions,
  ): Promise<TokenRegistry> {
    const path = join(folder, 'tokens.json');
    const known = await readJsonFile(path, tokenFile);
    const file = known ?? {
      user: random('p.user.'),
      admin: random('p.admin.'),
      workspace: random('p.workspace.'),
      named: {},
      retired: [],
    };
    file.workspace = adminToken ?? file.workspace;
    const registry = new TokenRegistry(path, file, given, workspaceId, isStrict);
    for (const [name, value] of Object.entries(given)) registry.assign(name, value);
    registry.index();
    await registry.save();
    return registry;
  }

  get user(): string {
    return this.file.user;
  }

  get admin(): string {
    return this.file.admin;
  }

  /** The workspace's own administrator token. */
  get workspace(): string {
    return this.file.workspace;
  }

  /** Whether a token is of this workspace, whatever it may do. */
  owns(token: string): boolean {
    if (token === this.workspace || this.byValue.has(token)) return true;
    return isJwt(token) && claimedWorkspace(token) === this.workspaceId;
  }

  /** All tokens of this workspace alone. */
  values(): string[] {
    return [this.workspace, ...Object.values(this.file.named), ...this.created.map(({ token }) => token)];
  }

  /** Refuses tokens that are not to become administrator tokens. */
  async retire(values: readonly string[]): Promise<void> {
    this.file.retired.push(...values.map(digest));
    await this.save();
  }

  /** Gives every name in the project's TOKEN lines a value. */
  async ensure(project: Project): Promise<void> {
    const missing = [...grantsOf(project).keys()].filter((name) => this.file.named[name] === undefined);
    if (missing.length === 0) return;
    for (const name of missing) this.assign(name, random(namedPrefix));
    this.index();
    await this.save();
  }

  /** A new JWT of this workspace. */
  sign(payload: Omit<JwtPayload, 'workspace_id'>): string {
    return signJwt({ workspace_id: this.workspaceId, ...payload }, this.workspace);
  }

  /**
   * Who a token belongs to; undefined if it belongs to nobody, or no longer does.
   *
   * @throws {ApiError} 403 for a JWT that is not valid
   */
  identify(token: string): Access | undefined {
    const name = this.byValue.get(token);
    const scopes = this.created.find((one) => one.token === token)?.scopes;
    if (scopes?.some(({ type }) => type === 'ADMIN') === true) return { kind: 'admin' };
    if (name !== undefined) return { kind: 'scoped', name, scopes };
    if (isJwt(token)) {
      const jwt = readJwt(token, this.workspaceId, this.workspace, Date.now() / 1000);
      return { kind: 'jwt', name: jwt.name, jwt };
    }
    if (this.isStrict) {
      return [this.user, this.admin, this.workspace].includes(token) ? { kind: 'admin' } : undefined;
    }
    const isFormer =
      [namedPrefix, createdPrefix].some((prefix) => token.startsWith(prefix)) ||
      this.file.retired.includes(digest(token));
    return isFormer && !this.isShared(token) ? undefined : { kind: 'admin' };
  }

  /** A token that was made over HTTP, by its name or value. */
  find(key: string): CreatedToken | undefined {
    return this.created.find(({ name, token }) => name === key || token === key);
  }

  /** Makes a token. @throws {ApiError} 409 if the name is taken */
  async create(asked: Omit<CreatedToken, 'token'>, project: Project): Promise<CreatedToken> {
    const isTaken = this.list(project).some(({ name }) => name === asked.name);
    if (isTaken) throw new ApiError(409, `A token with the name "${asked.name}" exists already`);
    const made = { ...asked, token: random(createdPrefix) };
    this.file.created = [...this.created, made];
    this.index();
    await this.save();
    return made;
  }

  /** Changes a token that was made over HTTP; `token` undefined removes it. Its former value is refused from then on. */
  async change(known: CreatedToken, changed: CreatedToken | undefined): Promise<void> {
    if (known.token !== changed?.token) this.file.retired.push(digest(known.token));
    this.file.created = this.created.flatMap((one) => (one.name !== known.name ? [one] : (changed ?? [])));
    this.index();
    await this.save();
  }

  /** A new value for a token. */
  renewed(token: CreatedToken): CreatedToken {
    return { ...token, token: random(createdPrefix) };
  }

  private get created(): readonly CreatedToken[] {
    return this.file.created ?? [];
  }

  /** All tokens with their values and scopes, for an administrator. */
  list(project: Project): { id: string; name: string; token: string; scopes: TokenScope[] }[] {
    const grants = grantsOf(project);
    const names = [...new Set([...grants.keys(), ...Object.keys(this.given)])];
    return [
      { id: 'workspace', name: 'workspace admin token', token: this.workspace, scopes: [{ type: 'ADMIN' }] },
      ...names.map((name) => ({
        id: name,
        name,
        token: this.file.named[name] ?? '',
        scopes: grants.get(name) ?? [],
      })),
      ...this.created.map((one) => ({ id: one.name, ...one })),
    ];
  }

  private assign(name: string, value: string): void {
    const before = this.file.named[name];
    if (before !== undefined && before !== value) this.file.retired.push(digest(before));
    this.file.named[name] = value;
    this.file.retired = this.file.retired.filter((one) => one !== digest(value));
  }

  private index(): void {
    this.byValue.clear();
    for (const [name, value] of Object.entries(this.file.named)) {
      if (!this.isShared(value)) this.byValue.set(value, name);
    }
    for (const { name, token } of this.created) this.byValue.set(token, name);
  }

  private isShared(value: string): boolean {
    return Object.values(this.file.named).filter((one) => one === value).length > 1;
  }

  private save(): Promise<void> {
    return writeFileSafely(this.path, JSON.stringify(this.file, null, 2));
  }
}

/** The scopes that the project's TOKEN lines grant, by token name. */
export function grantsOf(project: Project): Map<string, Scope[]> {
  const grants = new Map<string, Scope[]>();
  const add = (name: string, scope: Scope) => grants.set(name, [...(grants.get(name) ?? []), scope]);
  for (const { name: resource, tokens } of project.datasources.values()) {
    for (const { name, permission } of tokens) add(name, { type: `DATASOURCES:${permission}`, resource });
  }
  for (const { pipe } of project.pipes.values()) {
    for (const { name } of pipe.tokens) add(name, { type: 'PIPES:READ', resource: pipe.name });
  }
  return grants;
}

function random(prefix: string): string {
  return prefix + randomBytes(24).toString('base64url');
}

function digest(value: string): string {
  return createHash('sha256').update(value).digest('hex');
}
