import type { Problem } from '../../base/problem.ts';
import type { Result } from '../../base/result.ts';

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
}

/** Settings with the opened secret. */
export type PullTarget = PullSettings & { readonly secret: string };

/** What a puller is told besides where to ask. */
export interface PullOptions {
  /** An empty folder for what is put aside. */
  readonly folder: string;
  /** Most bytes that answers may have together. */
  readonly maxBytes: number;
  readonly signal: AbortSignal;
  /** Called with the number of records read so far. */
  onProgress(records: number): void;
}

/** Reads another server; the protocols implement it. */
export interface Puller {
  /** Whether an address may be asked, as far as its text says. */
  checkUrl(url: string): Result<URL>;
  /** Gets a token and the first record; problems say what does not work. */
  check(target: PullTarget, signal: AbortSignal): Promise<Result<{ readonly records: number | null }>>;
  /** Reads everything, and gives it as the bytes of a file once all of it is there. */
  pull(target: PullTarget, options: PullOptions): Promise<Result<AsyncIterable<Uint8Array>>>;
}

/** A pull as it is now. Nothing is submitted to the feed before all records are there. */
export interface Pull {
  feed: string;
  dryRun: boolean;
  state: 'reading' | 'submitted' | 'failed';
  startedAt: string;
  /** Records read so far. */
  records: number;
  /** The run that works on what was read. */
  run: string | null;
  problem: Problem | null;
}
