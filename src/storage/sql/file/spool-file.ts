import { closeSync, fsyncSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Database } from 'better-sqlite3';
import { MailRelayError } from '../../../core/mail-relay-error.js';
import type { SpoolMigration } from '../tables/spool-migrations.js';
import { OwnerRecord } from './owner-record.js';
import { sqlWriter, type SqlPackages } from './sql-packages.js';
import { sqliteCodeOf } from './sqlite-error.js';

export interface SpoolFileSettings {
  /** Absolute. */
  readonly path: string;
  /** Whose file it is. */
  readonly relay: string;
  /** How long to wait for a process that still holds the file, milliseconds. */
  readonly lockWaitMs: number;
  /** `OFF` exists to prove by a test that `FULL` is needed. */
  readonly synchronous: 'FULL' | 'OFF';
  /** When it is opened, milliseconds since the epoch. */
  readonly openedAt: number;
  /** How large the file may become, in pages; to prove by a test what a full disk does. */
  readonly maxPages?: number | undefined;
}

/** "MREL": says in the file's header whose it is. */
const APPLICATION_ID = 0x4d_52_45_4c;
/** How long the log becomes until it is moved into the file: index pages that change all the time are moved once. */
const CHECKPOINT_PAGES = 4000;
/** Free pages that are given back to the file system in one step. */
const VACUUM_PAGES = 500;
/** How often the lock is asked for while nobody says that he has it. */
const MAX_TURNS = 5;
const TURN_MS = 40;

/**
 * A SQLite file that one process holds from here to `close()`. Opened for durability: a write-ahead log that is synced
 * at every commit.
 */
export class SpoolFile {
  readonly database: Database;
  readonly #settings: SpoolFileSettings;
  readonly #owner: OwnerRecord;
  #synchronous = '';

  constructor(packages: SqlPackages, settings: SpoolFileSettings, migrations: readonly SpoolMigration[]) {
    this.#settings = settings;
    this.#owner = new OwnerRecord(settings.path);
    createFile(settings.path);
    this.database = this.#open(packages, migrations);
    try {
      this.#owner.write(settings.relay, settings.openedAt);
      this.#migrate(packages, migrations);
    } catch (error) {
      this.database.close();
      throw error;
    }
  }

  /** Begins a transaction; one that need not wait for the disk may be lost with the machine, never half of it. */
  begin(isDurable: boolean): void {
    const wanted = isDurable ? this.#settings.synchronous : 'NORMAL';
    if (this.#settings.synchronous === 'FULL' && wanted !== this.#synchronous) {
      this.database.pragma(`synchronous = ${wanted}`);
      this.#synchronous = wanted;
    }
    this.database.exec('BEGIN IMMEDIATE');
  }

  commit(): void {
    this.database.exec('COMMIT');
  }

  rollback(): void {
    // SQLite may have rolled back by itself, as it does when the disk is full.
    if (this.database.inTransaction) this.database.exec('ROLLBACK');
  }

  /** Gives some pages back to the file system when a quarter of the file is empty. */
  shrink(): void {
    const free = Number(this.database.pragma('freelist_count', { simple: true }));
    const all = Number(this.database.pragma('page_count', { simple: true }));
    if (free > 4 * VACUUM_PAGES && free * 4 > all)
      this.database.pragma(`incremental_vacuum(${VACUUM_PAGES})`);
  }

  /** Moves the log into the file, and gives the lock back. */
  close(): void {
    this.#owner.remove();
    this.database.close();
  }

