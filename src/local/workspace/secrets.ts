/** The secrets and variables of a workspace, which templates read by tb_secret() and tb_var(). */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { ApiError } from '../errors.js';
import { readJsonFile, writeFileSafely } from '../files.js';

/** Values by name, kept in `secrets.json` in the workspace's folder, which only its owner can read. */
export class Secrets {
  private readonly path: string;
  private readonly known = new Map<string, string>();

  constructor(folder: string) {
    this.path = join(folder, 'secrets.json');
  }

  /** Reads the file, if there is one. */
  async load(): Promise<void> {
    const saved = (await readJsonFile(this.path, z.record(z.string(), z.string()))) ?? {};
    for (const [name, value] of Object.entries(saved)) this.known.set(name, value);
  }

  /** The values, as templates read them; they follow every change. */
  get values(): ReadonlyMap<string, string> {
    return this.known;
  }

  /** Sets a value. @throws {ApiError} 400 if the name is not one */
  async set(name: string, value: string): Promise<void> {
    if (!/^[A-Za-z_]\w*$/.test(name)) {
      throw new ApiError(400, `"${name}" is not a valid name: letters, digits and _ only, no digit first`);
    }
    this.known.set(name, value);
    await this.save();
  }

  /** Removes a value; false if there is none. */
  async remove(name: string): Promise<boolean> {
    if (!this.known.delete(name)) return false;
    await this.save();
    return true;
  }

  private async save(): Promise<void> {
    if (this.known.size === 0) await rm(this.path, { force: true });
    else await writeFileSafely(this.path, JSON.stringify(Object.fromEntries(this.known)));
  }
}
