import { isCourseworkType, type RecordType } from '../../model/index.ts';
import type { Doc, Store } from '../../store/index.ts';

/** How many ends a search for memberships looks up at most, of each type. */
const mostEnds = 1000;

/** A text with A to Z in small letters, as MongoDB's `$toLower` has it. */
const fold = (text: string) => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());

/**
 * The ways in which a text may be written: as given, small, large, and with capitals. MongoDB only knows A to Z in either
 * case; these forms are for all other letters.
 */
function formsOf(text: string): string[] {
  const small = text.toLowerCase();
  const words = small.replace(/(?<!\p{L})\p{L}/gu, (letter) => letter.toUpperCase());
  const first = small.charAt(0).toUpperCase() + small.slice(1);
  return [...new Set([text, small, text.toUpperCase(), first, words].map(fold))];
}

/** Whether a field begins with a text, or is that text, in any case. The text is a value; never a regular expression. */
function matches(field: Doc | string, text: string, whole = false): Doc {
  const folded = { $toLower: field };
  return {
    $or: formsOf(text).map((form) =>
      whole ? { $eq: [folded, { $literal: form }] } : { $eq: [{ $indexOfCP: [folded, { $literal: form }] }, 0] },
    ),
  };
}

/**
 * Names and ids that begin with a text, in any case; all conditions are for records in the trash, which the index on
 * `trash.at` finds. Memberships are found by the beginning of their own ids or of one of their ends' ids, and by the name
 * that the trash shows (`member in group`).
 */
export async function searchFor(store: Store, type: RecordType, trashed: Doc, q: string | undefined): Promise<Doc> {
  const text = q?.trim() ?? '';
  if (text === '') return {};
  if (type === 'group') {
    const fields = ['$imsId', '$data.description.short', '$data.description.long', '$data.org.name'];
    return { $expr: { $or: fields.map((field) => matches(field, text)) } };
  }
  if (type === 'person') {
    const name = '$data.name';
    const shown = { $concat: [`${name}.given`, ' ', `${name}.family`] };
    const fields = ['$imsId', `${name}.family`, `${name}.given`, `${name}.formatted`, '$data.email', shown];
    return { $expr: { $or: fields.map((field) => matches(field, text)) } };
  }
  if (isCourseworkType(type)) return { $expr: { $or: ['$imsId', '$data.title'].map((field) => matches(field, text)) } };
  const own: Doc = { $expr: { $or: ['$imsId', '$_id'].map((field) => matches(field, text)) } };
  if ((await store.records('membership').findOne(trashed, { projection: { _id: 1 } })) === null) return own;
  const tenant = trashed['tenant'];
  const endsBy = async (kinds: readonly ('person' | 'group')[], id: string, whole: boolean) => {
    const condition = { tenant, $expr: matches('$imsId', id, whole) };
    const options = { projection: { _id: 1 }, limit: mostEnds, maxTimeMS: 30_000 } as const;
    const rows = await Promise.all(kinds.map((kind) => store.records(kind).find(condition, options).toArray()));
    return { $in: rows.flat().map(({ _id }) => _id) };
  };
  const ends = await endsBy(['person', 'group'], text, false);
  const ways: Doc[] = [own, { 'data.member': ends }, { 'data.group': ends }];
  const at = `${text.toLowerCase()} `.indexOf(' in ');
  if (at > 0) {
    const group = text.slice(at + ' in '.length);
    const member = { 'data.member': await endsBy(['person', 'group'], text.slice(0, at), true) };
    ways.push(group === '' ? member : { ...member, 'data.group': await endsBy(['group'], group, false) });
  }
  return { $or: ways };
}
