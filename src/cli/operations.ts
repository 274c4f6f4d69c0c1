import type { Result } from '../base/result.ts';
import type { JobItem, JobQuery } from '../jobs/index.ts';
import type { RecordType } from '../model/index.ts';
import type {
  DeliveryItem,
  NewSubscriber,
  SubscriberList,
  WebhookChange,
  WebhookItem,
  WebhooksRoom,
} from '../notify/index.ts';
import type {
  AccountName,
  AccountStatus,
  ArchivedItem,
  AuditCheck,
  AuditEntry,
  AuditQuery,
  ChangedAccounts,
  CredentialChange,
  CredentialItem,
  IdentifiedPerson,
  MadeCredential,
  MailWishes,
  MailWishesLink,
  NewCredential,
  PersonExport,
  PersonMailWishes,
  RecordLocks,
  RestoreResult,
  SecretsRotation,
  SecretsStatus,
  SessionItem,
  Sharing,
  SharingPreview,
  Tenancy,
  TenantItem,
  TenantSettings,
  TrashItem,
  TrashSearch,
} from '../roster/index.ts';
import type {
  CertificationLog,
  ChangeAction,
  ChangeItem,
  ChecklistItem,
  CountedType,
  DeadLetter,
  DownstreamReport,
  ExportFile,
  ExportQuery,
  HandEdit,
  Listing,
  Pair,
  ProblemItem,
  Pull,
  PullPreview,
  RolloverRequest,
  Run,
  RunRequest,
  SnapshotReport,
  UnmappedItem,
} from '../sync/index.ts';
import type { CheckedPlace, FeedWithHealth, SftpServerInfo, ShownArrival } from '../transports/index.ts';

/** What lists take besides their own filters. */
export interface Paging {
  readonly limit: number;
  readonly cursor?: string;
}

/** Which changes of a run are meant. */
export interface ChangeFilter {
  readonly type?: CountedType;
  readonly action?: ChangeAction;
}

/** Which problems of a run are meant. */
export interface ProblemFilter {
  readonly type?: CountedType;
  readonly kind?: string;
}

/** A list of a run that can be had as CSV. */
export type RunTable =
  | { readonly of: 'changes'; readonly filter: ChangeFilter }
  | { readonly of: 'problems'; readonly filter: ProblemFilter }
  | { readonly of: 'log' };

/** What operators of the gateway do with tenants; as {@link Tenancy}. */
export interface TenantOperations extends Omit<Tenancy, 'list' | 'get' | 'eraseDue'> {
  list(): Promise<Result<{ readonly items: readonly TenantItem[] }>>;
}

/** The key of stored secrets, for operators of the gateway. */
export interface SecretsOperations {
  status(): Promise<Result<SecretsStatus>>;
  rotate(): Promise<Result<SecretsRotation>>;
}

