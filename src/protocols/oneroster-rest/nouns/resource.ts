import { oneRosterWords, shownStatus, vocabularyWord } from '../../../model/index.ts';
import { filled, metadataOf, modified } from './base.ts';
import { type Encoder, isOf } from './scene.ts';

/** The resource of a OneRoster answer (OneRoster 1.1 and 1.2, `Resource`). */
export const resourceEncoder: Encoder = {
  encode: ({ record }) => {
    if (!isOf(record, 'resource')) return undefined;
    const { data } = record;
    const roles = data.roles?.map((role) => vocabularyWord(oneRosterWords.resourceRole, role));
    return {
      sourcedId: record.sourcedId,
      status: shownStatus(record),
      dateLastModified: modified(record),
      metadata: metadataOf(record, data.extension),
      title: filled(data.title),
      roles: filled(roles),
      importance: data.importance === 'primary' || data.importance === 'secondary' ? data.importance : undefined,
      vendorResourceId: data.vendorResourceId || record.sourcedId,
      vendorId: filled(data.vendorId),
      applicationId: filled(data.applicationId),
    };
  },
};
