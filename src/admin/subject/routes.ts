import { streamed } from '../answer.ts';
import { route } from '../route.ts';

/** What is kept of one person, for who asks to see it (GDPR, article 15). */
export const subjectRoutes = [
  route({
    id: 'exportPerson',
    action: 'persons.export',
    method: 'get',
    path: '/persons/:id/access-export',
    summary:
      'All that is kept about one person as one JSON document, also of one in the trash or purged; `id` is a guid, a sender’s id or a OneRoster id.',
    query: {},
    success: { status: 200, doc: 'The document, as it is made; passwords are masked.', schema: 'PersonExport' },
    problems: ['unknown-object'],
    async handle({ subjects }, { context, id }) {
      const found = await subjects.export(context, id);
      if (!found.ok) return found;
      const { guid, name, bytes } = found.value;
      return { ...streamed(bytes, 'application/json', name), about: guid };
    },
  }),
];
