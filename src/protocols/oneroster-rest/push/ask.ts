import type { Problem } from '../../../base/problem.ts';
import { failed, ok, type Result } from '../../../base/result.ts';
import { isLegalSourcedId } from '../../../model/index.ts';
import { keyOfView } from '../../../roster/index.ts';
import { type Fields, makeFieldReader } from '../body/fields.ts';
import type { Version } from '../operations/index.ts';
import { bodyRequired } from '../schemas/status.ts';
import { type Named, type Pushed, pushNouns, type Sent } from './nouns/index.ts';

/** One operation of rostering push, by itself or of a batch. */
export interface Ask {
  readonly method: 'PUT' | 'POST' | 'DELETE';
  readonly noun: Pushed;
  readonly sourcedId: string;
  /** What the body's wrapper holds; undefined on a DELETE. */
  readonly object?: Fields;
}

/** An operation whose body makes sense by itself. */
export interface Readable extends Pick<Ask, 'method' | 'noun' | 'sourcedId'> {
  /** Whether what is there is to be removed: a DELETE, or a PUT with the status `tobedeleted`. */
  readonly removes: boolean;
  readonly sent: Sent;
  readonly named: readonly Named[];
  /** The id that the body has, where it has one. */
  readonly bodyId: string | undefined;
}

/** The values of an object by its noun, with the references in it; what is wrong goes to `note`. */
export function readSent(noun: Pushed, version: Version, object: Fields, note: (fault: Problem) => void) {
  const named: Named[] = [];
  const fields = makeFieldReader(object, note);
  const collect = (field: string, view: Named['view'], key: string | null) => {
    if (key !== null) named.push({ field, view, key });
  };
  const sent = pushNouns[noun].read({
    fields,
    version,
    note: collect,
    reference(name, view) {
      const key = fields.reference(name, view);
      collect(name, view, key);
      return key;
    },
    references(name, view) {
      const keys = fields.references(name, view);
      for (const [at, key] of (keys ?? []).entries()) collect(`${name}[${at}]`, view, key);
      return keys;
    },
  });
  return { sent, named, fields };
}

const isAbsent = (value: unknown) =>
  value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0);

/** Whether a status says that an object is deleted: `inactive` did so in OneRoster 1.0 and is to be read like that since. */
export const isDeletedStatus = (status: unknown) => status === 'tobedeleted' || status === 'inactive';

/** Characters of JSON that an object may have: what is kept of it, and of what it was before, must fit into a transaction. */
const mostCharacters = 65_536;

/** The size of an object but for its `children`, which answers have and nobody keeps. */
function sizeOf({ children: _children, ...rest }: Fields): number {
  return JSON.stringify(rest).length;
}

/**
 * Reads what an operation sends. Problems: `invalid-data` that names the field, for an unknown field, a missing or
 * malformed one, and an id that no object may have; `too-large`.
 */
export function readAsk(ask: Ask, version: Version): Result<Readable> {
  const { method, noun, sourcedId, object = {} } = ask;
  const base = { method, noun, sourcedId };
  if (method === 'DELETE') return ok({ ...base, removes: true, sent: {}, named: [], bodyId: undefined });
  if (!isLegalSourcedId(sourcedId)) {
    const text = 'sourcedId must have 1 to 255 of the characters a-z A-Z 0-9 . - _ / @';
    return failed('invalid-data', text, { field: 'sourcedId' });
  }
  if (sizeOf(object) > mostCharacters) {
    return failed('too-large', `An object has at most ${mostCharacters} characters of JSON.`);
  }
  const faults: Problem[] = [];
  const note = (fault: Problem) => {
    faults.push(fault);
  };
  const envelope = makeFieldReader(object, note);
  const bodyId = envelope.text('sourcedId') ?? undefined;
  const status = envelope.text('status') ?? 'active';
  const removes = isDeletedStatus(status);
  if (status !== 'active' && (!removes || method === 'POST')) {
    const words = method === 'POST' ? 'active' : 'active or tobedeleted';
    return failed('invalid-data', `status must be ${words}`, { field: 'status' });
  }
  if (removes) return ok({ ...base, removes, sent: {}, named: [], bodyId });
  const { sent, named, fields } = readSent(noun, version, object, note);
  fields.pass('sourcedId', 'status', 'dateLastModified');
  fields.finish();
  const missing = bodyRequired(version, noun).find((name) => isAbsent(object[name]));
  const fault = faults[0];
  if (fault !== undefined) return { ok: false, problem: fault };
  if (missing !== undefined) return failed('invalid-data', `${missing} is required`, { field: missing });
  return ok({ ...base, removes, sent, named, bodyId });
}

/** What an operation writes and needs, by names that tell whether two of them can be worked out together. */
export function marksOf({ noun, sourcedId, sent, named }: Readable): {
  readonly writes: string[];
  readonly needs: string[];
} {
  const own = keyOfView(noun, sourcedId);
  const ends =
    noun === 'enrollment' && typeof sent['class'] === 'string' ? [`${sent['class']}|${String(sent['user'])}`] : [];
  // Resources are kept by guid, which must be known before.
  const needs = named.filter(({ view }) => view === 'resource').map(({ key }) => key);
  return { writes: [own, ...ends], needs };
}