  /**
   * Opens the file and takes its lock. Two that come at the same moment can keep each other from it, and then nobody
   * has it: both let go, and try again after unequal times.
   */
  #open(packages: SqlPackages, migrations: readonly SpoolMigration[]): Database {
    const { path, lockWaitMs } = this.#settings;
    for (let turn = 1; ; turn++) {
      const database = new packages.Database(path, { timeout: lockWaitMs });
      try {
        this.#takeLock(database, migrations);
        return database;
      } catch (error) {
        database.close();
        const isHeld = this.#owner.read() !== undefined;
        if (isHeld || turn >= MAX_TURNS || !isBusy(error)) throw isBusy(error) ? this.#inUse(error) : error;
        // A thread of its own: it may stand still.
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, turn * TURN_MS * (1 + Math.random()));
      }
    }
  }

  /** Takes the lock, and changes nothing before it is known whose file this is. */
  #takeLock(database: Database, migrations: readonly SpoolMigration[]): void {
    database.pragma('locking_mode = EXCLUSIVE');
    const { isEmpty } = this.#identify(database, migrations.length);
    if (isEmpty) database.pragma('auto_vacuum = INCREMENTAL');
    const mode: unknown = database.pragma('journal_mode = WAL', { simple: true });
    if (mode !== 'wal')
      throw this.#refusal(`has no write-ahead log here (${String(mode)}): use a local disk.`);
    database.pragma(`synchronous = ${this.#settings.synchronous}`);
    database.pragma('fullfsync = ON');
    database.pragma('checkpoint_fullfsync = ON');
    database.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
    database.pragma('cache_size = -32000');
    database.pragma('journal_size_limit = 67108864');
    // Only a transaction takes the lock that keeps everybody else out.
    database.exec('BEGIN IMMEDIATE');
    database.exec('COMMIT');
    if (this.#settings.maxPages !== undefined) database.pragma(`max_page_count = ${this.#settings.maxPages}`);
  }

  #identify(
    database: Database,
    knownVersion: number,
  ): { readonly version: number; readonly isEmpty: boolean } {
    const version = Number(database.pragma('user_version', { simple: true }));
    const application = Number(database.pragma('application_id', { simple: true }));
    const isEmpty = database.prepare('select count(*) from sqlite_schema').pluck().get() === 0;
    if (application !== APPLICATION_ID && !isEmpty) {
      throw this.#refusal('holds tables of something else: a relay needs a file of its own.');
    }
    if (version <= knownVersion) return { version, isEmpty };
    throw new MailRelayError(
      'ERR_MAIL_RELAY_SPOOL_VERSION',
      `The spool in ${this.#settings.path} was written by a newer version of nestjs-mail-relay (tables ${version}, this version knows ` +
        `${knownVersion}). Nothing was changed: go back to the newer version, or give this one another file.`,
    );
  }

  #migrate(packages: SqlPackages, migrations: readonly SpoolMigration[]): void {
    const { database } = this;
    const { version } = this.#identify(database, migrations.length);
    const db = sqlWriter<unknown>(packages);
    for (const [before, migration] of migrations.entries()) {
      if (before < version) continue;
      this.begin(true);
      try {
        for (const statement of migration(db, packages.kysely)) database.exec(statement.compile().sql);
        database.pragma(`application_id = ${APPLICATION_ID}`);
        database.pragma(`user_version = ${before + 1}`);
        this.commit();
      } catch (error) {
        this.rollback();
        throw error;
      }
    }
  }

  #inUse(cause: unknown): MailRelayError {
    const { path } = this.#settings;
    const owner = this.#owner.read();
    const who = owner
      ? `relay "${owner.relay}" in process ${owner.pid} on ${owner.host}, since ${owner.since}`
      : 'another process that left no word about itself';
    const advice =
      owner?.pid === process.pid
        ? 'Give each relay of the application a file of its own.'
        : 'A SQLite file belongs to one process: stop that one, give this one another file, or let processes share a ' +
          'spool in Redis with withBull() of nestjs-mail-relay/bull.';
    return new MailRelayError(
      'ERR_MAIL_RELAY_SPOOL_IN_USE',
      `The spool in ${path} is held by ${who}. ${advice}`,
      { cause, field: 'file' },
    );
  }

  #refusal(what: string): MailRelayError {
    return new MailRelayError(
      'ERR_MAIL_RELAY_SPOOL_UNAVAILABLE',
      `The spool in ${this.#settings.path} ${what}`,
      { field: 'file' },
    );
  }
}

function isBusy(error: unknown): boolean {
  return /^SQLITE_(BUSY|LOCKED)/.test(sqliteCodeOf(error) ?? '');
}

/** Makes the file, for its owner only, and the folders that lead to it. */
function createFile(path: string): void {
  const folder = dirname(path);
  const made = mkdirSync(folder, { recursive: true });
  try {
    // Never an existing file: closing any handle of it would take the lock from a relay in this process (POSIX).
    closeSync(openSync(path, 'wx', 0o600));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    return;
  }
  syncFolder(folder);
  if (made !== undefined)
    for (let up = folder; up.length >= dirname(made).length; up = dirname(up)) syncFolder(up);
}

/** The name of a new file is in its folder, which has a sync of its own. */
function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } catch {
    // Some file systems have no sync for folders; they keep names in their own way.
  } finally {
    closeSync(handle);
  }
}
