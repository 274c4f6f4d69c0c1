import { shownStatus } from '../../../../model/index.ts';
import { filled, metadataOf, modified } from '../base.ts';
import { type Encoder, isOf, optionalReference, requiredReference } from '../scene.ts';

/** The score scale of a OneRoster answer (OneRoster 1.2, `ScoreScale`); one without values cannot be shown. */
export const scoreScaleEncoder: Encoder = {
  wants: ({ record }, wanted) => {
    if (!isOf(record, 'scoreScale')) return;
    wanted.group.add(record.data.class);
    if (record.data.course !== undefined) wanted.group.add(record.data.course);
  },
  encode: ({ record }, scene) => {
    if (!isOf(record, 'scoreScale')) return undefined;
    const { data } = record;
    const values = filled(data.scoreScaleValue);
    if (values === undefined) return undefined;
    return {
      sourcedId: record.sourcedId,
      status: shownStatus(record),
      dateLastModified: modified(record),
      metadata: metadataOf(record, data.extension),
      title: data.title || record.sourcedId,
      type: data.type || 'unknown',
      course: optionalReference(scene, 'course', data.course),
      class: requiredReference(scene, 'class', data.class),
      scoreScaleValue: values.map(({ itemValueLHS, itemValueRHS }) => ({ itemValueLHS, itemValueRHS })),
    };
  },
};
