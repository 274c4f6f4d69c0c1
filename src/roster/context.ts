import type { AdminRole } from './access/roles.ts';
import type { Sharing } from './sharing.ts';

/** Where a request comes from. */
export interface Caller {
  /** IP address, as the trust of proxies finds it; empty where it is not known. */
  readonly address: string;
  /** The id of the request, as the log names it. */
  readonly request: string;
}

/** Who acts, on whose data. Made from a credential or by a run; nothing reads or writes without one. */
export interface Context {
  readonly tenant: string;
  /** Who writes: `feed:<name>`, `credential:<name>` or `admin:<name>`; the owner of what it creates (decisions 2.1). */
  readonly writer: string;
  /** Namespace of the ids this writer sends (decisions 1.4). */
  readonly namespace: string;
  /** The door it came by. */
  readonly source: 'soap' | 'rest' | 'file' | 'admin' | 'cli';
  /** An operator of the gateway, who may act on tenants and, with one named, on its data. */
  readonly gateway?: true;
  /** Feeds that the caller may use; absent: all. */
  readonly feeds?: readonly string[];
  /** What a person or key may do by the admin API; absent: not one of these. */
  readonly role?: AdminRole;
  /** The session of a person who has signed in; `fresh`: within ten minutes of a proof of who it is. */
  readonly session?: { readonly id: string; readonly fresh: boolean; readonly mustSetUp: boolean };
  /** Where the request comes from, if one does. */
  readonly caller?: Caller;
  /** The run that writes, if one does. */
  readonly run?: string;
  /** OAuth scopes granted to the caller; full scope addresses. */
  readonly scopes?: readonly string[];
  /** What of the tenant a OneRoster client may see; absent: all. */
  readonly sharing?: Sharing;
}

/** The feed of a writer, or undefined when the writer is no feed. */
export function feedOf(writer: string): string | undefined {
  return writer.startsWith('feed:') ? writer.slice('feed:'.length) : undefined;
}
