import type { Run, RunProblem } from '../sync/index.ts';

const remedies: Readonly<Record<string, string>> = {
  'unreadable-input':
    'Nothing of it was applied. Ask for the file again; see that it is complete and of the feed’s format.',
  'forbidden-input':
    'Nothing of it was applied. Have the file written without what the message names: a DTD and its entities are never read, nor files of a package that lie in folders, are there twice, are encrypted or are links.',
  'too-large': 'Nothing of it was applied. Have it split, or raise the limit that is named.',
  internal: 'Import the file again; if it happens again, report it with the gateway’s log.',
  'rejected.missing-id': 'Have the sender give the record an id; what it is cannot be told without.',
  'rejected.invalid-data': 'Have the sender correct the value; the stored record stays as it was.',
  'rejected.too-large': 'Have the sender split or shorten the record.',
  'rejected.store': 'See the message: another record may use the id, or what it belongs to may be in the trash.',
  'rejected.unreadable': 'Have the sender correct the record; it is not well-formed.',
  'rejected.no-email': 'Have the sender fill in the e-mail; the person stays as it was.',
  'rejected.shared-key': 'Have the sender leave one row of each person; all of them stay as they were.',
  'warning.course-new':
    'Enrol it in the feed’s setting snapshot.courses, or switch it off there; `rostergate snapshot-report FEED` lists all.',
  'warning.rows-disagree': 'Have the sender give each student the same names and year in all of its rows.',
  'rejected.email-taken':
    'Find out whose e-mail it is; where both are one person, merge them, else have one corrected.',
  'warning.unmapped': '`rostergate unmapped FEED` lists what the feed’s settings say nothing of, and where to add it.',
  'warning.column-missing':
    'Have the sender give the column again, or take it out of the feed’s setting list.communities.',
  'warning.expected-reference': 'Nothing to do if who is named arrives later; `GET /api/v1/waiting` lists who has not.',
  'warning.already-removed': 'Nothing to do: it was gone already.',
  'warning.mode-mismatch': 'See that the feed’s mode is what the sender means: `rostergate feed NAME --set mode=…`.',
  'warning.same-file': 'Nothing to do if that is so; else see why the sender gave the same file.',
  'warning.archived-ignored': 'Nothing to do: archived courses are not brought back by a feed.',
  'warning.undo-conflict': 'Somebody has changed it since; look at it, and set it by hand if that is not wanted.',
  'warning.undo-lost': 'It was purged since and cannot come back.',
  'warning.locked-field':
    'Nothing to do: an admin has locked the field. `rostergate unlock ID` lets feeds set it again.',
  'warning.waiting-removal': 'Nothing to do: the feed’s setting grace keeps it for now.',
  'warning.withheld': 'Nothing to do: the next run sees these changes again.',
  'warning.key-change': 'Look at the pairs of the run; `rostergate merge` makes those one that are.',
  'warning.probable-match': 'Look at the pairs of the run; `rostergate merge` makes those one that are.',
  'warning.reported-missing':
    'Nothing was removed, as the feed’s setting removal says; remove it by hand if it is to go.',
  'warning.list-cut': 'The summary of the run counts all of them; correct the most frequent kind first.',
  'warning.cascade': 'Nothing to do: it went with what was removed and comes back with it.',
  'repair.truncated-file': 'Ask for the file again: its end is missing.',
};

/** What helps in runs that no feed's file has made, in place of the above. */
const remediesOfPlans: Readonly<Record<Exclude<Run['kind'], 'import'>, Readonly<Record<string, string>>>> = {
  undo: {
    'unreadable-input': 'Nothing was changed. Put right what the message names, then undo the run again.',
    internal: 'Undo the run again; if it happens again, report it with the gateway’s log.',
    'rejected.store': 'It was left as it is. See the message, and set it by hand if that is not wanted.',
  },
  rollover: {
    'unreadable-input': 'Nothing was changed. Put right what the message names, then begin the rollover again.',
    internal: 'Begin the rollover again; if it happens again, report it with the gateway’s log.',
    'rejected.store': 'It was left as it is. Put right what the message names, then begin the rollover again.',
  },
  crosswalk: {
    'unreadable-input': 'Nothing was renamed. The list is a CSV with the columns oldId and newId; put it right.',
    internal: 'Give the list again; if it happens again, report it with the gateway’s log.',
    'rejected.missing-id': 'Put both ids into the row; the other rows count.',
    'rejected.invalid-data': 'Put the row right; the other rows count.',
    'rejected.store': 'See the message: another record may use the new id. The other rows count.',
  },
};

const overLimits =
  'Look at the file and at the limits that were exceeded: where the removals are right, raise the limits or set a window with `rostergate feed-window`, and give the file again; else ask for the right file.';

/** What helps with a kind of problem of a run; undefined where nothing needs to be done. */
export function remedyOf({ kind }: RunProblem, run: Run): string | undefined {
  if (kind === 'warning.withheld' && run.filters.some((verdict) => verdict.exceeded)) return overLimits;
  const own = run.kind === 'import' ? {} : remediesOfPlans[run.kind];
  for (const texts of [own, remedies]) {
    if (Object.hasOwn(texts, kind)) return texts[kind];
  }
  return kind.startsWith('repair.') ? 'It was taken as repaired; have the sender correct it.' : undefined;
}
