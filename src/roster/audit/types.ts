import type { Result } from '../../base/result.ts';
import type { Action, GatewayAction } from '../access/roles.ts';
import type { Context } from '../context.ts';

/** What is on record besides the actions of the admin API. */
export const auditEvents = [
  /** A credential came in by a password, a signature or a key: once in an hour for an address. */
  'sign-in',
  /** A OneRoster client got an access token. */
  'tokens.issue',
  /** A run began, or ended; `count` is the records that it changed. */
  'runs.start',
  'runs.end',
] as const;
/** One of {@link auditEvents}. */
export type AuditEvent = (typeof auditEvents)[number];

/** All that is on record. */
export type AuditAction = Action | GatewayAction | AuditEvent;

/** What somebody acted on. */
export interface AuditSubject {
  /** `person`, `credential`, `feed`, `run` and the like. */
  readonly type: string;
  /** An id of the gateway's own (guid, run), or the name of a feed or credential that is there; never a name of a person. */
  readonly id?: string;
  /** In place of `id`: what was asked for. Kept as it is where it has the shape of a guid, else as a keyed pseudonym. */
  readonly asked?: string;
}

/** Something that goes on record. */
export interface AuditFact {
  readonly action: AuditAction;
  readonly subject?: AuditSubject;
  /** Records that were shown or changed; 1 unless told, where there is a subject. */
  readonly count?: number;
  readonly run?: string;
  /** Why, as the person who asked says. */
  readonly reason?: string;
  readonly outcome: 'done' | 'refused';
  /** Code of the problem of what was refused. */
  readonly problem?: string;
}

/** An entry of the log as people read it. Absent: not known, or there is none. */
export interface AuditEntry {
  /** Place in the tenant's chain, from 1. */
  readonly sequence: number;
  /** ISO 8601, UTC; never before that of the entry before. */
  readonly at: string;
  /** Who: as {@link Context.writer}; `nobody` where that is not known. */
  readonly writer: string;
  readonly role?: string;
  readonly source: Context['source'];
  readonly address?: string;
  /** Id of the request, as the program's log has it. */
  readonly request?: string;
  readonly action: string;
  readonly outcome: 'done' | 'refused';
  readonly problem?: string;
  readonly subject?: { readonly type: string; readonly id?: string };
  readonly count?: number;
  readonly run?: string;
  readonly reason?: string;
  /** Id of the key of {@link hash}. */
  readonly key: string;
  /** The hash of the entry before; empty for the first. */
  readonly previous: string;
  /** HMAC-SHA-256 over all other fields, base64url. */
  readonly hash: string;
}

/** Which entries are meant. */
export interface AuditFilter {
  /** From this time on. */
  readonly since?: Date;
  /** Before this time. */
  readonly until?: Date;
  readonly action?: string;
  /** Id of the subject, or what was asked for. */
  readonly subject?: string;
  /** The writer. */
  readonly who?: string;
}

/** What is wrong with a chain. */
export const auditFaults = ['changed', 'missing', 'inserted', 'cut-off', 'head-changed', 'unknown-key'] as const;

/** What a look through a tenant's whole chain has found. */
export interface AuditCheck {
  /** Entries that are as they were written. */
  readonly entries: number;
  /** The first entry that is kept; those before it were let go after AUDIT_DAYS. */
  readonly first: number;
  /** The newest entry. */
  readonly last: number;
  /** Hash of the newest entry: kept elsewhere, it shows later that the log still has it. */
  readonly hash: string;
  readonly fault: null | {
    readonly kind: (typeof auditFaults)[number];
    /** The entry at which it shows. */
    readonly sequence: number;
    readonly text: string;
  };
}

/** How often what is done again and again is noted. */
export interface AuditOnce {
  readonly inMs: number;
  /** The way in which it is asked for: a route, a door. */
  readonly by: string;
}

/** The audit log, a chain of entries for each tenant: written, listed, checked. */
export interface Audit {
  /** Puts a fact on record; resolves when it is stored. */
  record(context: Context, fact: AuditFact): Promise<void>;
  /**
   * Puts a fact on record in the background, within a second; the same again meanwhile is counted with it. Waits only
   * while very many wait. `once`: the same, asked for in one way, is noted once in so many milliseconds.
   */
  note(context: Context, fact: AuditFact, once?: AuditOnce): Promise<void>;
  /** A page of entries, newest first. */
  list(
    context: Context,
    query: AuditFilter & { readonly limit: number; readonly cursor?: string },
  ): Promise<Result<{ readonly items: readonly AuditEntry[]; readonly next: string | null }>>;
  /** All entries, oldest first, in batches; memory stays flat. */
  entries(context: Context, filter: AuditFilter): AsyncGenerator<readonly AuditEntry[]>;
  /** Looks through the whole chain. `expect`: an entry as it was noted elsewhere. */
  verify(context: Context, expect?: { readonly sequence: number; readonly hash: string }): Promise<AuditCheck>;
  /** Lets go of entries of all tenants that are older than AUDIT_DAYS; answers how many. */
  trim(): Promise<number>;
  /** Writes what waits, before the store is closed at the latest; answers how many entries could not be written. */
  flush(): Promise<number>;
}
