import type { CountedType, Counts } from '../../sync/index.ts';
import type { Notice, NoticeKind, NoticeRun } from '../types.ts';
import type { MailContent, MailPart } from './content.ts';

/** What a notice is, as the subject says it. */
const words: Readonly<Record<NoticeKind, string>> = {
  'run.done': 'run done',
  'run.held': 'run held, somebody must decide',
  'run.failed': 'run failed',
  'run.skipped': 'file skipped',
  'run.expired': 'held run expired',
  'run.rejected': 'held run rejected',
  'feed.missing': 'nothing has come',
  'feed.back': 'is back',
  'feed.shrinking': 'is shrinking',
  'feed.unreachable': 'cannot be reached',
  'jobs.dead': 'work was given up',
  'hold.reminder': 'held run still waits for a decision',
  'webhook.off': 'a webhook was switched off',
};

const types: Readonly<Record<CountedType, string>> = {
  person: 'persons',
  group: 'groups',
  membership: 'memberships',
  academicSession: 'academic sessions',
};

/** Counts that a mail names where they are not zero. */
const named = [
  'created',
  'updated',
  'renamed',
  'restored',
  'trashed',
  'disabled',
  'archived',
  'rejected',
  'repaired',
  'ignored',
  'locked',
  'waiting',
  'withheld',
] as const satisfies readonly (keyof Counts)[];
/** Of them those that are changes. */
const changes = named.slice(0, 7);

/** The mail of one notice; ids and counts only. */
export function noticeContent(notice: Notice): MailContent {
  const { kind, tenant, feed, run } = notice;
  return {
    title: `${feed === null ? 'Gateway' : `Feed ${feed}`}: ${words[kind]}${run === null ? '' : changesIn(run)}`,
    parts: [
      { heading: 'What', lines: [...whatOf(notice), `Tenant ${tenant}`] },
      ...(run === null ? [] : runParts(run)),
      ...saying('Why', notice.reason),
      ...saying('What to do', notice.next),
    ],
    links: notice.link === null ? [] : [{ words: 'The report, by the admin API', address: notice.link }],
    foot: [],
  };
}

/** The mail of the notices of a day; `more`: so many are left out. */
export function digestContent(feed: string, notices: readonly Notice[], more: boolean): MailContent {
  const parts = notices.map((notice): MailPart => {
    const { run, kind, reason, next, link, at } = notice;
    const counts = run === null ? [] : countLines(run);
    const rest = [...verdictLines(run), ...(reason === null ? [] : [reason]), ...(next === null ? [] : [next])];
    const lines = [...(run === null ? [] : [`Run ${run.id}`]), ...counts, ...rest, ...(link === null ? [] : [link])];
    return { heading: `${at.slice(0, 16)} UTC: ${words[kind]}`, lines };
  });
  const count = `${notices.length}${more ? ' and more' : ''}`;
  return {
    title: `Feed ${feed}: ${count} ${notices.length === 1 ? 'notice' : 'notices'} of the day`,
    parts,
    links: [],
    foot: [],
  };
}

function whatOf({ at, run }: Notice): string[] {
  if (run === null) return [`At ${at}`];
  const { id, kind, protocol, mode, queuedAt, endedAt } = run;
  return [
    `Run ${id} (${kind}, ${protocol}, mode ${mode})`,
    `Came ${queuedAt}${endedAt === null ? '' : `, ended ${endedAt}`}`,
  ];
}

function runParts(run: NoticeRun): MailPart[] {
  const isPlan = run.state === 'held' || run.state === 'rejected' || run.state === 'expired';
  const verdicts = verdictLines(run);
  const problems = run.problems.map(({ kind, count }) => `${kind}: ${count}`);
  return [
    { heading: isPlan ? 'What it would change' : 'What has changed', lines: countLines(run) },
    ...(verdicts.length > 0 ? [{ heading: 'Safety limits that are exceeded', lines: verdicts }] : []),
    ...(problems.length > 0 ? [{ heading: 'Problems and remarks', lines: problems }] : []),
  ];
}

/** What a run does by type; one line where it does nothing. */
function countLines({ counts }: NoticeRun): string[] {
  const lines = (Object.keys(types) as CountedType[]).flatMap((type) => {
    const count = counts[type];
    const parts = named.filter((name) => count[name] > 0).map((name) => `${count[name]} ${name}`);
    if (parts.length === 0 && count.inFile === 0) return [];
    const all = [...parts, `${count.unchanged} unchanged`].join(', ');
    return [`${types[type]}: ${all}; ${count.totalBefore} before, ${count.totalAfter} after`];
  });
  return lines.length > 0 ? lines : ['nothing'];
}

function verdictLines(run: NoticeRun | null): string[] {
  return (run?.verdicts ?? []).map(
    ({ filter, type, action, changes: wanted, base, percent, limitPercent, limitNumber }) => {
      const share = percent === undefined ? '' : ` (${percent} %)`;
      const limits = [
        ...(limitPercent === undefined ? [] : [`${limitPercent} %`]),
        ...(limitNumber === undefined ? [] : [String(limitNumber)]),
      ];
      const limit = limits.length === 0 ? '' : `; the limit is ${limits.join(' or ')}`;
      return `${filter}, ${types[type]}${action === 'guard' ? '' : `, ${action}`}: ${wanted} of ${base}${share}${limit}`;
    },
  );
}

function changesIn({ state, counts }: NoticeRun): string {
  if (state !== 'done') return '';
  const sum = Object.values(counts).reduce((all, one) => all + changes.reduce((part, name) => part + one[name], 0), 0);
  return `, ${sum} ${sum === 1 ? 'change' : 'changes'}`;
}

const saying = (heading: string, text: string | null): MailPart[] =>
  text === null ? [] : [{ heading, lines: [text] }];
