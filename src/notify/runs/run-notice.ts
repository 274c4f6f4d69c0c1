import type { Run, RunState } from '../../sync/index.ts';
import type { NewNotice, NoticeKind } from '../types.ts';

const kinds: Partial<Record<RunState, NoticeKind>> = {
  done: 'run.done',
  // It was done before it was undone.
  undone: 'run.done',
  held: 'run.held',
  failed: 'run.failed',
  skipped: 'run.skipped',
  expired: 'run.expired',
  rejected: 'run.rejected',
};

const kindsOfFailures: Readonly<Record<string, string>> = {
  'unreadable-input': 'The file could not be read as what the feed is set to take',
  'forbidden-input': 'The file holds what is never read, as the declaration of a document type',
  'too-large': 'The file is larger, or unpacks to more, than is taken',
  internal: 'The gateway had a defect or lost its database; its log has the details',
};

/** The notice of a run's state; undefined where there is nothing to tell. Names of files and values of records are left out. */
export function runNotice(tenant: string, run: Run): NewNotice | undefined {
  const kind = kinds[run.state];
  if (kind === undefined) return undefined;
  const { id, protocol, mode, queuedAt, startedAt, endedAt, expiresAt, counts, filters, problems, feed } = run;
  const at = endedAt ?? (run.state === 'held' ? heldAt(run) : null) ?? startedAt ?? queuedAt;
  return {
    kind,
    // A run that was approved may be held again.
    key: `run:${id}:${kind}${run.state === 'held' ? `:${run.expiresAt ?? ''}` : ''}`,
    tenant,
    feed,
    at,
    run: {
      id,
      kind: run.kind,
      state: run.state,
      protocol,
      mode,
      queuedAt,
      startedAt,
      endedAt,
      expiresAt,
      counts,
      verdicts: filters.filter(({ exceeded }) => exceeded).map(({ reason: _reason, ...verdict }) => verdict),
      problems: problems.map(({ kind: problem, count }) => ({ kind: problem, count })),
    },
    reason: reasonOf(run),
    next: nextStep(run),
  };
}

/** A held run tells only when it expires and when it began. */
const heldAt = ({ startedAt }: Run) => startedAt;

/** Why, in words of ours: those of the run may name a file or quote from it. */
function reasonOf(run: Run): string | null {
  switch (run.state) {
    case 'done':
    case 'undone':
      return run.reason === null ? null : 'Removals were left out, since a safety limit was exceeded.';
    case 'held':
      return 'What it would change exceeds a safety limit, or is for a person to look at. Nothing was changed.';
    case 'failed': {
      const failure = run.problems.findLast(({ kind }) => kind in kindsOfFailures);
      if (failure === undefined) return 'It was stopped by a safety limit; the feed’s setting onBreach is abort.';
      const { line } = failure.first;
      return `${kindsOfFailures[failure.kind]}${line === null ? '' : ` (line ${line})`}.`;
    }
    case 'rejected':
      return 'Somebody has rejected what it would change. Nothing was changed.';
    case 'skipped':
    case 'expired':
      return run.reason;
    default:
      return null;
  }
}

function nextStep({ id, state, feed, expiresAt }: Run): string | null {
  switch (state) {
    case 'held':
      return `Look at the report, then approve or reject the run, with "rostergate approve ${id}" or "rostergate reject ${id}". Until somebody does, no later file of the feed ${feed} is worked on${expiresAt === null ? '' : `; the run expires at ${expiresAt}`}.`;
    case 'failed':
      return 'Look at the report, correct the file and send it again. What the feed had before stays as it was unless the report says otherwise.';
    case 'skipped':
      return 'Send the file again when the feed is no longer paused.';
    case 'expired':
      return 'Send the file again if it is still to be worked on.';
    default:
      return null;
  }
}
