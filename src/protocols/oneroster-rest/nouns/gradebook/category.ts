import { finite, shownStatus } from '../../../../model/index.ts';
import { metadataOf, modified } from '../base.ts';
import { type Encoder, isOf } from '../scene.ts';

/** The category of a OneRoster answer (OneRoster 1.2, `Category`; 1.1 has no `weight`). */
export const categoryEncoder: Encoder = {
  encode: ({ record }, scene) => {
    if (!isOf(record, 'category')) return undefined;
    const { data } = record;
    return {
      sourcedId: record.sourcedId,
      status: shownStatus(record),
      dateLastModified: modified(record),
      metadata: metadataOf(record, data.extension),
      title: data.title || record.sourcedId,
      weight: scene.version === '1.1' ? undefined : finite(data.weight),
    };
  },
};
