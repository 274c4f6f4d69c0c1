import { score1p1, scoreDay, scoreStatusOf, shownStatus } from '../../../../model/index.ts';
import { filled, metadataOf, modified } from '../base.ts';
import { type Encoder, isOf, optionalReference, requiredReference } from '../scene.ts';
import { scores1p2 } from './scores.ts';

/** The result of a OneRoster answer (OneRoster 1.2, `Result`; 1.1 requires a score and has fewer fields). */
export const resultEncoder: Encoder = {
  wants: ({ record }, wanted) => {
    if (!isOf(record, 'result')) return;
    const { data } = record;
    wanted.lineItem.add(data.lineItem);
    wanted.person.add(data.student);
    if (data.class !== undefined) wanted.group.add(data.class);
    if (data.scoreScale !== undefined) wanted.scoreScale.add(data.scoreScale);
  },
  encode: ({ record }, scene) => {
    if (!isOf(record, 'result')) return undefined;
    const { data } = record;
    const base = {
      sourcedId: record.sourcedId,
      status: shownStatus(record),
      dateLastModified: modified(record),
      metadata: metadataOf(record, data.extension),
      lineItem: requiredReference(scene, 'lineItem', data.lineItem),
      student: requiredReference(scene, 'user', data.student),
      scoreDate: scoreDay(data.scoreDate, record),
    };
    if (scene.version === '1.1') {
      return { ...base, scoreStatus: scoreStatusOf(data), score: score1p1(data), comment: filled(data.comment) };
    }
    return {
      ...base,
      class: optionalReference(scene, 'class', data.class),
      scoreScale: optionalReference(scene, 'scoreScale', data.scoreScale),
      ...scores1p2(data),
    };
  },
};
