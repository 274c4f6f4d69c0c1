import { exportFormats } from '../../sync/index.ts';
import { streamed } from '../answer.ts';
import { present } from '../parameters.ts';
import { route } from '../route.ts';

/** The roster as a file of another standard. */
export const exportRoutes = [
  route({
    id: 'exportRoster',
    action: 'exports.read',
    method: 'get',
    path: '/export',
    summary:
      'The roster as a file: a package of OneRoster CSV, all of it or what has changed, or one file of IMS Enterprise 1.1.',
    query: {
      format: {
        kind: 'choice',
        choices: exportFormats,
        doc: 'The format; oneroster-csv-1.2.1 unless another is asked for.',
      },
      since: {
        kind: 'text',
        max: 40,
        doc: 'Only what changed after this time: a day, or an ISO 8601 time with a zone. OneRoster CSV only.',
      },
      run: { kind: 'text', max: 64, doc: 'Only what changed after this run had ended. OneRoster CSV only.' },
      passwords: { kind: 'flag', doc: 'Write passwords as their senders gave them.' },
    },
    success: {
      status: 200,
      doc: 'The file, as it is made; `Content-Disposition` names it.',
      content: ['application/zip', 'application/xml'],
    },
    problems: ['invalid-request', 'unknown-object', 'conflict'],
    async handle({ exports }, { context, query: { format = 'oneroster-csv-1.2.1', since, run, passwords } }) {
      const file = await exports.open(context, { format, passwords, ...present({ since, run }) });
      return file.ok ? streamed(file.value.bytes, file.value.mediaType, file.value.name) : file;
    },
  }),
];
