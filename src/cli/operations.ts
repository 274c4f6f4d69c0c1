import type { Result } from '../base/result.ts';
import type { RecordType } from '../model/index.ts';
import type { CredentialItem, RestoreResult, TenantSettings, TrashItem } from '../roster/index.ts';
import type { DeadLetter, DownstreamReport, Feed, Listing, Run, RunRequest } from '../sync/index.ts';

/** What lists take besides their own filters. */
export interface Paging {
  readonly limit: number;
  readonly cursor?: string;
}

/** What commands can do; they do not know whether a running gateway does it or this process (`over-http.ts`, `in-process.ts`). */
export interface Operations {
  /** What becomes of queued runs when this command is interrupted, as the end of a sentence. */
  readonly afterwards: string;
  /** Stores a file and queues its run. */
  submit(request: RunRequest, bytes: AsyncIterable<Uint8Array>): Promise<Result<Run>>;
  /** Waits until the run is neither queued nor running; calls back on progress. */
  wait(id: string, onProgress: (run: Run) => void): Promise<Result<Run>>;
  run(id: string): Promise<Result<Run>>;
  runs(query: Paging & { readonly feed?: string; readonly state?: string }): Promise<Result<Listing<Run>>>;
  approve(id: string): Promise<Result<Run>>;
  reject(id: string): Promise<Result<Run>>;
  feed(name: string): Promise<Result<Feed>>;
  feeds(): Promise<Result<Listing<Feed>>>;
  putFeed(name: string, settings: object): Promise<Result<Feed>>;
  trash(
    query: Paging & { readonly q?: string; readonly type?: RecordType; readonly run?: string },
  ): Promise<Result<Listing<TrashItem>>>;
  restore(what: { readonly ids: readonly string[] } | { readonly run: string }): Promise<Result<RestoreResult[]>>;
  purge(id: string, force: boolean): Promise<Result<{ id: string }>>;
  settings(): Promise<Result<TenantSettings>>;
  putSettings(settings: object): Promise<Result<TenantSettings>>;
  credentials(): Promise<Result<{ readonly items: readonly CredentialItem[] }>>;
  allowDigest(name: string, password: string): Promise<Result<CredentialItem>>;
  denyDigest(name: string): Promise<Result<CredentialItem>>;
  /** The delivery to another server as it is, or anew from the start. */
  downstream(resend: boolean): Promise<Result<DownstreamReport>>;
  putDownstream(settings: object): Promise<Result<DownstreamReport>>;
  removeDownstream(): Promise<Result<{ readonly removed: boolean }>>;
  deadLetters(query: Paging): Promise<Result<Listing<DeadLetter>>>;
  /** One, or all where none is named. */
  retryDeadLetters(id: string | undefined): Promise<Result<{ readonly retried: number }>>;
  dropDeadLetter(id: string): Promise<Result<{ readonly id: string }>>;
  close(): Promise<void>;
}
