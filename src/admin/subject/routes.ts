import { mayDo } from '../../roster/index.ts';
import { answered, streamed } from '../answer.ts';
import { route } from '../route.ts';

/** Persons: who has an identifier, and what is kept of one for who asks to see it (GDPR, article 15). */
export const subjectRoutes = [
  route({
    id: 'identifyPerson',
    action: 'persons.identify',
    also: ['persons.identify-national'],
    method: 'post',
    path: '/persons/identify',
    summary:
      'Finds persons by an identifier that they sign on with: user name, e-mail, `identifier`, `userMasterIdentifier`, or a user id of a federation. National identity numbers are found by roles with persons.identify-national only.',
    query: {},
    body: 'PersonIdentifier',
    success: { status: 200, doc: 'Their ids and states; nothing else of them.', schema: 'IdentifiedPersons' },
    problems: ['invalid-request', 'unreadable-input', 'too-large', 'unsupported-media-type'],
    async handle({ roster }, { context, body }) {
      const asked = body as { identifier: string; type?: string };
      const nationalIds = context.role !== undefined && mayDo(context.role, 'persons.identify-national');
      return answered({ items: await roster.byIdentifier(context, { ...asked, nationalIds }) });
    },
  }),
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
