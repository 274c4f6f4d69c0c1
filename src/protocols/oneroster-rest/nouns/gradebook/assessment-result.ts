import { finite, scoreDay, shownStatus } from '../../../../model/index.ts';
import { metadataOf, modified } from '../base.ts';
import { type Encoder, isOf, optionalReference, requiredReference } from '../scene.ts';
import { scores1p2 } from './scores.ts';

/** The assessment result of a OneRoster answer (OneRoster 1.2, `AssessmentResult`). */
export const assessmentResultEncoder: Encoder = {
  wants: ({ record }, wanted) => {
    if (!isOf(record, 'assessmentResult')) return;
    const { data } = record;
    wanted.assessmentLineItem.add(data.assessmentLineItem);
    wanted.person.add(data.student);
    if (data.scoreScale !== undefined) wanted.scoreScale.add(data.scoreScale);
  },
  encode: ({ record }, scene) => {
    if (!isOf(record, 'assessmentResult')) return undefined;
    const { data } = record;
    return {
      sourcedId: record.sourcedId,
      status: shownStatus(record),
      dateLastModified: modified(record),
      metadata: metadataOf(record, data.extension),
      assessmentLineItem: requiredReference(scene, 'assessmentLineItem', data.assessmentLineItem),
      student: requiredReference(scene, 'user', data.student),
      scoreDate: scoreDay(data.scoreDate, record),
      scoreScale: optionalReference(scene, 'scoreScale', data.scoreScale),
      scorePercentile: finite(data.scorePercentile),
      ...scores1p2(data),
    };
  },
};
