import type { CountedType, Counts, FilterVerdict, Mode, RunKind, RunState } from '../sync/index.ts';

/** What a notice can be about: how a run went, a feed that is late or shrinks, what nobody has looked after. */
export const noticeKinds = [
  'run.done',
  'run.held',
  'run.failed',
  'run.skipped',
  'run.expired',
  'run.rejected',
  'feed.missing',
  'feed.back',
  'feed.shrinking',
  'feed.unreachable',
  'jobs.dead',
  'hold.reminder',
  'webhook.off',
] as const;
/** One of {@link noticeKinds}. */
export type NoticeKind = (typeof noticeKinds)[number];

/** The run that a notice is about: codes, ids and counts. */
export interface NoticeRun {
  readonly id: string;
  readonly kind: RunKind;
  readonly state: RunState;
  readonly protocol: string;
  readonly mode: Mode;
  readonly queuedAt: string;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  /** held: when it expires. */
  readonly expiresAt: string | null;
  readonly counts: Readonly<Record<CountedType, Counts>>;
  /** The filters that were exceeded; their reasons, which may name files, are in the report. */
  readonly verdicts: readonly Omit<FilterVerdict, 'reason'>[];
  /** Kinds of problems and remarks, and how many of each. */
  readonly problems: readonly { readonly kind: string; readonly count: number }[];
}

/** Something that people and other programs are told of; ids and counts only, never personal data. */
export interface Notice {
  readonly kind: NoticeKind;
  /** Names the notice in its tenant: it is told once. At most 200 characters. */
  readonly key: string;
  readonly tenant: string;
  /** Null: it is about the tenant as a whole. */
  readonly feed: string | null;
  /** When it happened, ISO 8601. */
  readonly at: string;
  readonly run: NoticeRun | null;
  /** Why, for people, without values of records. */
  readonly reason: string | null;
  /** What to do now, for people; null: nothing. */
  readonly next: string | null;
  /** Where to look: an address of the admin API under PUBLIC_URL; null where that is not set. */
  readonly link: string | null;
}

/** What {@link Notifier.tell} is told; the link is added. */
export type NewNotice = Omit<Notice, 'link'>;

/** Tells people and programs of what happened. */
export interface Notifier {
  /**
   * Writes a notice down, to be told by every channel. Of two with the same tenant and key the second is dropped, for as long
   * as the first is kept (400 days).
   */
  tell(notice: NewNotice): Promise<void>;
}

/** A way by which notices go out, as mails or webhooks do. */
export interface NoticeChannel {
  /** For the log. */
  readonly name: string;
  /**
   * Passes a notice on, as durable jobs; it may be called more than once for one notice (after a kill), so jobs are named
   * by the notice's key. A throw leaves the notice to the next sweep.
   */
  tell(notice: Notice): Promise<void>;
}
