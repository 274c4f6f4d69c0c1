import type { Problem } from '../../base/problem.ts';
import type { Result } from '../../base/result.ts';
import type { RestPullSettings } from '../feeds/sections/rest-pull.ts';

/** Where and how a feed is read from another OneRoster server; part of the feed's settings. */
export interface PullSettings {
  /** Root of the rostering service, as `https://sis.example/ims/oneroster/rostering/v1p2`. */
  url: string;
  version: 'v1p1' | 'v1p2';
  /** How requests are authorized: by tokens (OAuth 2 client credentials), by signatures (OAuth 1.0a), or by the secret as a bearer key. */
  auth: 'oauth2' | 'oauth1' | 'bearer';
  /** OAuth 2: where tokens are got. */
  tokenUrl: string | null;
  /** OAuth 2 and 1.0a: the client's name at the server, there called consumer key by OAuth 1.0a. */
  clientId: string | null;
  /** OAuth 1.0a: how requests are signed. */
  signature: 'HMAC-SHA256' | 'HMAC-SHA1';
  /** How the client is named to the token endpoint: HTTP Basic, or fields of the form. */
  clientAuth: 'basic' | 'form';
  /** Scopes with a space between; null: those of the version. */
  scope: string | null;
  /** Whether demographics are read, which need their own scope. */
  demographics: boolean;
  /** Records asked for at once; servers that give fewer are followed. */
  pageSize: number;
  /** Whether, after a full pull, only what has changed since is read. */
  delta: boolean;
  /** Days after which all is read again. */
  fullEvery: number;
}

/** What a server showed of a collection: where a pull by changes goes on from. Times are instants in UTC. */
export interface PulledCollection {
  /** The newest `dateLastModified`. */
  newest: string;
  /** From when on changes are asked for: so long before the newest that none made during the pull is missed. */
  from: string;
}

/** What a pull has found out about its server; kept with the run that works on it. */
export interface PullFacts {
  kind: 'full' | 'delta';
  /** Why all is read where changes alone were to be, or will be; for people. */
  note: string | null;
  /** By name, null for one that was empty. Null: the server does not tell times, so that changes cannot be asked for. */
  collections: Record<string, PulledCollection | null> | null;
  /** Names of the columns of metadata that users have had, so that what a user has no more is cleared. */
  metadata: string[];
}

/** The pull that a run comes from. */
export interface RunPull extends PullFacts {
  /** When the reading began. */
  startedAt: string;
  /** delta: the run whose pull it goes on from. */
  base: string | null;
  /** When the last full pull began that it builds on. */
  fullAt: string;
  /** A hash of what the server and the client are; with others nothing is gone on from. */
  source: string;
}

/** Settings with the opened secret. */
export type PullTarget = PullSettings & { readonly secret: string };

/** What a puller is told besides where to ask. */
export interface PullOptions {
  /** An empty folder for what is put aside. */
  readonly folder: string;
  /** What an earlier pull has found out, to go on from; undefined: there was none. */
  readonly since: PullFacts | undefined;
  /** Whether all is to be read, whatever there is to go on from. */
  readonly full: boolean;
  /** Most bytes that answers may have together. */
  readonly maxBytes: number;
  readonly signal: AbortSignal;
  /** Called with the number of records read so far. */
  onProgress(records: number): void;
}

/** What was read. */
export interface Pulled {
  /** The bytes of a file that says all there is, or what has changed. */
  readonly bytes: AsyncIterable<Uint8Array>;
  readonly facts: PullFacts;
}

/** Reads another server; the protocols implement it. */
export interface Puller {
  /** Whether an address may be asked, as far as its text says. */
  checkUrl(url: string): Result<URL>;
  /** Gets a token and the first record; problems say what does not work. */
  check(target: PullTarget, signal: AbortSignal): Promise<Result<{ readonly records: number | null }>>;
  /**
   * Reads everything, or what has changed, and gives it as the bytes of a file once all of it is there. A server that does not
   * prove that it tells all changes is read in full.
   */
  pull(target: PullTarget, options: PullOptions): Promise<Result<Pulled>>;
}

/** Settings of a server that is not OneRoster, with the opened secret; undefined where it needs none. */
export type RestPullTarget = RestPullSettings & { readonly secret: string | undefined };

/** What the first page of a collection becomes. */
export interface PreviewedCollection {
  /** The file of the package that its rows go to. */
  type: string;
  path: string;
  /** Records on the page. */
  records: number;
  /** The first rows, by column. */
  rows: Record<string, string>[];
  /** What a mapping could not be applied to, by column and path in the record. */
  problems: { column: string; path: string; text: string; count: number }[];
}

/** What the first pages of a server become; nothing is kept of it. */
export interface PullPreview {
  collections: PreviewedCollection[];
}

/** Reads servers that are not OneRoster, by settings; a protocol implements it. */
export interface RestPuller {
  /** Gets a token, where there are some, and the first page of the first collection. */
  check(target: RestPullTarget, signal: AbortSignal): Promise<Result<{ readonly records: number | null }>>;
  /** Reads all, and gives it as the bytes of a OneRoster CSV package once all of it is there. */
  pull(target: RestPullTarget, options: PullOptions): Promise<Result<Pulled>>;
  /** Reads the first page of each collection and shows what it becomes. */
  preview(target: RestPullTarget, signal: AbortSignal): Promise<Result<PullPreview>>;
}

/** A pull as it is now. Nothing is submitted to the feed before all records are there. */
export interface Pull {
  feed: string;
  dryRun: boolean;
  state: 'reading' | 'submitted' | 'failed';
  startedAt: string;
  /** Records read so far. */
  records: number;
  /** Whether all was read or what has changed, once it is read. */
  kind: 'full' | 'delta' | null;
  /** Why all was read where changes alone were to be, or will be; for people. */
  note: string | null;
  /** The run that works on what was read. */
  run: string | null;
  problem: Problem | null;
}
