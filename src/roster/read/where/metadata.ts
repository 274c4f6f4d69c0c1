import type { Doc } from '../../../store/index.ts';
import type { Clause } from '../../query.ts';
import { comparison, holds } from './operators.ts';

type MetadataClause = Extract<Clause, { readonly field: 'metadata' }>;

/** Records by a value of OneRoster's metadata, of a list by any; A to Z as a to z. Archived records say so there. */
export function metadataCondition({ name, operator, value }: MetadataClause): Doc {
  if (operator === '!=') return { $nor: [metadataCondition({ field: 'metadata', name, operator: '=', value })] };
  const path = `data.extension.oneRoster.metadata.${name}`;
  const list = { $cond: [{ $isArray: `$${path}` }, `$${path}`, [`$${path}`]] };
  const text = { $toLower: { $convert: { input: '$$this', to: 'string', onError: '', onNull: '' } } };
  const sent: Doc = {
    [path]: { $exists: true },
    $expr: { $anyElementTrue: [{ $map: { input: list, in: comparison(text, operator, value) } }] },
  };
  if (name !== 'archived') return sent;
  const archived: Doc[] = holds(operator, 'true', value) ? [{ state: 'archived' }] : [];
  return { $or: [...archived, { state: { $ne: 'archived' }, ...sent }] };
}
