import { asSent } from './as-sent.ts';

/** A score scale (OneRoster 1.2, `ScoreScale`). */
export const scoreScaleWrite = asSent('scoreScale', ({ fields, reference }) => ({
  title: fields.text('title'),
  type: fields.text('type'),
  course: reference('course', 'course'),
  class: reference('class', 'class'),
  scoreScaleValue:
    fields.objects('scoreScaleValue')?.map((item) => {
      const value = { itemValueLHS: item.need('itemValueLHS'), itemValueRHS: item.need('itemValueRHS') };
      item.finish();
      return value;
    }) ?? null,
}));
