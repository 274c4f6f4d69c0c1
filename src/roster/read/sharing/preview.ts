import { type Group, groupTitle, type Person, type StoredRecord } from '../../../model/index.ts';
import type { Context } from '../../context.ts';
import type { View } from '../../query.ts';
import { hiddenFields, hideableFields, type SharedClass, type Sharing, type SharingPreview } from '../../sharing.ts';
import type { Roster } from '../../types.ts';

/** Objects of each collection that a preview names. */
const firstItems = 5;

/** OneRoster's collections by view. */
const collections: Readonly<Record<View, string>> = {
  org: 'orgs',
  school: 'schools',
  academicSession: 'academicSessions',
  term: 'terms',
  gradingPeriod: 'gradingPeriods',
  course: 'courses',
  class: 'classes',
  user: 'users',
  student: 'students',
  teacher: 'teachers',
  enrollment: 'enrollments',
  demographics: 'demographics',
  resource: 'resources',
  category: 'categories',
  lineItem: 'lineItems',
  result: 'results',
  scoreScale: 'scoreScales',
  assessmentLineItem: 'assessmentLineItems',
  assessmentResult: 'assessmentResults',
};

/** Makes the preview of what rules share of a tenant. */
export function makeSharingPreview({ page, served }: Pick<Roster, 'page' | 'served'>) {
  return async ({ sharing: _own, ...context }: Context, sharing: Sharing): Promise<SharingPreview> => {
    const client: Context = { ...context, sharing };
    const seen: SharingPreview['collections'][number][] = [];
    for (const [view, name] of Object.entries(collections) as [View, string][]) {
      const { items, total } = await page(client, { view, limit: firstItems, offset: 0 });
      const whole = await page(context, { view, limit: 1, offset: 0 });
      const first = items.map(({ record }) => ({ sourcedId: record.sourcedId, name: nameOf(record) }));
      seen.push({ name, shared: total, of: whole.total, first });
    }
    const schools = sharing.schools ?? [];
    const found = await Promise.all(schools.map((id) => served(context, 'org', id)));
    const names = Object.keys(hideableFields) as SharedClass[];
    const hidden = names.map((name) => [name, [...hiddenFields(sharing, name)]] as const);
    return {
      sharing,
      collections: seen,
      unknownSchools: schools.filter((_id, index) => found[index] === undefined),
      hiddenFields: Object.fromEntries(hidden.filter(([, fields]) => fields.length > 0)),
    };
  };
}

function nameOf({ type, data }: StoredRecord): string | null {
  if (type === 'group') return groupTitle(data as Group) ?? null;
  if (type !== 'person') return (data as { title?: string }).title ?? null;
  const { name } = data as Person;
  return name?.formatted ?? ([name?.given, name?.family].filter(Boolean).join(' ') || null);
}