/** What commands can do; they do not know whether a running gateway does it or this process (`over-http.ts`, `in-process.ts`). */
export interface Operations {
  /** The gateway's tenants, for its operators. */
  readonly tenants: TenantOperations;
  /** Who is signed in by a session. */
  sessions(): Promise<Result<{ readonly items: readonly SessionItem[] }>>;
  /** Ends a session. */
  endSession(id: string): Promise<Result<{ readonly id: string }>>;
  readonly secrets: SecretsOperations;
  /** What becomes of queued runs when this command is interrupted, as the end of a sentence. */
  readonly afterwards: string;
  /** Stores a file and queues its run. */
  submit(request: RunRequest, bytes: AsyncIterable<Uint8Array>, size?: number): Promise<Result<Run>>;
  /** Waits until the run is neither queued nor running; calls back on progress. */
  wait(id: string, onProgress: (run: Run) => void): Promise<Result<Run>>;
  run(id: string): Promise<Result<Run>>;
  runs(
    query: Paging & { readonly feed?: string; readonly state?: string; readonly kind?: string },
  ): Promise<Result<Listing<Run>>>;
  approve(id: string): Promise<Result<Run>>;
  reject(id: string): Promise<Result<Run>>;
  /** Queues the run that puts back what a run has changed. */
  undo(id: string, dryRun: boolean): Promise<Result<Run>>;
  /** Queues a run of the file that was kept of another one. */
  again(id: string, dryRun: boolean): Promise<Result<Run>>;
  /** The files of a feed that came by its transport. */
  arrivals(
    feed: string,
    query: Paging & { readonly state?: ShownArrival['state'] },
  ): Promise<Result<Listing<ShownArrival>>>;
  /** Looks at the place that a feed's files are fetched from, and takes nothing. */
  checkFeed(feed: string): Promise<Result<CheckedPlace>>;
  /** How the SFTP server is reached, and its host keys. */
  sftpServer(): Promise<Result<SftpServerInfo>>;
  /** What the settings of a list say nothing of. */
  unmapped(feed: string, query: Paging): Promise<Result<Listing<UnmappedItem> & { readonly run: string | null }>>;
  unmappedCsv(feed: string): Promise<Result<AsyncIterable<string>>>;
  /** What a snapshot has shown of courses and students; of the last one without `run`. */
  snapshotReport(feed: string, query: Paging & { readonly run?: string }): Promise<Result<SnapshotReport>>;
  snapshotReportCsv(feed: string, query: { readonly run?: string }): Promise<Result<AsyncIterable<string>>>;
  /** Who gets mails about a feed. */
  webhooks(): Promise<Result<Awaited<ReturnType<WebhooksRoom['list']>>>>;
  addWebhook(
    wanted: WebhookChange & { readonly url: string },
  ): Promise<Result<WebhookItem & { readonly secret: string }>>;
  changeWebhook(id: string, change: WebhookChange): Promise<Result<WebhookItem>>;
  removeWebhook(id: string): Promise<Result<{ readonly id: string }>>;
  rotateWebhook(id: string): ReturnType<WebhooksRoom['rotate']>;
  testWebhook(id: string): Promise<Result<DeliveryItem>>;
  /** What was sent to an endpoint. */
  webhookDeliveries(id: string, query: Paging & { readonly state?: string }): ReturnType<WebhooksRoom['deliveries']>;
  replayWebhook(
    id: string,
    what: { readonly delivery?: string; readonly since?: string },
  ): ReturnType<WebhooksRoom['replay']>;
  subscribers(feed: string): Promise<Result<SubscriberList>>;
  /** Sends a mail with a link to an address, which gets mails when the link was used. */
  addSubscriber(feed: string, wanted: NewSubscriber): Promise<Result<{ readonly id: string }>>;
  removeSubscriber(feed: string, id: string): Promise<Result<{ readonly id: string }>>;
  /** Queues the run that retires a school year. */
  rollover(request: RolloverRequest): Promise<Result<Run>>;
  /** Stores a list of old and new ids and queues the run that renames. */
  crosswalk(request: Omit<RunRequest, 'mode'>, bytes: AsyncIterable<Uint8Array>): Promise<Result<Run>>;
  changes(id: string, query: Paging & ChangeFilter): Promise<Result<Listing<ChangeItem>>>;
  problems(id: string, query: Paging & ProblemFilter): Promise<Result<Listing<ProblemItem>>>;
  pairs(id: string, query: Paging): Promise<Result<Listing<Pair>>>;
  /** Makes pairs one: those of the new ids, or all. */
  merge(id: string, what: { readonly newIds: readonly string[] } | { readonly all: true }): Promise<Result<Run>>;
  /** What certifications of OneRoster CSV ask of the log of an import. */
  log(id: string): Promise<Result<CertificationLog>>;
  /** A list of a run as CSV, in pieces. */
  table(id: string, table: RunTable): Promise<Result<AsyncIterable<string>>>;
  feed(name: string): Promise<Result<FeedWithHealth>>;
  feeds(): Promise<Result<Listing<FeedWithHealth>>>;
  /** Records of a feed that were changed by hand since it sent them. */
  handEdits(feed: string, query: Paging): Promise<Result<Listing<HandEdit>>>;
  /** What a new or changed integration needs. */
  checklist(feed: string): Promise<Result<{ readonly items: readonly ChecklistItem[] }>>;
  putFeed(name: string, settings: object): Promise<Result<FeedWithHealth>>;
  removeFeed(name: string): Promise<Result<{ readonly name: string }>>;
  /** Begins to read the server that a feed is pulled from. */
  pull(request: { readonly feed: string; readonly dryRun: boolean; readonly full: boolean }): Promise<Result<Pull>>;
  /** The last pull of a feed. */
  pulled(feed: string): Promise<Result<Pull>>;
  /** Whether that server can be read. */
  checkPull(feed: string): Promise<Result<{ readonly records: number | null }>>;
  /** What the mapping of a feed makes of the first pages of its server. */
  previewPull(feed: string): Promise<Result<PullPreview>>;
  trash(query: Paging & TrashSearch): Promise<Result<Listing<TrashItem>>>;
  archived(query: Paging & { readonly q?: string }): Promise<Result<Listing<ArchivedItem>>>;
  restore(
    what: { readonly ids: readonly string[] } | { readonly run: string } | { readonly search: TrashSearch },
  ): Promise<Result<RestoreResult[]>>;
  /** Locks exactly these fields of a record, none for an empty list. */
  lock(id: string, fields: readonly string[], type: RecordType | undefined): Promise<Result<RecordLocks>>;
  purge(id: string, force: boolean): Promise<Result<{ id: string }>>;
  /** Begins an export of the roster. */
  export(query: ExportQuery): Promise<Result<ExportFile>>;
  /** All that is kept about one person. */
  exportPerson(id: string): Promise<Result<PersonExport>>;
  /** Persons who have an identifier that they sign on with. */
  identifyPerson(asked: { identifier: string; type?: string }): Promise<Result<{ items: readonly IdentifiedPerson[] }>>;
  /** What a person wants of mails. */
  mailWishes(id: string): Promise<Result<PersonMailWishes>>;
  putMailWishes(id: string, wishes: Partial<MailWishes>): Promise<Result<PersonMailWishes>>;
  linkMailWishes(id: string, days: number): Promise<Result<MailWishesLink & { readonly url?: string }>>;
  revokeMailWishesLinks(id: string): Promise<Result<object>>;
  /** How an account stands. */
  accountStatus(name: AccountName): Promise<Result<{ items: readonly AccountStatus[] }>>;
  accountChanges(query: { changedSince: string; limit: number }): Promise<Result<ChangedAccounts>>;
  settings(): Promise<Result<TenantSettings>>;
  putSettings(settings: object): Promise<Result<TenantSettings>>;
  credentials(): Promise<Result<{ readonly items: readonly CredentialItem[] }>>;
  allowDigest(name: string, password: string): Promise<Result<CredentialItem>>;
  denyDigest(name: string): Promise<Result<CredentialItem>>;
  createCredential(credential: NewCredential): Promise<Result<MadeCredential>>;
  changeCredential(name: string, change: CredentialChange): Promise<Result<CredentialItem>>;
  renewCredential(name: string): Promise<Result<MadeCredential>>;
  removeCredential(name: string): Promise<Result<{ readonly name: string }>>;
  putScopes(name: string, scopes: readonly string[]): Promise<Result<CredentialItem>>;
  allowOauth1(name: string, secret: string, sha1: boolean): Promise<Result<CredentialItem>>;
  denyOauth1(name: string): Promise<Result<CredentialItem>>;
  sharing(name: string): Promise<Result<Sharing>>;
  /** Sets what a OneRoster client may see; no rules: all. */
  putSharing(name: string, sharing: Sharing): Promise<Result<Sharing>>;
  previewSharing(name: string): Promise<Result<SharingPreview>>;
  /** The delivery to another server as it is, or anew from the start. */
  downstream(resend: boolean): Promise<Result<DownstreamReport>>;
  putDownstream(settings: object): Promise<Result<DownstreamReport>>;
  removeDownstream(): Promise<Result<{ readonly removed: boolean }>>;
  deadLetters(query: Paging): Promise<Result<Listing<DeadLetter>>>;
  /** One, or all where none is named. */
  retryDeadLetters(id: string | undefined): Promise<Result<{ readonly retried: number }>>;
  dropDeadLetter(id: string): Promise<Result<{ readonly id: string }>>;
  jobs(query: JobQuery): Promise<Result<Listing<JobItem>>>;
  /** Lets a waiting or dead job be worked on at once. */
  retryJob(id: string): Promise<Result<JobItem>>;
  /** Forgets a dead job. */
  dropJob(id: string): Promise<Result<{ readonly id: string }>>;
  audit(
    query: Paging & AuditQuery,
  ): Promise<Result<{ readonly items: readonly AuditEntry[]; readonly next: string | null }>>;
  /** The audit log as JSON lines, in pieces. */
  auditLines(query: AuditQuery): Promise<Result<AsyncIterable<string>>>;
  /** Looks through the whole audit log; `expect` is an entry as it was noted elsewhere. */
  verifyAudit(expect: { readonly sequence: number; readonly hash: string } | undefined): Promise<Result<AuditCheck>>;
  close(): Promise<void>;
}
